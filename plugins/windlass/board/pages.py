"""Pages as HTML: templates with everything escaped, and headers that let nothing else in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from windlass.board import words

FOLDER = Path(__file__).with_name("templates")
#: No script, nothing from elsewhere, shown inside Airflow's own pages only.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
#: How a state looks.
TONES = {
    **dict.fromkeys(("done", "open", "PASS", "released", "approved", "advance", "go"), "good"),
    **dict.fromkeys(("waived", "vouched for", "asks", "waits", "waiting", "ask", "pause"), "warn"),
    **dict.fromkeys(("MARGINAL", "released with exceptions", "runs", "now", "extend"), "warn"),
    **dict.fromkeys(("failed", "rejected", "FAIL", "ERROR"), "bad"),
    **dict.fromkeys(("rollback", "rolled back", "rollforward", "rolled forward", "halted"), "bad"),
    **dict.fromkeys(("NO_DATA", "INCONCLUSIVE"), "bad"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that was refused: which one, why, and what was filled in.

    ``begun``: it was not refused; only not all of it could be done now.
    """

    question: str = ""
    verb: str = ""
    problem: str = ""
    begun: bool = False
    reason: str = ""
    to: str = ""
    target: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


NOTHING_KEPT = Kept()


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The template filled with ``values``."""
    embedded = request.headers.get("sec-fetch-dest") == "iframe"
    html = _environment().get_template(template).render(embedded=embedded, **values)
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def tone(state: object) -> str:
    """good, warn, bad or mute."""
    return TONES.get(str(state), "mute")


def link_to(release: str) -> str:
    """The address of a release's page, from any page."""
    return f"release?id={quote(release, safe='')}"


@cache
def style() -> bytes:
    """The style sheet."""
    return (FOLDER / "style.css").read_bytes()


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        when=words.when,
        ago=words.ago,
        share=words.share,
        shown=words.shown,
        named=words.named,
        short=words.short,
        tone=tone,
        release_link=link_to,
        quoted=lambda text: quote(str(text), safe=""),
    )
    return made

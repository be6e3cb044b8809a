"""A report as a page: what the templates ``report.html`` and ``report.md`` are filled with."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from markupsafe import Markup

from windlass.ledger.views.proofs import Proof
from windlass.ledger.views.report import Report
from windlass.spec.product import Product
from windlass.tasks.follow_up.charts import exposure_picture, phase_picture, rate_pictures
from windlass.tasks.wording import render

#: Characters of one task's evidence that the page shows; the ledger has it all.
MOST_EVIDENCE = 6000
#: Proofs shown beside one claim; the rest is counted.
MOST_CHIPS = 3

#: How a state looks: good, warn, bad or mute.
TONES: Mapping[str, str] = {
    "met": "good",
    "there": "good",
    "done": "good",
    "approved": "good",
    "open": "good",
    "PASS": "good",
    "advance": "good",
    "watched": "good",
    "waived": "warn",
    "attested": "warn",
    "vouched for": "warn",
    "waiting": "warn",
    "ask": "warn",
    "pause": "warn",
    "intended": "warn",
    "unknown": "bad",
    "not met": "bad",
    "missing": "bad",
    "failed": "bad",
    "rejected": "bad",
    "bad": "bad",
    "rollback": "bad",
    "rollforward": "bad",
    "good": "good",
}
_OUTCOMES: Mapping[str, str] = {
    "released": "good",
    "released with exceptions": "warn",
    "rolled back": "bad",
    "rolled forward": "bad",
    "halted": "bad",
    "failed": "bad",
}
_SIGNS: Mapping[str, str] = {"good": "✓", "warn": "!", "bad": "✕", "mute": "–"}


def html_page(product: Product, report: Report) -> str:
    """The report as one HTML file that needs nothing from elsewhere."""
    pictures = {
        "exposure": exposure_picture(report.charts),
        "rates": rate_pictures(report.charts),
        "phases": phase_picture(report.charts),
    }
    facts = {**_values(report), **pictures, "chips": _chips, "evidence": _evidence}
    return render(product, "report.html", facts)


def markdown_page(product: Product, report: Report) -> str:
    """The report as Markdown; without pictures."""
    return render(product, "report.md", {**_values(report), "seqs": _seqs})


def _values(report: Report) -> dict[str, Any]:
    return {
        "report": report,
        "name": f"{report.product} {report.version or f'({report.release_type})'}",
        "outcome_tone": _OUTCOMES.get(report.outcome, "mute"),
        "tiles": tiles(report),
        "tone": _tone,
        "sign": _sign,
        "when": _when,
    }


def tiles(report: Report) -> tuple[tuple[str, str, str, str], ...]:
    """What a reader wants to know first: (label, figure, small print, tone)."""
    lines = [line for step in report.steps for line in step.lines]
    states = Counter(line.state for line in lines)
    signed = [each for gate in report.gates for each in gate.signed]
    approved = sum(1 for each in signed if each.said == "approved")
    unknown = sum(1 for each in report.effects if each.state in ("unknown", "intended"))
    return (
        _exposed(report),
        (
            "Tasks done",
            f"{states['done']} of {len(lines)}",
            ", ".join(f"{n} {state}" for state, n in states.items() if state != "done") or "all",
            "bad" if states["failed"] else "warn" if states["waived"] else "good",
        ),
        (
            "Signatures",
            str(approved),
            f"{len({each.by for each in signed})} people, {len(signed) - approved} rejections",
            "good" if approved else "mute",
        ),
        (
            "Effects outside",
            str(len(report.effects)),
            f"{unknown} not known to have ended" if unknown else "each known to have ended",
            "bad" if unknown else "good",
        ),
        ("Ledger events", str(report.head.seq), f"head {report.head.hash[:12]}", "mute"),
    )


def _exposed(report: Report) -> tuple[str, str, str, str]:
    """How many users saw it at most, and how long it took to get there or back."""
    points = [point for lane in report.charts.exposure for point in lane.points[1:-1]]
    if not points:
        return ("Users who saw it", "none", "never exposed on a live target", "mute")
    peak = max(share for _, share in points)
    first, last = min(at for at, _ in points), max(at for at, _ in points)
    took = _seconds((last - first).total_seconds())
    back = any(lane.points[-1][1] == 0.0 for lane in report.charts.exposure)
    small = f"taken back {took} after the first exposure" if back else f"in {took}"
    return ("Most exposed", f"{peak:g} %", small, "bad" if back else "good")


def _seconds(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _tone(state: object) -> str:
    return TONES.get(str(state), "mute")


def _sign(state: object) -> str:
    return _SIGNS[_tone(state)]


def _when(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if at else ""


def _chips(proofs: Sequence[Proof]) -> Markup:
    """Links to the events that prove it: number and start of the hash."""
    shown = proofs if len(proofs) <= MOST_CHIPS else (*proofs[: MOST_CHIPS - 1], proofs[-1])
    chips = [
        f'<a class="proof" href="#e{proof.seq}"><b>{proof.seq}</b>&thinsp;'
        f"<i>{escape(proof.short[:8])}</i></a>"
        for proof in shown
    ]
    more = len(proofs) - len(shown)
    if more:
        chips.insert(-1, f'<span class="proof more">{more} more</span>')
    return Markup(" ".join(chips))  # noqa: S704 - numbers, and a hash that is escaped


def _seqs(proofs: Sequence[Proof]) -> str:
    """The same as text: ``event 12 (ab12cd34ef56)``."""
    shown = [f"{proof.seq} ({proof.short})" for proof in proofs[:MOST_CHIPS]]
    more = len(proofs) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _evidence(evidence: Mapping[str, Any]) -> Markup:
    """A task's evidence as JSON, without control and direction characters, cut where it is long."""
    text = json.dumps(evidence, indent=1, ensure_ascii=False, default=str)
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c)[0] != "C")
    if len(text) > MOST_EVIDENCE:
        text = f"{text[:MOST_EVIDENCE]}\n… {len(text) - MOST_EVIDENCE} more characters"
    return Markup(escape(text))  # noqa: S704 - escaped just here

"""A static status page: ``index.html``, and the state behind it as one JSON file per maintenance.

Serve the folder with any web server. Nobody is subscribed to it.
"""

from __future__ import annotations

import asyncio
import html
from datetime import datetime
from pathlib import Path

from windlass.adapters.durable_files import write_atomic
from windlass.adapters.records import Record, Records
from windlass.adapters.safe_names import one_line, visible
from windlass.errors import InputError, TerminalError
from windlass.ports.announcements import Maintenance
from windlass.ports.connection import Connect
from windlass.spec.vendors import FolderSettings

STATES = {
    "scheduled": "Scheduled",
    "in_progress": "In progress",
    "completed": "Completed",
    "cancelled": "Cancelled",
}

_PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Status</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem}}
article{{border-top:1px solid #767676}}</style></head>
<body><h1>Status</h1>
<main>{articles}</main></body></html>
"""
_ARTICLE = """
<article><h2>{title}</h2>
<p><strong>{state}</strong> · <time datetime="{starts}">{starts}</time> to
<time datetime="{ends}">{ends}</time></p>
<p>{text}</p><p>Affects: {components}</p></article>"""


class FolderStatusPage:
    """One page for all maintenances; showing the same state twice changes nothing."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(
        self,
        settings: FolderSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
    ) -> None:
        self._records = Records(root / settings.path)

    async def read(self, key: str) -> Maintenance | None:
        """See the port."""
        record = await asyncio.to_thread(self._records.read, key)
        return None if record is None else _maintenance(self._records.path(key), record)

    async def publish(self, maintenance: Maintenance) -> None:
        """See the port.

        Raises:
            InputError: the state is not one that a maintenance can be in.
        """
        if maintenance.state not in STATES:
            raise InputError(
                f"{maintenance.state!r} is no state of a maintenance; allowed: {', '.join(STATES)}"
            )
        await asyncio.to_thread(self._publish, maintenance)

    def _publish(self, maintenance: Maintenance) -> None:
        record: Record = {
            "key": maintenance.key,
            "title": one_line(maintenance.title),
            "text": visible(maintenance.text),
            "state": maintenance.state,
            "starts": maintenance.starts.isoformat(),
            "ends": maintenance.ends.isoformat(),
            "components": [one_line(component) for component in maintenance.components],
        }
        with self._records.lock():
            path = self._records.write(maintenance.key, record)
            shown = [_maintenance(path, other) for other in self._records.all()]
            newest_first = sorted(shown, key=lambda m: (m.starts, m.key), reverse=True)
            articles = "".join(_article(one) for one in newest_first)
            page = _PAGE.format(articles=articles or "<p>All systems work.</p>")
            write_atomic(self._records.folder / "index.html", page)


def _article(maintenance: Maintenance) -> str:
    return _ARTICLE.format(
        title=html.escape(maintenance.title),
        state=STATES[maintenance.state],
        starts=maintenance.starts.isoformat(timespec="minutes"),
        ends=maintenance.ends.isoformat(timespec="minutes"),
        text=html.escape(maintenance.text).replace("\n", "<br>"),
        components=html.escape(", ".join(maintenance.components) or "everything"),
    )


def _maintenance(path: Path, record: Record) -> Maintenance:
    try:
        return Maintenance(
            key=str(record["key"]),
            title=str(record["title"]),
            text=str(record["text"]),
            state=_state(record["state"]),
            starts=datetime.fromisoformat(record["starts"]),
            ends=datetime.fromisoformat(record["ends"]),
            components=tuple(record["components"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TerminalError(f"{path}: not a maintenance: {error!r}") from error


def _state(state: str) -> str:
    if state not in STATES:
        raise ValueError(f"state {state!r}; allowed: {', '.join(STATES)}")
    return state

"""What the demo prints: what happens to a release, as it happens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

#: Event type → colour and what is said; the data's names may stand in it.
LINES: Mapping[str, tuple[str, str]] = {
    "release.opened": ("bold", "opened by {by}: {release_type}"),
    "version.fixed": ("cyan", "version {version}"),
    "candidate.built": ("cyan", "package {name} built once: {digest}"),
    "signature.given": ("green", "{by} signs as {role} ({gate})"),
    "signature.rejected": ("red", "{by} rejects as {role} ({gate}): {reason}"),
    "question.asked": ("yellow", "asks: {title}"),
    "check.red": ("red", "{task} is red: {reasons}"),
    "exposure.stepped": ("blue", "{target}: {version} gets {percent} %"),
    "judge.verdict": ("magenta", "{task}: {decision}. {reasons}"),
    "exposure.closed": ("bold red", "ROLL BACK: {reason}"),
    "revert.done": ("red", "{target} is back on {back_to}"),
    "version.promoted": ("bold green", "{target} is on {version}"),
    "version.blocked": ("red", "{version} is blocked"),
    "incident.opened": ("red", "incident {id}: {title}"),
    "hotfix.requested": ("yellow", "an emergency release waits for the on-call"),
    "release.ended": ("bold", "ended: {outcome}. {reason}"),
    "watchdog.acted": ("yellow", "watchdog: {what}"),
    "person.was_refused": ("yellow", "{by} is refused: {reason}"),
}
LONGEST = 240


class Screen:
    """Prints the events of one release after another."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, width=150)

    def say(self, text: str, style: str = "") -> None:
        """A line of the demo's own."""
        self.console.print(escape(text), style=style or None)

    def event(self, event: Any) -> None:
        """One event of a release, if it is one that people care for."""
        if event.type not in LINES:
            return
        style, line = LINES[event.type]
        data = _Words({**event.data, **event.data.get("question", {}), "by": event.by})
        text = line.format_map(data)[:LONGEST]
        self.console.print(f"  {event.at:%H:%M:%S}  {escape(text)}", style=style)


class _Words(dict[str, Any]):
    """Fills a line; lists become sentences, what is missing a dash."""

    def __missing__(self, key: str) -> str:
        return "–"

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        return "; ".join(map(str, value)) if isinstance(value, list | tuple) else value

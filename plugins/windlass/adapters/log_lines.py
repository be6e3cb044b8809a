"""Reading log files: one JSON object a line, or plain text with an instant and a level."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from windlass.adapters.command_words import place_values
from windlass.errors import VendorUnavailable

LEVELS = ("trace", "debug", "info", "warning", "error", "critical")
_ALIASES = {"notice": "info", "warn": "warning", "err": "error", "severe": "error"}
_ALIASES |= dict.fromkeys(("fatal", "alert", "emergency", "emerg", "panic", "crit"), "critical")
_TIMES = ("time", "timestamp", "@timestamp", "ts", "at", "asctime")
_LEVELS = ("level", "severity", "levelname", "lvl", "log.level")
_VERSIONS = ("version", "service.version", "app_version", "release")
_MESSAGES = ("message", "msg", "event", "body")
_KINDS = ("error", "exception", "exc_type", "error.type", "exception.type")
_TEXT = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)\s+"
    r"\W*(?P<level>[A-Za-z]+)\W+(?P<message>.*)"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. ``version`` is empty where the line does not say; ``kind`` names an exception."""

    at: datetime
    level: str
    version: str
    message: str
    kind: str = ""
    critical: bool = False

    def at_least(self, level: str) -> bool:
        """Whether the line's level is ``level`` or worse."""
        return rank(self.level) >= rank(level)


def rank(level: str) -> int:
    """How bad a level is; an unknown word counts as an error, so that it is not overlooked.

    >>> rank("WARN") < rank("error") < rank("FATAL")
    True
    """
    word = level.lower()
    word = _ALIASES.get(word, word)
    return LEVELS.index(word) if word in LEVELS else LEVELS.index("error")


def files(root: Path, pattern: str, target: str | None) -> list[Path]:
    """The log files of ``target`` (None: of all targets), in a stable order.

    ``pattern`` is a folder or glob; ``{environment}``, ``{region}`` and ``{place}`` (the region,
    else the environment) are filled in, or stand for anything when all targets are asked for.

    Raises:
        VendorUnavailable: there is no such file: nothing can be said about the logs.
    """
    values = place_values(target or "")
    values["place"] = values["region"] or values["environment"]
    shown = pattern
    for name, value in values.items():
        shown = shown.replace(f"{{{name}}}", _escaped(value) if target else "*")
    whole = root / shown
    found = [path for path in _glob(whole) if path.is_file()]
    found += [path for top in _glob(whole) if top.is_dir() for path in top.rglob("*.log")]
    if not found:
        raise VendorUnavailable(f"no log file at {whole}")
    return sorted(set(found))


def lines(path: Path) -> Iterator[Line]:
    """The entries of one file; an instant without a zone is UTC.

    What is neither JSON nor begins with an instant belongs to the line before (a stack trace) and
    is passed over. A word that is no level makes a line of text ``info``.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            line = _json_line(text) if text.startswith("{") else _text_line(text)
            if line is not None:
                yield line


def _glob(whole: Path) -> Iterator[Path]:
    parts = whole.parts
    return Path(parts[0]).glob("/".join(parts[1:])) if len(parts) > 1 else iter((whole,))


def _escaped(value: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", value)


def _json_line(text: str) -> Line | None:
    try:
        entry = json.loads(text)
    except ValueError:
        return None
    at = _instant(_first(entry, _TIMES))
    if at is None:
        return None
    kind = _first(entry, _KINDS)
    return Line(
        at=at,
        level=str(_first(entry, _LEVELS) or "info"),
        version=str(_first(entry, _VERSIONS) or ""),
        message=str(_first(entry, _MESSAGES) or ""),
        kind=str(kind.get("type", "")) if isinstance(kind, dict) else str(kind or ""),
        critical=entry.get("critical") is True,
    )


def _text_line(text: str) -> Line | None:
    found = _TEXT.match(text)
    at = _instant(found["at"].replace(",", ".")) if found else None
    if found is None or at is None:
        return None
    word = found["level"].lower()
    known = word in LEVELS or word in _ALIASES
    return Line(at=at, level=word if known else "info", version="", message=found["message"])


def _first(entry: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((entry[name] for name in names if entry.get(name) is not None), None)


def _instant(value: object) -> datetime | None:
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        at = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)

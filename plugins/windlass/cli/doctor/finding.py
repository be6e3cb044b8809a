"""What the doctor found: one line each, with a way to fix it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """``FAIL``: releases will not run as they should. ``WARN``: they will, with less."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line; ``fix`` says what to do and is empty where all is well."""

    level: Level
    what: str
    found: str
    fix: str = ""

    def to_json(self) -> dict[str, str]:
        """Plain JSON values."""
        return asdict(self)


def fine(what: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.OK, what, found)


def worse(what: str, found: str, fix: str) -> Finding:
    """It works, with less."""
    return Finding(Level.WARN, what, found, fix)


def broken(what: str, found: str, fix: str) -> Finding:
    """It does not work."""
    return Finding(Level.FAIL, what, found, fix)

"""How pages write instants, lengths and shares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
#: Characters of one value that a page shows; the ledger's export has all of it.
LONGEST = 4000


def when(at: datetime | str | None) -> str:
    """``2026-03-10 10:00:05`` in UTC; empty for None.

    >>> when("2026-03-10T11:00:05+01:00")
    '2026-03-10 10:00:05'
    """
    if at is None or at == "":
        return ""
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def length(seconds: float) -> str:
    """The two largest units: ``9 d 3 h``.

    >>> length(3725)
    '1 h 2 min'
    """
    parts: list[str] = []
    for name, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count or (name == "s" and not parts):
            parts.append(f"{int(count)} {name}")
        elif parts:
            break
    return " ".join(parts[:2])


def ago(at: datetime, now: datetime) -> str:
    """How long ago, or how soon.

    >>> from datetime import timedelta
    >>> now = datetime(2026, 3, 10, tzinfo=UTC)
    >>> ago(now - timedelta(minutes=5), now), ago(now + timedelta(days=2), now)
    ('5 min ago', 'in 2 d')
    """
    seconds = (now - at).total_seconds()
    return f"{length(seconds)} ago" if seconds >= 0 else f"in {length(-seconds)}"


def share(percent: float) -> str:
    """``12.5 %``."""
    return f"{percent:g} %"


def short(digest: object) -> str:
    """A digest as long as a person compares: its kind and twelve digits.

    >>> short("sha256:" + "ab" * 32)
    'sha256:abababababab'
    """
    kind, colon, rest = str(digest or "").rpartition(":")
    return f"{kind}{colon}{rest[:12]}"


def covered(bound: object) -> str:
    """What a signature covers: a digest, or a scan of a package with what it found.

    >>> covered({"package": "sha256:" + "ab" * 32, "passed": True, "counts": {"low": 2}})
    'sha256:abababababab, passed, 2 low'
    """
    if isinstance(bound, str):
        return short(bound)
    known = bound if isinstance(bound, Mapping) else asdict(bound)  # type: ignore[call-overload] # a dataclass by now, which asdict cannot say
    counts = [f"{count} {named(name)}" for name, count in (known.get("counts") or {}).items()]
    passed = "passed" if known.get("passed") else "did not pass"
    return ", ".join((short(known.get("package")), passed, *counts))


def shown(value: Any) -> str:
    """A value of evidence or facts as text: plain ones as they are, others as JSON, cut."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        text = f"{value}"
    elif isinstance(value, list | tuple) and all(isinstance(each, str | int) for each in value):
        text = ", ".join(str(each) for each in value)
    else:
        text = json.dumps(value, indent=1, ensure_ascii=False, default=str)
    more = len(text) - LONGEST
    return text if more <= 0 else f"{text[:LONGEST]}\n… {more} more characters"


def named(name: str) -> str:
    """A key as words: ``waivable_by`` is ``waivable by``."""
    return name.replace("_", " ")


def brief(evidence: Mapping[str, Any]) -> str:
    """The plain values among ``evidence``, as one line."""
    plain = [
        f"{named(name)}: {short(value) if str(value).startswith('sha256:') else value}"
        for name, value in evidence.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""
    ]
    return ", ".join(plain[:4])

"""``>=2.3, <3``: which versions of another product will do."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_TERM = re.compile(r"(?P<op>>=|<=|>|<|==|\^|~)?\s*(?P<version>\d+(?:\.\d+){0,2})")
RANGE_HELP = ">=2.3, or >=2.3, <3, or ^2.3 (same major), or ~2.3 (same minor)"
Version = tuple[int, int, int]


def parse_range(text: str) -> tuple[tuple[str, Version], ...]:
    """The terms of a range: operator and version each; all must hold.

    >>> parse_range("^2.3")
    (('>=', (2, 3, 0)), ('<', (3, 0, 0)))

    Raises:
        ValueError: it cannot be read; says what can.
    """
    terms: list[tuple[str, Version]] = []
    for part in text.split(","):
        found = _TERM.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"{text!r} is not a version range; allowed: {RANGE_HELP}")
        terms += _terms(found["op"] or "==", _version(found["version"]))
    return tuple(terms)


def satisfies(version: str, text: str) -> bool:
    """Whether ``version`` (SemVer, pre-release and build ignored) is in the range ``text``.

    >>> satisfies("2.4.1", ">=2.3"), satisfies("3.0.0", "^2.3")
    (True, False)
    """
    have = _version(re.split(r"[-+]", version.removeprefix("v"))[0])
    return all(_holds(have, op, want) for op, want in parse_range(text))


def _holds(have: Version, op: str, want: Version) -> bool:
    return {
        ">=": have >= want,
        "<=": have <= want,
        ">": have > want,
        "<": have < want,
        "==": have == want,
    }[op]


def _terms(op: str, version: Version) -> list[tuple[str, Version]]:
    major, minor, _ = version
    if op == "^":
        return [(">=", version), ("<", (major + 1, 0, 0))]
    if op == "~":
        return [(">=", version), ("<", (major, minor + 1, 0))]
    return [(op, version)]


def _version(text: str) -> Version:
    major, minor, patch = (*(int(part) for part in text.split(".")), 0, 0)[:3]
    return major, minor, patch


def _checked(text: str) -> str:
    parse_range(text)
    return text


VersionRange = Annotated[str, AfterValidator(_checked)]

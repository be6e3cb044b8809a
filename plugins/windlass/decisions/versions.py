"""Versions by SemVer 2.0: read, compared, raised, and refused with a clear text.

Precedence, from the lowest: ``1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta <
1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 < 1.0.0``; build metadata does not count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import total_ordering

from windlass.decisions.verdict import Outcome, Verdict
from windlass.errors import InputError

_NUMBER = r"(?:0|[1-9][0-9]*)"
_WORD = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(
    rf"(?P<major>{_NUMBER})\.(?P<minor>{_NUMBER})\.(?P<patch>{_NUMBER})"
    rf"(?:-(?P<pre>{_WORD}(?:\.{_WORD})*))?"
    r"(?:\+(?P<build>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
#: A version ends up in tags, image names and file names.
LONGEST = 64

ALLOWED = "allowed: MAJOR.MINOR.PATCH, such as 1.4.0, or a pre-release, such as 1.4.0-rc.1"


class Bump(IntEnum):
    """How much a change raises a version; more is greater."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version. Two that differ only in build metadata are equal, as SemVer has it.

    >>> Version.parse("1.4.0-rc.2") < Version.parse("1.4.0-rc.10") < Version.parse("1.4.0")
    True
    """

    major: int
    minor: int
    patch: int
    pre: tuple[str, ...] = ()
    build: str = ""

    @classmethod
    def parse(cls, text: str) -> Version:
        """The version that ``text`` is.

        Raises:
            InputError: it is none; says what is wrong with it and what is allowed.
        """
        found = _SEMVER.fullmatch(text) if len(text) <= LONGEST else None
        if found is None:
            raise InputError(f"version {_quoted(text)}: {_wrong(text)}; {ALLOWED}")
        return cls(
            int(found["major"]),
            int(found["minor"]),
            int(found["patch"]),
            tuple(found["pre"].split(".")) if found["pre"] else (),
            found["build"] or "",
        )

    def bump(self, by: Bump) -> Version:
        """The next version; of a pre-release, the version it precedes when that is enough.

        >>> [str(Version.parse("1.4.2").bump(by)) for by in (Bump.PATCH, Bump.MINOR, Bump.MAJOR)]
        ['1.4.3', '1.5.0', '2.0.0']
        >>> str(Version.parse("1.4.2").bump(Bump.NONE)), str(Version.parse("2.0.0-rc.1").bump(
        ...     Bump.MINOR))
        ('1.4.2', '2.0.0')
        """
        if by is Bump.NONE:
            return self
        released = Version(self.major, self.minor, self.patch)
        if self.pre and by <= released.level:
            return released
        return {
            Bump.PATCH: Version(self.major, self.minor, self.patch + 1),
            Bump.MINOR: Version(self.major, self.minor + 1, 0),
            Bump.MAJOR: Version(self.major + 1, 0, 0),
        }[by]

    @property
    def level(self) -> Bump:
        """What kind of release its zeros say it is: ``2.0.0`` major, ``2.1.0`` minor."""
        if self.patch:
            return Bump.PATCH
        return Bump.MINOR if self.minor else Bump.MAJOR

    def candidate(self, number: int) -> Version:
        """Its release candidate with this number: ``1.4.0-rc.1``."""
        return Version(self.major, self.minor, self.patch, ("rc", str(number)))

    def __str__(self) -> str:
        pre = f"-{'.'.join(self.pre)}" if self.pre else ""
        return f"{self.major}.{self.minor}.{self.patch}{pre}{'+' if self.build else ''}{self.build}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._order == other._order

    def __lt__(self, other: Version) -> bool:
        return self._order < other._order

    def __hash__(self) -> int:
        return hash(self._order)

    @property
    def _order(self) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]:
        """Numbers below words, words by ASCII, the shorter first, no pre-release last."""
        pre = tuple(
            (not word.isdigit(), int(word) if word.isdigit() else 0, word) for word in self.pre
        )
        return self.major, self.minor, self.patch, not self.pre, pre


def new_version(text: str, promoted: str | None) -> Version:
    """The version asked for, if it may be released after the last *promoted* one.

    A version that was rolled back was not promoted, so it may come again.

    Raises:
        InputError: it is no version, or not above ``promoted``.

    >>> str(new_version("1.4.0", "1.3.2"))
    '1.4.0'
    """
    version = Version.parse(text)
    if promoted is not None and version <= (last := Version.parse(promoted)):
        raise InputError(
            f"version {version}: not above {last}, the last one promoted; "
            f"allowed: {last.bump(Bump.PATCH)} or higher"
        )
    return version


def jump(promoted: str | None, version: str) -> Bump:
    """How much ``version`` raises ``promoted``; a first version raises by its own level.

    >>> jump("1.3.2", "1.4.0").name, jump(None, "1.0.0").name
    ('MINOR', 'MAJOR')
    """
    new = Version.parse(version)
    if promoted is None:
        return new.level
    last = Version.parse(promoted)
    if new.major != last.major:
        return Bump.MAJOR
    if new.minor != last.minor:
        return Bump.MINOR
    return Bump.PATCH if new != last else Bump.NONE


#: The most that a release type may change.
MOST = {"major": Bump.MAJOR, "minor": Bump.MINOR, "patch": Bump.PATCH, "emergency": Bump.PATCH}


def type_allows(release_type: str, change: Bump) -> Verdict:
    """Whether a release of this type may carry ``change``; less than its most is always fine.

    =========  =====  =====  =====
    type       patch  minor  major
    =========  =====  =====  =====
    major      yes    yes    yes
    minor      yes    yes    no
    patch      yes    no     no
    emergency  yes    no     no
    =========  =====  =====  =====

    Raises:
        InputError: there is no such type.
    """
    if release_type not in MOST:
        raise InputError(f"release type {release_type!r}: allowed: {', '.join(MOST)}")
    if change <= MOST[release_type]:
        return Verdict(Outcome.PASS, (f"{release_type} allows a {change.name.lower()} change",))
    what = "breaks something" if change is Bump.MAJOR else "adds features"
    needed = change.name.lower()
    return Verdict(
        Outcome.FAIL,
        (
            f"this {release_type} release {what}",
            f"drop the items, or plan it again as {needed}, or say why it is no {needed} change",
        ),
    )


def _quoted(text: str) -> str:
    shown = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    return ascii(shown).replace("\\u2026", "…")


def _wrong(text: str) -> str:
    if not text:
        return "is empty"
    if len(text) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if re.search(r"[^0-9A-Za-z.+-]", text):
        return "holds characters that no version has"
    if text[0] in "vV" and _SEMVER.fullmatch(text[1:]):
        return f"did you mean {text[1:]}?"
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return f"did you mean {text + '.0' * (2 - text.count('.'))}?"
    if re.match(r"(.*\.)?0[0-9]", text):
        return "a number starts with 0"
    return "is not SemVer"

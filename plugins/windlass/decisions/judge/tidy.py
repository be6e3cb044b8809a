"""Looks as they come in, put in order: sorted, without repeats, with what is wrong named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Protocol, TypeVar

from windlass.decisions.judge.counts import ArmCounts, Look

#: A gap longer than this many usual intervals is said.
_GAP = 3.0
#: Silence of this many looks at the end, where earlier looks had traffic, is missing data.
_SILENT_LOOKS = 3
_SILENT_BELOW = 5.0


@dataclass(frozen=True, slots=True)
class Tidy:
    """Looks in order of time, each time once.

    Attributes:
        looks: what can be used; a look with an error or impossible figures keeps only its error.
        warnings: what a person should know about the data, not fatal by itself.
    """

    looks: tuple[Look, ...]
    warnings: tuple[str, ...]


class Timed(Protocol):
    """A look of any kind."""

    @property
    def at(self) -> float | None:
        """When it ended, in seconds; ``None`` means "in the order given"."""
        ...

    @property
    def error(self) -> str | None:
        """Why the question could not be asked."""
        ...


T = TypeVar("T", bound=Timed)


def in_order(looks: Sequence[T]) -> tuple[list[tuple[float, T]], tuple[str, ...]]:
    """Looks with their times, sorted, each time once, and what is odd about the times.

    Of two looks at one time the first counts, unless it failed and the second did not.
    """
    if len(looks) == 1:
        return [(0.0 if looks[0].at is None else looks[0].at, looks[0])], ()
    timed = [
        (float(index) if look.at is None else look.at, index, look)
        for index, look in enumerate(looks)
    ]
    timed.sort(key=lambda item: item[:2])
    kept: list[tuple[float, T]] = []
    repeated = 0
    for at, _, look in timed:
        if kept and kept[-1][0] == at:
            repeated += 1
            if kept[-1][1].error is None or look.error is not None:
                continue
            kept.pop()
        kept.append((at, look))
    warnings = [f"{repeated} repeated looks were counted once"] if repeated else []
    warnings.extend(_gaps([at for at, _ in kept]))
    return kept, tuple(warnings)


def known_before(history: Sequence[T], looks: Sequence[T]) -> list[T]:
    """The looks of ``history`` that were there before the first of ``looks``."""
    times = [look.at for look in looks if look.at is not None]
    first = min(times, default=None)
    return [look for look in history if look.at is None or first is None or look.at < first]


def tidy(looks: Sequence[Look]) -> Tidy:
    """Order the looks by time, drop repeated ones, turn impossible figures into errors."""
    ordered, warnings = in_order(looks)
    return Tidy(tuple(_checked(look, at) for at, look in ordered), warnings)


def _checked(look: Look, at: float) -> Look:
    error = look.error
    for arm, counts in (("baseline", look.baseline), ("canary", look.canary)):
        problem = counts.problem if counts is not None else None
        if error is None and problem is not None:
            error = f"{arm}: {problem}"
    if error is not None:
        return Look(at=at, error=error, stage=look.stage)
    if look.at == at:
        return look
    return Look(look.baseline, look.canary, at, stage=look.stage)


def _gaps(times: list[float]) -> list[str]:
    steps = [later - earlier for earlier, later in pairwise(times)]
    if len(steps) < 2:
        return []
    usual = median(steps)
    long = [step for step in steps if step > _GAP * usual]
    if not long:
        return []
    return [
        f"{len(long)} gaps between looks, the longest {max(long):g} s where {usual:g} s is usual"
    ]


def silent_arm(looks: Sequence[Look], *, needs_baseline: bool) -> str | None:
    """The arm that had traffic and then stopped reporting, if there is one."""
    if len(looks) <= _SILENT_LOOKS:
        return None
    for arm in ("canary", "baseline") if needs_baseline else ("canary",):
        requests = [_requests(getattr(look, arm)) for look in looks if look.error is None]
        ending = requests[-_SILENT_LOOKS:]
        earlier = requests[:-_SILENT_LOOKS]
        if (
            len(ending) == _SILENT_LOOKS
            and not any(ending)
            and sum(earlier) >= _SILENT_BELOW * max(1, len(earlier))
        ):
            return arm
    return None


def _requests(counts: ArmCounts | None) -> float:
    return 0.0 if counts is None else counts.requests

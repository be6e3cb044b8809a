"""Values of the old version from before, for looks at a plain series without a baseline arm.

A look is compared with the same time of earlier days where there are at least two such days, and
else with the latest value. Each value is used once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import fsum, isfinite, nan, sqrt

from windlass.decisions.judge.autocorrelation import MOST, inflation, resemblance
from windlass.decisions.judge.past import DAY, SLOT

#: A value with its time in seconds; ``None`` where only the order is known.
Timed = tuple[float | None, float]


class PastValues:
    """Values from before, given out one by one.

    Args:
        values: in order; what is not a number is left out.

    Attributes:
        count: how many there are.
        resemblance: the part of each that the next one keeps, the time of day taken out.
        seasonal: whether the latest value given out is one of the same time of an earlier day.
    """

    def __init__(self, values: Sequence[Timed]) -> None:
        self._values = [(at, value) for at, value in values if isfinite(value)]
        self._unused = dict(enumerate(self._values))
        self.count = len(self._values)
        times = [at for at, _ in self._values if at is not None]
        self._spans = len(times) == self.count > 1 and times[-1] - times[0] >= DAY
        self.resemblance = resemblance(self._without_time_of_day())
        self.seasonal = False
        self._known: dict[int, tuple[Mapping[int, Sequence[int]], float]] = {}

    def take(self, at: float | None) -> float:
        """A value to compare a look at that time with; NaN when none is left.

        Of the same time of earlier days each day has its turn, so that none of them decides alone.
        """
        days, _ = self._same_time(at)
        self.seasonal = bool(days)
        left = [[place for place in day if place in self._unused] for day in days.values()]
        among = max(left, key=len) if left else list(self._unused)
        return self._unused.pop(among[-1])[1] if among else nan

    def days_differ(self, at: float | None) -> float:
        """How many values of that time are worth one, because days differ; at least 1."""
        return self._same_time(at)[1]

    def _same_time(self, at: float | None) -> tuple[Mapping[int, Sequence[int]], float]:
        """Of each earlier day the values at about that time, and by how much the days differ."""
        if at is None or not self._spans:
            return {}, 1.0
        slot = int(at % DAY // SLOT)
        if slot not in self._known:
            days = self._near(slot)
            values = [[self._values[place][1] for place in day] for day in days.values()]
            self._known[slot] = (days, _between(values)) if len(days) >= 2 else ({}, 1.0)
        return self._known[slot]

    def _near(self, slot: int) -> dict[int, list[int]]:
        slots = int(DAY // SLOT)
        near = {slot, (slot - 1) % slots, (slot + 1) % slots}
        days: dict[int, list[int]] = {}
        for place, (at, _) in enumerate(self._values):
            if at is not None and int(at % DAY // SLOT) in near:
                days.setdefault(int(at // DAY), []).append(place)
        return days

    def _without_time_of_day(self) -> list[float]:
        if not self._spans:
            return [value for _, value in self._values]
        at_slot: dict[int, list[float]] = {}
        slots = [int((at or 0.0) % DAY // SLOT) for at, _ in self._values]
        for slot, (_, value) in zip(slots, self._values, strict=True):
            at_slot.setdefault(slot, []).append(value)
        usual = {slot: _mean(values) for slot, values in at_slot.items()}
        return [value - usual[slot] for slot, (_, value) in zip(slots, self._values, strict=True)]


def _between(days: Sequence[Sequence[float]]) -> float:
    """How much more than their own values' scatter explains the days' means differ, at least 1.

    The ratio of a one-way analysis of variance; of few days it is a poor estimate, so it is raised
    by its own relative error.
    """
    every = [value for day in days for value in day]
    means, middle, freedom = [_mean(day) for day in days], _mean(every), len(days) - 1
    apart = fsum(len(day) * (mean - middle) ** 2 for day, mean in zip(days, means, strict=True))
    within = fsum(
        (value - mean) ** 2 for day, mean in zip(days, means, strict=True) for value in day
    )
    most = inflation(MOST)
    if within <= 0:
        return most if apart > 0 else 1.0
    ratio: float = apart / freedom / (within / max(1, len(every) - len(days)))
    return min(most, max(1.0, ratio * (1 + sqrt(2 / freedom))))


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return fsum(known) / len(known)

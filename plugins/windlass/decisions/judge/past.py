"""What the past leads one to expect when there is no baseline arm.

Time of day is taken into account by comparing with the same time on earlier days, when there are
such; that days differ, and that neighbouring looks resemble one another, by a larger dispersion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from windlass.decisions.judge.autocorrelation import inflation, resemblance
from windlass.decisions.judge.counts import ArmCounts, Look
from windlass.decisions.judge.dispersion import ENOUGH_INTERVALS, with_margin
from windlass.decisions.judge.ratio import poisson_interval

DAY = 86_400.0
#: Looks within this many seconds of the same time of day are compared.
SLOT = 1_800.0


@dataclass(frozen=True, slots=True)
class Past:
    """The error rate before the release, with bounds that allow for how little was seen.

    Attributes:
        low: lower bound of errors per request.
        rate: the plain rate.
        high: upper bound of errors per request.
        requests: requests the rate rests on.
        errors: errors the rate rests on.
        dispersion: by how much the counts scatter more than chance, days and neighbours included.
        seasonal: whether only the same time of earlier days was used.
    """

    low: float
    rate: float
    high: float
    requests: float
    errors: float
    dispersion: float
    seasonal: bool


class History:
    """Looks before the release, asked for what to expect at a time.

    Args:
        looks: those looks; one counts with its baseline arm, or else with its canary arm.
        alpha: of each bound.
        dispersion: at least this much.
    """

    def __init__(self, looks: Sequence[Look], alpha: float, dispersion: float) -> None:
        self._alpha = alpha
        self._dispersion = dispersion
        self._known: dict[int, Past | None] = {}
        usable = [
            (look.at, arm)
            for look in looks
            for arm in (look.baseline or look.canary,)
            if look.error is None and arm is not None and not arm.problem and arm.requests > 0
        ]
        self._timed = sorted(
            ((at, arm) for at, arm in usable if at is not None), key=lambda item: item[0]
        )
        self._all = [arm for _, arm in usable]
        spans = len(self._timed) == len(usable) and len(usable) > 1
        self._seasonal = spans and self._timed[-1][0] - self._timed[0][0] >= DAY

    def expect(self, at: float | None) -> Past | None:
        """What to expect of a look at that time; ``None`` without any history."""
        slot = -1 if at is None or not self._seasonal else int(at % DAY // SLOT)
        if slot not in self._known:
            self._known[slot] = self._expected(slot)
        return self._known[slot]

    def _expected(self, slot: int) -> Past | None:
        days = self._same_time(slot) if slot >= 0 else {}
        if len(days) >= 2:
            arms = [arm for members in days.values() for arm in members]
            return self._past(arms, _between(list(days.values())), seasonal=True)
        if not self._all:
            return None
        return self._past(self._all, _scatter(self._all), seasonal=False)

    def _same_time(self, slot: int) -> dict[int, list[ArmCounts]]:
        """The looks of each earlier day at about that time of day."""
        slots = int(DAY // SLOT)
        near = {slot, (slot - 1) % slots, (slot + 1) % slots}
        days: dict[int, list[ArmCounts]] = {}
        for at, arm in self._timed:
            if int(at % DAY // SLOT) in near:
                days.setdefault(int(at // DAY), []).append(arm)
        return days

    def _past(self, arms: Sequence[ArmCounts], scatter: float, *, seasonal: bool) -> Past:
        requests = sum(arm.requests for arm in arms)
        errors = sum(arm.errors for arm in arms)
        phi = max(self._dispersion, scatter)
        low, high = poisson_interval(errors / phi, self._alpha)
        scale = phi / requests
        return Past(low * scale, errors / requests, high * scale, requests, errors, phi, seasonal)


def _between(days: Sequence[Sequence[ArmCounts]]) -> float:
    """How much more than chance the days' totals differ (Pearson), at least 1.

    Of few days this is a poor estimate, so it is raised by its own relative error.
    """
    totals = [
        ArmCounts(sum(arm.requests for arm in day), sum(arm.errors for arm in day)) for day in days
    ]
    freedom = len(totals) - 1
    margin: float = 1 + (2 / freedom) ** 0.5
    return max(1.0, _pearson(totals) / freedom * margin)


def _scatter(arms: Sequence[ArmCounts]) -> float:
    """How much more than chance a sum of neighbouring looks scatters, at least 1.

    Their own scatter around the plain rate, as far as so few looks tell it, times what looks that
    resemble their neighbours cost (see ``autocorrelation``).
    """
    freedom = len(arms) - 1
    rate = sum(arm.errors for arm in arms) / sum(arm.requests for arm in arms)
    if freedom < 2 or rate <= 0:
        return 1.0
    residuals = [(arm.errors - rate * arm.requests) / (rate * arm.requests) ** 0.5 for arm in arms]
    excess = max(0.0, fsum(value * value for value in residuals) / freedom - 1)
    own = 1 + excess * min(1.0, freedom / (ENOUGH_INTERVALS - 1))
    return with_margin(own) * inflation(resemblance(residuals))


def _pearson(totals: Sequence[ArmCounts]) -> float:
    rate = sum(arm.errors for arm in totals) / sum(arm.requests for arm in totals)
    if rate <= 0:
        return 0.0
    return sum((arm.errors - rate * arm.requests) ** 2 / (rate * arm.requests) for arm in totals)

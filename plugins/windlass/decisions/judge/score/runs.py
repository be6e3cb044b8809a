"""The run level of the score method: several judgements over a lifetime, and what ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from windlass.decisions.judge.score.scoring import Thresholds
from windlass.decisions.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Window:
    """One judgement's stretch of time, in minutes from the start of the analysis."""

    start: float
    end: float


def windows(
    lifetime: float,
    interval: float | None = None,
    look_back: float | None = None,
    begin_after: float = 0.0,
) -> tuple[Window, ...]:
    """When to judge, and on which stretch: growing from the start, or sliding.

    Args:
        lifetime: minutes of the analysis.
        interval: minutes between judgements; the lifetime when not given.
        look_back: the length of a sliding stretch; ``None`` grows from the start.
        begin_after: minutes to wait first; shifts both ends.
    """
    step = interval or lifetime
    if lifetime <= 0 or step <= 0:
        raise ValueError(f"lifetime {lifetime:g} and interval {step:g} must be above 0")
    ends = [min(lifetime, step * (count + 1)) for count in range(ceil(lifetime / step))]
    return tuple(
        Window(
            begin_after + (0.0 if look_back is None else max(0.0, end - look_back)),
            begin_after + end,
        )
        for end in ends
    )


def run_outcome(scores: Sequence[float], planned: int, thresholds: Thresholds | None) -> Verdict:
    """The state of a run of judgements.

    A score at or below ``marginal`` ends the run at once (at it too: the judge calls that
    marginal, the run does not go on). After the last judgement the score must reach ``pass``.

    Args:
        scores: of the judgements so far, in order.
        planned: how many are planned.
        thresholds: ``None`` passes whatever the score.
    """
    if thresholds is not None:
        for place, value in enumerate(scores, start=1):
            if value <= thresholds.marginal:
                reason = f"judgement {place}: score {value:g} is not above {thresholds.marginal:g}"
                return Verdict(Outcome.FAIL, (reason,))
    if not scores:
        return Verdict(Outcome.NO_DATA, ("no judgement was made yet",))
    if len(scores) < planned:
        return Verdict(Outcome.INCONCLUSIVE, (f"{len(scores)} of {planned} judgements made",))
    if thresholds is not None and scores[-1] < thresholds.passing:
        reason = f"the last score {scores[-1]:g} is below {thresholds.passing:g}"
        return Verdict(Outcome.FAIL, (reason,))
    return Verdict(Outcome.PASS, (f"the last score is {scores[-1]:g}",))

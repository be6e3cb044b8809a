"""What the past leads one to expect when there is no baseline arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from windlass.decisions.judge.counts import Look
from windlass.decisions.judge.ratio import poisson_interval


@dataclass(frozen=True, slots=True)
class Past:
    """The error rate before the release, with bounds that allow for how little was seen.

    Attributes:
        low: lower bound of errors per request.
        rate: the plain rate.
        high: upper bound of errors per request.
        requests: requests the rate rests on.
        errors: errors the rate rests on.
    """

    low: float
    rate: float
    high: float
    requests: float
    errors: float


def past_rate(history: Sequence[Look], alpha: float, dispersion: float) -> Past | None:
    """The rate of the looks before the release, each bound at ``alpha``; ``None`` without any.

    A look counts with its baseline arm, or with its canary arm when it has no other.
    """
    arms = [look.baseline or look.canary for look in history if look.error is None]
    counts = [arm for arm in arms if arm is not None and arm.problem is None and arm.requests > 0]
    requests = sum(arm.requests for arm in counts)
    errors = sum(arm.errors for arm in counts)
    if requests <= 0:
        return None
    low, high = poisson_interval(errors / dispersion, alpha)
    scale = dispersion / requests
    return Past(low * scale, errors / requests, high * scale, requests, errors)

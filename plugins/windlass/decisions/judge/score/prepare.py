"""What happens to a series before it is compared: padding, missing points, outliers."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isnan, nan


def pad(series: Sequence[float], points: int) -> list[float]:
    """The series with NaN added at its end up to ``points``.

    This happens before missing points are handled, so that ``replace`` makes zeros of them.
    """
    return [*series, *([nan] * max(0, points - len(series)))]


def without_nan(series: Sequence[float], strategy: str) -> list[float]:
    """The series without missing points, or (``replace``) with 0 in their place."""
    if strategy == "replace":
        return [0.0 if isnan(value) else value for value in series]
    return [value for value in series if not isnan(value)]


def without_outliers(series: Sequence[float], factor: float) -> list[float]:
    """The series without points outside the interquartile fences.

    The fences are ``min(P1, Q1 - factor IQR)`` and ``max(P99, Q3 + factor IQR)``, so that points
    within the central 98 % always stay.
    """
    if not series:
        return []
    ordered = sorted(series)
    first, third = percentile(ordered, 0.25), percentile(ordered, 0.75)
    reach = factor * (third - first)
    low = min(percentile(ordered, 0.01), first - reach)
    high = max(percentile(ordered, 0.99), third + reach)
    return [value for value in series if not (value < low or value > high)]


def percentile(ordered: Sequence[float], share: float) -> float:
    """The percentile of a sorted, non-empty series, interpolated linearly (type 7).

    >>> percentile([1, 2, 3, 4], 0.25)
    1.75
    """
    position = share * (len(ordered) - 1)
    below = floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])

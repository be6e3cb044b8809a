"""The root of a falling step function, by Brent's method.

The steps make a difference between methods: on a flat piece at exactly zero each ends somewhere
else. Labels are to agree with those of judges that use the classical algorithm (Brent 1973,
"Algorithms for Minimization without Derivatives", chapter 4), so this is that algorithm, with a
tolerance relative to the bracket, which makes the result independent of the unit of measurement.
"""

from __future__ import annotations

from collections.abc import Callable

_STEPS = 1000
_PRECISION = 1e-13


def brent(f: Callable[[float], float], low: float, high: float) -> float:
    """A root of ``f`` between ``low`` and ``high``, where its signs differ or are zero.

    Args:
        f: the function.
        low: one end of the bracket.
        high: the other.

    Returns:
        The root, to within a tiny part of the bracket.
    """
    tolerance = _PRECISION * max(abs(low), abs(high))
    before, best = low, high
    f_before, f_best = f(low), f(high)
    if f_before == 0:
        return low
    if f_best == 0:
        return high
    opposite, f_opposite = before, f_before
    for _ in range(_STEPS):
        previous_step = best - before
        if abs(f_opposite) < abs(f_best):
            before, best, opposite = best, opposite, best
            f_before, f_best, f_opposite = f_best, f_opposite, f_best
        half = (opposite - best) / 2
        if abs(half) <= tolerance or f_best == 0:
            return best
        step = half
        if abs(previous_step) >= tolerance and abs(f_before) > abs(f_best):
            step = _interpolated(
                (before, best, opposite), (f_before, f_best, f_opposite), previous_step, tolerance
            )
        if abs(step) < tolerance:
            step = tolerance if step > 0 else -tolerance
        before, f_before = best, f_best
        best += step
        f_best = f(best)
        if (f_best > 0) == (f_opposite > 0) and f_best != 0 and f_opposite != 0:
            opposite, f_opposite = before, f_before
    return best


def _interpolated(
    points: tuple[float, float, float],
    values: tuple[float, float, float],
    previous_step: float,
    tolerance: float,
) -> float:
    """The secant or inverse quadratic step where it is trustworthy, else half the bracket."""
    before, best, opposite = points
    f_before, f_best, f_opposite = values
    width = opposite - best
    if before == opposite:
        ratio = f_best / f_before
        p, q = width * ratio, 1 - ratio
    else:
        a, b, c = f_before / f_opposite, f_best / f_opposite, f_best / f_before
        p = c * (width * a * (a - b) - (best - before) * (b - 1))
        q = (a - 1) * (b - 1) * (c - 1)
    p, q = (p, -q) if p > 0 else (-p, q)
    inside = p < 0.75 * width * q - abs(tolerance * q) / 2
    if inside and p < abs(previous_step * q / 2):
        return p / q
    return width / 2

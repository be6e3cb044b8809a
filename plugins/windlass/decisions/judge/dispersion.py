"""How much more the counts scatter than chance alone would make them."""

from __future__ import annotations

from collections.abc import Sequence


def dispersion(counts: Sequence[float]) -> float:
    """Variance over mean of counts per interval before the release, at least 1 (phi).

    Dividing counts by it makes a judge of counts honest about bursts (a heuristic, measured in
    ``benchmarks/judge.py``, not proved). Below two intervals, or without any error, it is 1.

    >>> dispersion([3, 3, 3, 3])
    1.0
    >>> dispersion([0, 12, 0, 12])
    8.0
    """
    if len(counts) < 2:
        return 1.0
    mean = sum(counts) / len(counts)
    if mean <= 0:
        return 1.0
    variance = sum((count - mean) ** 2 for count in counts) / (len(counts) - 1)
    return max(1.0, variance / mean)

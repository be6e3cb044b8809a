"""Working time and openings as arrays: what one run asks of them, all runs ask at once.

Times are seconds since the start of the simulation; ``inf`` is "never".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from windlass.decisions.windows.spans import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


class Stretches:
    """Sorted stretches of time that do not overlap: a person's hours, or a place's openings."""

    def __init__(self, spans: Iterable[Span], origin: datetime) -> None:
        import numpy as np

        listed = list(spans)
        self.starts: Floats = np.array([(s.start - origin).total_seconds() for s in listed])
        self.ends: Floats = np.array([(s.end - origin).total_seconds() for s in listed])
        self.worked: Floats = np.cumsum(self.ends - self.starts)

    def inside(self, at: Floats) -> Bools:
        """Whether each instant is inside a stretch."""
        import numpy as np

        if not len(self.starts):
            return np.zeros(at.shape, dtype=bool)
        index = np.searchsorted(self.starts, at, side="right") - 1
        within: Bools = (index >= 0) & (at < self.ends[np.maximum(index, 0)])
        return within

    def after(self, start: Floats, work: Floats) -> Floats:
        """When ``work`` seconds inside stretches have passed since ``start``; no work: at once."""
        import numpy as np

        if not len(self.starts):
            return np.where(work <= 0, start, np.inf)
        target = self._worked_until(start) + work
        index = np.searchsorted(self.worked, target, side="left")
        known = index < len(self.worked)
        last = np.minimum(index, len(self.worked) - 1)
        done = self.ends[last] - (self.worked[last] - target)
        found: Floats = np.where(known & np.isfinite(start), done, np.inf)
        return np.where(work <= 0, start, found)

    def _worked_until(self, at: Floats) -> Floats:
        import numpy as np

        index = np.searchsorted(self.starts, at, side="right") - 1
        at_least = np.maximum(index, 0)
        before = self.worked[at_least] - (self.ends[at_least] - self.starts[at_least])
        into = np.clip(at, self.starts[at_least], self.ends[at_least]) - self.starts[at_least]
        return np.where(index >= 0, before + into, 0.0)

    def fitting(self, start: Floats, need: float) -> tuple[Floats, Floats]:
        """The first moment from ``start`` on with ``need`` seconds left; and when that closes."""
        import numpy as np

        begins = np.full(start.shape, np.inf)
        closes = np.full(start.shape, np.inf)
        for opens, shuts in zip(self.starts, self.ends, strict=True):
            candidate = np.maximum(start, opens)
            fits = np.isinf(begins) & (candidate + need <= shuts) & (candidate < shuts)
            begins = np.where(fits, candidate, begins)
            closes = np.where(fits, shuts, closes)
        return begins, closes

"""Counters and histograms of what runs, per version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Histogram:
    """A cumulative histogram: count of observations at or below each upper bound."""

    buckets: Mapping[float, float]

    @property
    def count(self) -> float:
        """All observations."""
        return max(self.buckets.values(), default=0.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the counters of one target say at one instant: cumulative values, by version.

    ``counters[version][name]`` and ``histograms[version][name]``. A version that reported nothing
    is not in the mapping: missing is not zero. Where another label was asked for, what it says
    stands in the place of the version.
    """

    at: datetime
    counters: Mapping[str, Mapping[str, float]]
    histograms: Mapping[str, Mapping[str, Histogram]]


class Metrics(Protocol):
    """Read counters; differences between two readings are the reader's business."""

    async def read(
        self,
        target: str,
        counters: tuple[str, ...],
        histograms: tuple[str, ...],
        *,
        by: str | None = None,
    ) -> Reading:
        """The named series of ``target`` now.

        Args:
            by: the label that tells apart what is compared; None: the one of versions. Samples
                that do not carry it are of neither.

        Raises:
            VendorUnavailable: the question could not be asked. Never an empty reading instead.
        """
        ...

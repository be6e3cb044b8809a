"""The statistical judge: is the new version worse than the old one, and how sure is that.

One obvious entry for one metric is :func:`judge_counts`; for a release :func:`judge_release`.
"""

from __future__ import annotations

from windlass.decisions.judge.count_verdict import CountVerdict
from windlass.decisions.judge.counts import ArmCounts, CountPolicy, Look
from windlass.decisions.judge.dispersion import ENOUGH_INTERVALS, dispersion
from windlass.decisions.judge.latency import HistogramLook, judge_latency
from windlass.decisions.judge.planned import PlannedWindow
from windlass.decisions.judge.power import power
from windlass.decisions.judge.release import (
    JudgePolicy,
    JudgeVerdict,
    MetricLooks,
    alphas,
    judge_release,
)
from windlass.decisions.judge.sequential import CountJudge, judge_counts
from windlass.decisions.judge.series import (
    SeriesLook,
    SeriesVerdict,
    judge_series,
    judge_series_looks,
)
from windlass.decisions.judge.series_bets import detectable_mean_ratio

__all__ = [
    "ENOUGH_INTERVALS",
    "ArmCounts",
    "CountJudge",
    "CountPolicy",
    "CountVerdict",
    "HistogramLook",
    "JudgePolicy",
    "JudgeVerdict",
    "Look",
    "MetricLooks",
    "PlannedWindow",
    "SeriesLook",
    "SeriesVerdict",
    "alphas",
    "detectable_mean_ratio",
    "dispersion",
    "judge_counts",
    "judge_latency",
    "judge_release",
    "judge_series",
    "judge_series_looks",
    "power",
]

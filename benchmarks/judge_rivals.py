"""The rules of other judges, re-stated: the first minute at which each rolls back, per run.

From the public sources of spinnaker/kayenta, argoproj/argo-rollouts and fluxcd/flagger; minutes
are counted from 0 and :data:`NEVER` is "not within the hour".
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np  # noqa: TID253 - no DAG imports a benchmark
from numpy.typing import NDArray  # noqa: TID253 - same

from benchmarks.judge_scenarios import MINUTES, Runs

NEVER = MINUTES
First = NDArray[np.int64]


def first_true(happened: NDArray[np.bool_]) -> First:
    """The first true column of each row."""
    return np.where(happened.any(axis=1), happened.argmax(axis=1), NEVER)


def argo(runs: Runs, success: float, limit: int, interval: int = 1) -> First:
    """Success rate of the canary at least ``success``; failed when failures exceed ``limit``."""
    looks = runs.canary.reshape(len(runs.canary), -1, interval).sum(axis=2)
    failed = looks / (runs.scenario.canary * interval) > 1 - success
    first = first_true(failed.cumsum(axis=1) > limit)
    return np.where(first >= looks.shape[1], NEVER, (first + 1) * interval - 1)


def flagger(runs: Runs, success: float, threshold: int, steps: int = 10) -> First:
    """Failed checks are counted for ever; good ones advance; all steps done is promotion."""
    failed = runs.canary / runs.scenario.canary > 1 - success
    good = (~failed).cumsum(axis=1)
    bad = failed.cumsum(axis=1)
    rolled, promoted = first_true(bad >= threshold), first_true(good >= steps)
    return np.where(rolled < promoted, rolled, NEVER)


def kayenta(runs: Runs, every: int, start: int) -> First:
    """Mann–Whitney at 98 % with a tolerance of a quarter of the shift, on a growing window.

    The interval's ends are order statistics of the pairwise differences; the correction of the
    variance for ties is left out here (the ``score`` method has it).
    """
    canary = (100 * runs.canary / runs.scenario.canary).astype(np.float32)
    baseline = (100 * runs.baseline / runs.scenario.baseline).astype(np.float32)
    high = np.zeros(canary.shape, dtype=bool)
    for minutes in range(start, MINUTES + 1, every):
        high[:, minutes - 1] = _high(canary[:, :minutes], baseline[:, :minutes])
    return first_true(high)


def _high(canary: NDArray[np.float32], baseline: NDArray[np.float32]) -> NDArray[np.bool_]:
    runs, n = canary.shape
    apart = (canary[:, :, None] - baseline[:, None, :]).reshape(runs, n * n)
    sigma = (n * n * (2 * n + 1) / 12) ** 0.5
    reach = n * n / 2 + 0.5 + NormalDist().inv_cdf(0.99) * sigma
    lower = max(0, n * n - int(np.ceil(reach)))
    middle = (n * n - 1) // 2
    ordered = np.partition(apart, sorted({lower, middle}), axis=1)
    bound = 0.25 * np.abs(ordered[:, middle])
    means = canary.mean(axis=1), baseline.mean(axis=1)
    effect = (means[0] >= means[1]) | (means[0] == 0) | (means[1] == 0)
    return (ordered[:, lower] > bound) & effect


def z_test(runs: Runs, alpha: float = 0.02) -> First:
    """A one-sided pooled z-test of the cumulative rates at every look, as if it were the only."""
    s1, s0, share = _cumulative(runs)
    total = s1 + s0
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (s1 - share * total) / np.sqrt(total * share * (1 - share))
    return first_true(np.nan_to_num(z) > NormalDist().inv_cdf(1 - alpha))


def pocock(runs: Runs, level: float = 0.00187) -> First:
    """Exact conditional binomial at a constant level made for 60 looks (one-sided 2 %)."""
    s1, s0, share = _cumulative(runs)
    most = int((s1 + s0).max()) + 1
    critical = _critical_values(most, share, level)
    return first_true(s1 >= critical[s1 + s0])


def _critical_values(most: int, share: float, level: float) -> NDArray[np.int64]:
    """For each number of errors, how many in the canary have a tail below ``level``."""
    chance = np.zeros(most + 2)
    chance[0] = 1.0
    critical = np.zeros(most + 1, dtype=np.int64)
    for total in range(most + 1):
        tail = chance[::-1].cumsum()[::-1]
        critical[total] = int(np.argmax(tail <= level))
        chance[1:] = chance[1:] * (1 - share) + chance[:-1] * share
        chance[0] *= 1 - share
    return critical


def _cumulative(runs: Runs) -> tuple[NDArray[np.int64], NDArray[np.int64], float]:
    scenario = runs.scenario
    share = scenario.canary / (scenario.canary + scenario.baseline)
    return runs.canary.cumsum(axis=1), runs.baseline.cumsum(axis=1), share

"""Formulas against other people's implementations, where these are installed."""

from __future__ import annotations

from math import inf

import pytest

from windlass.decisions.judge.asymptotic import RunningMean, evidence, half_width, tightest_at
from windlass.decisions.judge.power import poisson_at_least
from windlass.decisions.judge.ratio import normal_quantile, poisson_interval, ratio_interval
from windlass.decisions.judge.score.label import common_language
from windlass.decisions.judge.score.mann_whitney import shift, z_of
from windlass.decisions.judge.score.prepare import percentile

np = pytest.importorskip("numpy")


@pytest.mark.parametrize(
    "s1, s0, share", [(12, 9, 0.1), (3, 0, 0.5), (0, 40, 0.3), (500, 480, 0.5)]
)
def test_the_ratio_interval_is_a_beta_binomial_confidence_sequence(
    s1: int, s0: int, share: float
) -> None:
    """The interval of the share, by ville, mapped to ratios."""
    ville = pytest.importorskip("ville")
    sequence = ville.BernoulliCS(alpha=0.02, prior=(10 * share, 10 * (1 - share)), intersect=False)
    sequence.update(np.array([1.0] * s1 + [0.0] * s0))
    found = sequence.interval()
    low, high = (p * (1 - share) / (share * (1 - p)) if p < 1 else inf for p in found)
    ours = ratio_interval(s1, s0, share, 0.02)
    assert ours[0] == pytest.approx(low, rel=1e-3, abs=1e-9)
    assert ours[1] == pytest.approx(high, rel=1e-3) or s0 == 0


#: (canary errors, baseline errors, canary's share) and the odds that ``savvi`` 0.3.1 gives there:
#: ``Multinomial(alpha, [share, 1 - share], k=10)``. Written down, because it needs a solver and a
#: plotting library to be imported.
SAVVI = (
    (12, 9, 0.1, 14921.254189060563),
    (30, 12, 0.5, 11.034166083186339),
    (3, 40, 0.3, 120.01007929239843),
    (5, 480, 0.05, 22216.17625685352),
    (520, 430, 0.5, 6.838006051085489),
)


@pytest.mark.parametrize("s1, s0, share, odds", SAVVI)
def test_equal_rates_are_refuted_exactly_where_the_multinomial_test_refutes_them(
    s1: int, s0: int, share: float, odds: float
) -> None:
    """At an error budget of one over those odds, a ratio of 1 is the end of the interval."""
    more = s1 / (s1 + s0) > share
    end = ratio_interval(s1, s0, share, 1 / odds)[0 if more else 1]
    assert end == pytest.approx(1.0, abs=1e-6)


def test_the_asymptotic_sequence_is_that_of_waudby_smith() -> None:
    ville = pytest.importorskip("ville")
    values = np.random.default_rng(1).normal(3, 2, 200)
    sequence = ville.AsymptoticCS(alpha=0.05, t_opt=60, min_samples=10, intersect=False)
    sequence.update(values)
    low, high = sequence.interval()
    seen = RunningMean()
    for value in values:
        seen.add(float(value))
    width = half_width(seen.variance, seen.count, 0.05, tightest_at(0.05, 60))
    assert (low + high) / 2 == pytest.approx(seen.mean)
    assert (high - low) / 2 == pytest.approx(width, rel=0.02)


def test_evidence_of_a_mean_crosses_where_the_interval_leaves_zero() -> None:
    """Its e-value reaches 1/alpha exactly when the two-sided interval excludes 0."""
    precision = tightest_at(0.05, 60)
    seen = RunningMean()
    for value in np.random.default_rng(2).normal(0.5, 1, 120):
        seen.add(float(value))
        if seen.count >= 10 and seen.mean > 0:
            width = half_width(seen.variance, seen.count, 0.05, precision)
            assert (seen.mean > width) == (evidence(seen, precision) > 1 / 0.05)


@pytest.mark.parametrize("events, mean", [(1, 0.4), (5, 9.0), (40, 30.0), (300, 330.0)])
def test_the_poisson_tail_is_close(events: int, mean: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    assert poisson_at_least(events, mean) == pytest.approx(
        stats.poisson.sf(events - 1, mean), abs=0.01
    )


@pytest.mark.parametrize("events", [0, 1, 4, 30, 1000])
def test_poisson_bounds_are_those_of_the_gamma_distribution(events: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    low, high = poisson_interval(events, 0.01)
    assert high == pytest.approx(stats.gamma.ppf(0.99, events + 1), rel=0.02)
    if events:
        assert low == pytest.approx(stats.gamma.ppf(0.01, events), rel=0.03, abs=0.02)


def test_normal_quantiles_agree() -> None:
    stats = pytest.importorskip("scipy.stats")
    assert normal_quantile(0.99) == pytest.approx(stats.norm.ppf(0.99))


@pytest.mark.parametrize("seed", range(6))
def test_the_rank_sum_statistic_is_the_mann_whitney_test(seed: int) -> None:
    """With ties and continuity correction, against scipy's asymptotic p-value."""
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(seed)
    x, y = rng.poisson(6, 25).tolist(), rng.poisson(5, 31).tolist()
    z = z_of(x, y, 0.0)
    expected = stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=True).pvalue
    assert 2 * stats.norm.sf(abs(z)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_interval_and_estimate_are_order_statistics_of_the_differences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(3, 1, 20), rng.normal(2, 1, 24)
    apart = np.sort((x[:, None] - y[None, :]).ravel())
    found = shift(x.tolist(), y.tolist(), 0.98)
    sigma = (20 * 24 * 45 / 12) ** 0.5
    reach = int(np.ceil(240 + 0.5 + 2.3263478740408408 * sigma))
    assert found.low == pytest.approx(apart[480 - reach], abs=1e-9)
    assert found.high == pytest.approx(apart[reach - 1], abs=1e-9)
    assert apart[238] - 1e-9 <= found.estimate <= apart[241] + 1e-9


def test_percentiles_interpolate_as_numpy_does() -> None:
    values = sorted(np.random.default_rng(3).normal(0, 1, 17).tolist())
    for share in (0.01, 0.25, 0.5, 0.75, 0.99):
        assert percentile(values, share) == pytest.approx(np.quantile(values, share))


def test_common_language_effect_size_is_the_share_of_pairs_won() -> None:
    x, y = [1.0, 2.0, 2.0, 5.0], [2.0, 3.0, 0.0]
    won = sum((a > b) + 0.5 * (a == b) for a in x for b in y) / 12
    assert common_language(x, y) == pytest.approx(won)

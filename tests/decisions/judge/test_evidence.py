"""The e-process keeps its error budget, checked exactly on random nulls."""

from __future__ import annotations

from math import comb, exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.judge.evidence import Evidence
from windlass.decisions.judge.prior import BETTER, start_mass, worse_prior

shares = st.floats(0.01, 0.99)


def binomial(total: int, share: float) -> list[float]:
    return [comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(total + 1)]


def under(ratio: float, share: float) -> float:
    return ratio * share / (1 + (ratio - 1) * share)


@given(
    path=st.lists(st.tuples(st.integers(0, 12), st.floats(0, 1), shares), max_size=6),
    total=st.integers(0, 12),
    share=shares,
    tolerance=st.floats(1, 3),
    actual=st.floats(0.1, 1),
    dispersion=st.floats(1, 4),
)
def test_no_ratio_up_to_the_tolerated_one_is_expected_to_gain(
    path: list[tuple[int, float, float]],
    total: int,
    share: float,
    tolerance: float,
    actual: float,
    dispersion: float,
) -> None:
    """After any past, with any split, the expected wealth after a look is at most that before."""
    prior = worse_prior(5, under(tolerance, 0.3), dispersion, 60)
    chances = binomial(total, under(actual * tolerance, share))
    expected = 0.0
    for canary, chance in enumerate(chances):
        bet = Evidence(prior, tolerance)
        for errors, part, split in path:
            bet.observe_arms(round(errors * part) / dispersion, errors / dispersion, split)
        before = bet.value
        bet.observe_arms(canary / dispersion, total / dispersion, share)
        expected += chance * bet.value
    assert expected <= before * (1 + 1e-9)


@given(total=st.integers(0, 12), share=shares, refused=st.floats(1.2, 5), worse=st.floats(1, 4))
def test_a_release_as_bad_as_refused_or_worse_is_not_expected_to_get_a_go(
    total: int, share: float, refused: float, worse: float
) -> None:
    chances = binomial(total, under(refused * worse, share))
    expected = 0.0
    for canary, chance in enumerate(chances):
        bet = Evidence(BETTER, refused)
        bet.observe_arms(canary, total, share)
        expected += chance * bet.value
    assert expected <= 1 + 1e-9


def test_errors_drawn_without_replacement_keep_it_a_supermartingale() -> None:
    """Errors among few requests are hypergeometric, which scatters less than binomial."""
    n1, n0, errors = 10, 30, 12
    prior = worse_prior(errors, n1 / (n1 + n0), 1.0, 60)
    expected = 0.0
    for canary in range(min(n1, errors) + 1):
        bet = Evidence(prior, 1.0)
        bet.observe_arms(canary, errors, n1 / (n1 + n0))
        chance = comb(n1, canary) * comb(n0, errors - canary) / comb(n1 + n0, errors)
        expected += chance * bet.value
    assert expected <= 1


@given(mean=st.floats(0.01, 8), actual=st.floats(0.1, 1))
def test_without_a_baseline_arm_a_rate_at_the_bound_is_not_expected_to_gain(
    mean: float, actual: float
) -> None:
    prior = worse_prior(mean * 1e6, 1e-6, 1.0, 60)
    expected, chance = 0.0, exp(-mean * actual)
    for errors in range(120):
        bet = Evidence(prior, 1.0)
        bet.observe_mean(errors, mean)
        expected += chance * bet.value
        chance *= mean * actual / (errors + 1)
    assert expected <= 1 + 1e-6


@given(mean=st.floats(0.01, 8), actual=st.floats(1, 3))
def test_upside_down_a_rate_at_the_lower_bound_is_not_expected_to_gain(
    mean: float, actual: float
) -> None:
    prior = worse_prior(mean * 1e6, 1e-6, 1.0, 60)
    expected, chance = 0.0, exp(-mean * actual)
    for errors in range(160):
        bet = Evidence(prior, 1.0)
        bet.observe_mean(errors, mean, upside_down=True)
        expected += chance * bet.value
        chance *= mean * actual / (errors + 1)
    assert expected <= 1 + 1e-6


def test_wealth_bet_on_late_starts_sums_to_one_over_all_time() -> None:
    assert sum(start_mass(look, 60) for look in range(200_000)) == pytest.approx(1, abs=1e-4)


@given(total=st.floats(0.01, 1e7), share=shares, phi=st.floats(1, 20), planned=st.integers(1, 500))
def test_a_prior_spends_all_its_wealth_and_no_more(
    total: float, share: float, phi: float, planned: int
) -> None:
    prior = worse_prior(total, share, phi, planned)
    assert sum(prior.first) + sum(prior.later) == pytest.approx(1)
    assert all(1.09 <= ratio <= 201 for ratio in prior.ratios)
    assert list(prior.ratios) == sorted(prior.ratios)


def test_one_ratio_is_the_sequential_probability_ratio() -> None:
    """With all wealth on one ratio it is the textbook likelihood ratio."""
    from windlass.decisions.judge.prior import Prior

    bet = Evidence(Prior((2.0,), (1.0,), (0.0,)), 1.0)
    bet.observe_arms(3, 5, 0.25)
    bet.observe_arms(1, 4, 0.5)
    expected = 3 * log(0.4 / 0.25) + 2 * log(0.6 / 0.75) + log(2 / 3 / 0.5) + 3 * log(1 / 3 / 0.5)
    assert log(bet.value) == pytest.approx(expected)


def test_astronomical_counts_neither_overflow_nor_pass() -> None:
    bet = Evidence(worse_prior(1e9, 0.5, 1.0, 60), 1.0)
    bet.observe_arms(9e8, 1e9, 0.5)
    assert bet.value > 1e200
    bet.observe_arms(5e8, 1e9, 0.5)
    assert bet.value < float("inf")

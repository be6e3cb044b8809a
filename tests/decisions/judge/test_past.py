"""Before/after: time of day, days that differ, looks that resemble their neighbours."""

from __future__ import annotations

from math import pi, sin

import pytest

from windlass.decisions.judge import ArmCounts, CountPolicy, Look, judge_counts
from windlass.decisions.judge.past import DAY, History

np = pytest.importorskip("numpy")
RNG = np.random.default_rng(17)


def rate_at(second: float) -> float:
    """A rate that swings ninefold over the day."""
    return 0.01 * (1 + 0.8 * sin(second / DAY * 2 * pi))


def day(number: int, factor: float = 1.0) -> list[Look]:
    return [
        Look(
            ArmCounts(1000, int(RNG.binomial(1000, factor * rate_at(second)))),
            None,
            number * DAY + second,
        )
        for second in range(0, int(DAY), 300)
    ]


def release(factor: float, start: float, looks: int = 24) -> list[Look]:
    return [
        Look(
            None,
            ArmCounts(1000, int(RNG.binomial(1000, factor * rate_at(start + 300 * n)))),
            6 * DAY + start + 300 * n,
        )
        for n in range(looks)
    ]


def test_the_same_hour_of_earlier_days_is_the_comparison() -> None:
    """At the day's peak the rate is nearly twice its mean, and that is no regression."""
    history = [look for number in range(6) for look in day(number)]
    healthy = judge_counts(release(1.0, 6 * 3600), CountPolicy(), history=history)
    assert healthy.decision != "rollback"
    assert "at this time of day before" in healthy.reasons[0]
    worse = judge_counts(release(2.0, 6 * 3600), CountPolicy(), history=history)
    assert worse.decision == "rollback"
    assert worse.weaker
    assert "weaker" in worse.reasons[-1]


def test_days_that_differ_make_it_more_careful() -> None:
    steady = History([look for number in range(6) for look in day(number)], 0.01, 1.0)
    wild = [look for number in range(6) for look in day(number, (0.3, 1.7)[number % 2])]
    bounds = [past.expect(7 * DAY + 21_600) for past in (steady, History(wild, 0.01, 1.0))]
    assert bounds[0] is not None
    assert bounds[1] is not None
    assert bounds[1].high / bounds[1].rate > 1.5 * bounds[0].high / bounds[0].rate


def test_looks_that_resemble_their_neighbours_make_it_more_careful() -> None:
    slow = np.repeat(RNG.gamma(4, 0.25, 12), 10)
    clumped = [
        Look(ArmCounts(1000, int(10 * part)), None, float(at)) for at, part in enumerate(slow)
    ]
    mixed = [clumped[(37 * at) % len(clumped)] for at in range(len(clumped))]
    mixed = [Look(look.baseline, None, float(at)) for at, look in enumerate(mixed)]
    together, apart = (History(looks, 0.01, 1.0).expect(None) for looks in (clumped, mixed))
    assert together is not None
    assert apart is not None
    assert together.dispersion > 2 * apart.dispersion


def test_without_any_history_there_is_nothing_to_expect() -> None:
    assert History([], 0.01, 1.0).expect(0.0) is None
    assert History([Look(at=1.0, error="timeout")], 0.01, 1.0).expect(0.0) is None
    alone = [Look(None, ArmCounts(1000, 3), float(at)) for at in range(9)]
    assert judge_counts(alone, CountPolicy()).outcome == "NO_DATA"


def test_a_history_without_errors_still_bounds_the_rate() -> None:
    clean = [Look(ArmCounts(1000, 0), None, float(at)) for at in range(10)]
    bad = [Look(None, ArmCounts(1000, 4), float(20 + at)) for at in range(10)]
    assert judge_counts(bad, CountPolicy(), history=clean).decision == "rollback"


@pytest.mark.parametrize("kept", [0.0, 0.6])
@pytest.mark.parametrize("history", [30, 60])
def test_a_rate_that_comes_in_waves_is_seldom_a_regression(kept: float, history: int) -> None:
    """It swings by 40 % around its mean, and nobody measured that; the looks before show it."""
    rng = np.random.default_rng([18, history, round(10 * kept)])
    policy, runs = CountPolicy(alpha=0.02), 100

    def rolled_back(factor: float) -> bool:
        wave = np.empty(history + 60)
        wave[0] = rng.normal()
        for at in range(1, len(wave)):
            wave[at] = kept * wave[at - 1] + (1 - kept**2) ** 0.5 * rng.normal()
        rates = 0.01 * np.exp(0.4 * wave)
        rates[history:] *= factor
        looks = [
            Look(None, ArmCounts(1000, int(rng.poisson(1000 * rate))), float(at))
            for at, rate in enumerate(rates)
        ]
        verdict = judge_counts(looks[history:], policy, history=looks[:history])
        return verdict.decision == "rollback"

    assert sum(rolled_back(1.0) for _ in range(runs)) <= 5
    assert sum(rolled_back(3.0) for _ in range(30)) >= 27

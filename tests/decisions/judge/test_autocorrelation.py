"""Looks at a plain series that resemble their neighbours: false alarms stay within the budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import pi, sin
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.judge import (
    CountPolicy,
    SeriesLook,
    SeriesVerdict,
    detectable_mean_ratio,
    judge_series,
    judge_series_looks,
)
from windlass.decisions.judge.autocorrelation import MOST, Resemblance, inflation, kept, resemblance
from windlass.decisions.judge.past import DAY
from windlass.decisions.judge.past_values import PastValues

np = pytest.importorskip("numpy")
POLICY = CountPolicy(alpha=0.05)


def waves(rng: Any, count: int, phi: float) -> Any:
    """A healthy series of mean 10 and deviation 1 that keeps ``phi`` from look to look."""
    values = np.empty(count)
    values[0] = rng.normal()
    for at in range(1, count):
        values[at] = phi * values[at - 1] + (1 - phi**2) ** 0.5 * rng.normal()
    return 10 + values


def judged(
    rng: Any, phi: float, *, shift: float = 0.0, history: int = 60, alone: bool = False
) -> SeriesVerdict:
    """Sixty looks after a history; ``alone`` has no baseline arm."""
    old, new = waves(rng, history + 60, phi), waves(rng, 60, phi)
    before = [SeriesLook(float(value), at=float(at)) for at, value in enumerate(old[:history])]
    looks = [
        SeriesLook(None, float(a) + shift, history + float(at))
        if alone
        else SeriesLook(float(a), float(b) + shift, history + float(at))
        for at, (a, b) in enumerate(zip(old[history:], new, strict=True))
    ]
    return judge_series_looks(looks, POLICY, history=before)


@pytest.mark.parametrize("alone", [False, True], ids=["two arms", "before and after"])
@pytest.mark.parametrize("history", [30, 60])
@pytest.mark.parametrize("phi", [0.0, 0.3, 0.6, 0.8, 0.9])
def test_of_healthy_waves_no_more_than_alpha_are_rolled_back(
    phi: float, history: int, alone: bool
) -> None:
    """Stopped at the first look that looks bad; two standard errors are chance."""
    rng = np.random.default_rng([61, history, round(100 * phi)])
    runs = 100
    false = sum(
        judged(rng, phi, history=history, alone=alone).decision == "rollback" for _ in range(runs)
    )
    assert false <= runs * POLICY.alpha + 2 * (runs * POLICY.alpha * (1 - POLICY.alpha)) ** 0.5


@pytest.mark.parametrize("phi", [0.0, 0.6, 0.85])
def test_of_waves_twice_as_high_no_more_than_beta_get_a_go(phi: float) -> None:
    """The ratio to refuse is at its edge: 10 to 20, with a deviation of 10."""
    rng, runs, wrong = np.random.default_rng(62), 100, 0
    for _ in range(runs):
        old, new = (10 * (waves(rng, 120, phi) - 10) + 10 for _ in range(2))
        verdict = judge_series(old[60:], new[60:] + 10, POLICY, history=old[:60].tolist())
        wrong += verdict.decision == "go"
    assert wrong <= runs * POLICY.beta + 2 * (runs * POLICY.beta * (1 - POLICY.beta)) ** 0.5


def test_a_shift_is_still_found_later() -> None:
    rng = np.random.default_rng(63)
    steady = [judged(rng, 0.0, shift=2.0) for _ in range(30)]
    slow = [judged(rng, 0.6, shift=2.0) for _ in range(30)]
    assert all(verdict.decision == "rollback" for verdict in steady)
    assert sum(verdict.decision == "rollback" for verdict in slow) >= 20
    took = [sum(verdict.look for verdict in group) / 30 for group in (steady, slow)]
    assert took[0] < 15 < took[1]
    assert any("looks resemble their neighbours" in reason for reason in slow[0].reasons)


def test_a_wave_that_moves_both_arms_is_forgiven_while_looking() -> None:
    """The history has it, the difference of the arms does not."""
    rng, found = np.random.default_rng(64), 0
    for _ in range(20):
        common = 3 * (waves(rng, 120, 0.95) - 10)
        old, new = common + rng.normal(10, 0.3, 120), common[60:] + rng.normal(12, 0.3, 60)
        history = old[:60].tolist()
        found += judge_series(old[60:], new, POLICY, history=history).decision == "rollback"
    assert found >= 18


def test_without_a_history_it_is_learnt_and_the_reasons_say_so() -> None:
    rng = np.random.default_rng(65)
    old, new = waves(rng, 60, 0.0), waves(rng, 60, 0.0)
    bare = judge_series(old, new, POLICY)
    assert any("learnt while looking: weaker" in reason for reason in bare.reasons)
    measured = judge_series(old, new, replace(POLICY, dispersion=1.2))
    given_one = judge_series(old, new, POLICY, history=old.tolist())
    for verdict in (measured, given_one):
        assert not any("learnt while looking" in reason for reason in verdict.reasons)


def test_what_was_measured_before_slows_the_bets_down() -> None:
    rng = np.random.default_rng(66)
    old, new = waves(rng, 20, 0.0), waves(rng, 20, 0.0) + 2
    plain, slowed = (
        judge_series(old, new, replace(POLICY, dispersion=d)).path[-1] for d in (1.0, 9.0)
    )
    assert 1 < slowed < plain / 10


class TestMeasure:
    """The part that is kept from look to look."""

    @pytest.mark.parametrize("phi", [0.0, 0.4, 0.8])
    def test_it_is_found_in_a_long_history_and_on_average_in_a_short_one(self, phi: float) -> None:
        rng = np.random.default_rng(67)
        assert resemblance(waves(rng, 3000, phi).tolist()) == pytest.approx(phi, abs=0.07)
        short = [resemblance(waves(rng, 30, phi).tolist()) for _ in range(200)]
        assert phi <= np.mean(short) + 0.03 <= phi + 0.2

    @given(
        st.lists(st.integers(-50, 50), min_size=12, max_size=40),
        st.sampled_from([1e-6, 1e-3, 1e3, 1e6]),
    )
    def test_neither_unit_nor_sign_matters(self, values: list[int], factor: float) -> None:
        plain = resemblance([float(value) for value in values])
        assert resemblance([factor * value for value in values]) == pytest.approx(plain, abs=1e-9)
        assert resemblance([-float(value) for value in values]) == pytest.approx(plain)
        assert 0 <= plain <= MOST

    @pytest.mark.parametrize("values", [[], [3.0] * 5, [1.0, 2.0] * 4, [7.0] * 50])
    def test_few_values_or_a_constant_tell_nothing(self, values: Sequence[float]) -> None:
        assert resemblance(values) == 0.0

    def test_values_that_alternate_do_not_count_for_more_than_they_are(self) -> None:
        assert resemblance([1.0, 2.0] * 30) == 0.0

    @pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
    def test_the_inflation_is_the_variance_of_a_mean_over_that_of_as_many_apart(
        self, phi: float
    ) -> None:
        rng = np.random.default_rng(68)
        means = [waves(rng, 200, phi).mean() for _ in range(1500)]
        assert np.var(means) * 200 == pytest.approx(inflation(phi), rel=0.2)
        assert kept(inflation(phi)) == pytest.approx(phi)

    def test_while_looking_a_step_is_no_resemblance_and_a_wave_is(self) -> None:
        rng = np.random.default_rng(69)

        def seen(values: Sequence[float]) -> float:
            learning = Resemblance(0.0, 0)
            for value in values:
                learning.observe(value)
            return learning.value

        level, step = [rng.normal(0, 1, 60) for _ in range(50)], np.repeat([0.0, 40.0], 30)
        assert np.mean([seen(values) for values in level]) < 1.4
        assert np.mean([seen(values + step) for values in level]) < 1.8
        assert np.mean([seen(waves(rng, 60, 0.8)) for _ in range(50)]) > 5
        assert seen([5.0] * 20) == 1.0

    def test_planning_reckons_with_it(self) -> None:
        rng = np.random.default_rng(70)
        apart, alike = (
            detectable_mean_ratio(waves(rng, 60, phi).tolist(), 120, 0.005) for phi in (0.0, 0.6)
        )
        assert 1 < apart < alike


class TestTimeOfDay:
    """Before and after, with the same time of earlier days."""

    @staticmethod
    def level(second: float) -> float:
        return 10 + 6 * sin(second / DAY * 2 * pi)

    def days(self, rng: Any, apart: float = 0.0) -> list[SeriesLook]:
        found = []
        for day in range(6):
            effect = float(rng.normal(0, apart)) if apart else 0.0
            found += [
                SeriesLook(self.level(s) + effect + float(rng.normal(0, 1)), at=day * DAY + s)
                for s in range(0, int(DAY), 600)
            ]
        return found

    def now(self, rng: Any, shift: float = 0.0, hour: int = 6) -> list[SeriesLook]:
        starts = 6 * DAY + hour * 3600
        return [
            SeriesLook(None, self.level(starts + s) + shift + float(rng.normal(0, 1)), starts + s)
            for s in range(0, 2400, 60)
        ]

    def test_the_peak_of_the_day_is_no_regression(self) -> None:
        rng = np.random.default_rng(71)
        healthy = [
            judge_series_looks(self.now(rng), POLICY, history=self.days(rng)) for _ in range(40)
        ]
        assert sum(verdict.decision == "rollback" for verdict in healthy) <= 3
        assert "at this time of day before" in healthy[0].reasons[0]
        assert "weaker" in healthy[0].reasons[-1]
        worse = judge_series_looks(self.now(rng, 2.5), POLICY, history=self.days(rng))
        assert (worse.decision, worse.weaker) == ("rollback", True)

    def test_days_that_differ_make_it_more_careful(self) -> None:
        rng = np.random.default_rng(72)
        at = 6 * DAY + 6 * 3600
        differing = [
            PastValues([(look.at, look.baseline or 0.0) for look in self.days(rng, apart)])
            for apart in (0.0, 2.0)
        ]
        steady, wild = (past.days_differ(at) for past in differing)
        assert wild > 3 * steady
        effects = [float(rng.normal(0, 1.0)) for _ in range(20)]
        false = sum(
            judge_series_looks(self.now(rng, e), POLICY, history=self.days(rng, 1.0)).decision
            == "rollback"
            for e in effects
        )
        assert false <= 2

    def test_the_swing_of_the_day_is_no_resemblance(self) -> None:
        rng = np.random.default_rng(73)
        timed = [(look.at, look.baseline or 0.0) for look in self.days(rng)]
        assert PastValues(timed).resemblance < 0.2
        assert PastValues([(None, value) for _, value in timed]).resemblance > 0.8

    def test_each_value_is_given_once_and_each_day_has_its_turn(self) -> None:
        timed = [(day * DAY + s, float(day)) for day in range(3) for s in (0, 600, 1200)]
        past = PastValues(timed)
        given = [past.take(3 * DAY + 60) for _ in range(9)]
        assert sorted(given) == [0.0] * 3 + [1.0] * 3 + [2.0] * 3
        assert sorted(given[:3]) == [0.0, 1.0, 2.0]
        assert np.isnan(past.take(3 * DAY + 60))
        assert past.seasonal
        assert not PastValues(timed[:3]).days_differ(3 * DAY + 60) > 1

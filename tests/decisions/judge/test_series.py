"""Plain series without counts."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from windlass.decisions.judge import (
    CountPolicy,
    JudgePolicy,
    MetricLooks,
    SeriesLook,
    judge_release,
    judge_series,
    judge_series_looks,
)

np = pytest.importorskip("numpy")
POLICY = CountPolicy(alpha=0.02)
values = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=30)


def test_a_seventyfold_mean_fails_although_three_points_are_equal() -> None:
    """A rank test with a wide interval lets this pass; it must not."""
    verdict = judge_series([1.0] * 10, [100.0] * 7 + [1.0] * 3, CountPolicy())
    assert verdict.outcome == "FAIL"
    later = judge_series([1.0] * 10, [1.0] * 3 + [100.0] * 7, CountPolicy())
    assert later.outcome == "FAIL"


def rolled_back(canary: Any, direction: Any = "increase", runs: int = 60) -> int:
    rng = np.random.default_rng(8)
    policy = CountPolicy(alpha=0.02, direction=direction)
    return sum(
        judge_series(
            rng.normal(10, 1, 60), canary(rng), policy, history=rng.normal(10, 1, 60)
        ).decision
        == "rollback"
        for _ in range(runs)
    )


def test_equal_series_keep_the_error_budget() -> None:
    assert rolled_back(lambda rng: rng.normal(10, 1, 60), runs=200) <= 8


def test_a_shift_of_one_deviation_is_found() -> None:
    assert rolled_back(lambda rng: rng.normal(11, 1, 60)) >= 55


def test_a_fall_is_found_when_it_is_bad() -> None:
    assert rolled_back(lambda rng: rng.normal(8.8, 1, 60), "decrease") >= 55
    assert rolled_back(lambda rng: rng.normal(8.8, 1, 60), "increase") == 0


def test_a_rise_in_variability_alone_is_found() -> None:
    assert rolled_back(lambda rng: rng.normal(10, 5, 60), "either") >= 45


@given(values, st.sampled_from([1e-6, 1e-3, 1e3, 1e6]))
@example(
    [(1, 15), (9, 39), (13, 1), (14, 5), (19, 6), (19, 20), (37, 39), (40, 45), (41, 34), (41, 30)],
    1e-6,
)
def test_the_unit_does_not_matter(pairs: list[tuple[int, int]], factor: float) -> None:
    control, experiment = zip(*pairs, strict=True)
    plain = judge_series(control, experiment, POLICY)
    scaled = judge_series([factor * v for v in control], [factor * v for v in experiment], POLICY)
    assert scaled.path == pytest.approx(plain.path, rel=1e-6)
    assert scaled.decision == plain.decision


@given(values)
def test_turning_the_values_round_mirrors_the_direction(pairs: list[tuple[int, int]]) -> None:
    control, experiment = zip(*pairs, strict=True)
    up = judge_series(control, experiment, CountPolicy(alpha=0.02, tolerance_ratio=1))
    down = judge_series(
        [-v for v in control],
        [-v for v in experiment],
        CountPolicy(alpha=0.02, direction="decrease"),
    )
    assert down.path == pytest.approx(up.path)


@pytest.mark.parametrize("shift", [3.0, 0.0])
def test_swapping_the_arms_mirrors_the_direction(shift: float) -> None:
    found = []
    for seed in range(15):
        rng = np.random.default_rng([13, seed])
        old, new, before = (
            rng.normal(20, 1, 40),
            rng.normal(20 + shift, 1, 40),
            rng.normal(20, 1, 40),
        )
        here = judge_series(old, new, POLICY, history=before)
        down = CountPolicy(alpha=0.02, direction="decrease")
        swapped = judge_series(new, old, down, history=before + shift)
        assert swapped.decision == here.decision
        found.append(here.decision)
    assert found.count("rollback" if shift else "go") >= 14


def test_missing_values_pass_nothing() -> None:
    assert judge_series([], [], POLICY).outcome == "NO_DATA"
    assert judge_series([nan] * 9, [1.0] * 9, POLICY).outcome == "NO_DATA"
    assert judge_series([nan] * 9, [nan] * 9, POLICY).outcome == "NO_DATA"
    assert judge_series([1.0] * 9, [1.0], POLICY).outcome == "NO_DATA"


def test_a_steady_canary_gets_a_go() -> None:
    rng = np.random.default_rng(3)
    verdict = judge_series(rng.normal(10, 1, 60), rng.normal(10, 1, 60), POLICY)
    assert (verdict.decision, verdict.outcome) == ("go", "PASS")
    assert verdict.ratio == pytest.approx(1, abs=0.05)


def test_looks_of_a_series_are_judged_in_a_release() -> None:
    rng = np.random.default_rng(4)

    def looks(shift: float) -> list[SeriesLook]:
        return [
            SeriesLook(float(rng.normal(10, 1)), float(rng.normal(10 + shift, 1)), float(at))
            for at in range(60)
        ]

    assert judge_release({"cpu": MetricLooks(looks(2))}, JudgePolicy()).decision == "rollback"
    healthy = judge_release({"cpu": MetricLooks(looks(0))}, JudgePolicy())
    assert healthy.decision == "go"
    assert 1 < healthy.smallest_detectable_ratio < 1.2


def test_a_failed_look_of_a_series_is_an_error() -> None:
    good = [SeriesLook(10 + at % 3, 10 + at % 2, float(at)) for at in range(60)]
    assert judge_series_looks(good, POLICY).outcome == "PASS"
    failed = judge_series_looks([*good, SeriesLook(at=60.0, error="timeout")], POLICY)
    assert (failed.decision, failed.outcome) == ("continue", "ERROR")
    assert judge_series_looks([SeriesLook(1.0, None, 0.0)], POLICY).outcome == "NO_DATA"


def test_the_ratio_of_means_has_an_interval_that_holds_at_several_looks_at_once() -> None:
    rng, missed = np.random.default_rng(12), 0
    policy = CountPolicy(alpha=0.1)
    for _ in range(100):
        old, new, history = rng.normal(10, 2, 60), rng.normal(13, 2, 60), rng.normal(10, 2, 60)
        found = [
            judge_series(old[:end], new[:end], policy, history=history)
            for end in (5, 15, 20, 40, 60)
        ]
        assert found[0].ratio_interval == (-inf, inf)
        missed += any(not v.ratio_interval[0] <= 1.3 <= v.ratio_interval[1] for v in found)
    assert missed <= 100 * 0.1 + 2 * 3
    assert found[-1].ratio_interval[1] - found[-1].ratio_interval[0] < 0.4
    assert " times (between 1." in found[-1].reasons[0]

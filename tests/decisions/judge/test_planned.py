"""Windows of known length: a boundary that spends its error budget look by look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import comb, inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.judge import (
    ArmCounts,
    CountPolicy,
    HistogramLook,
    JudgePolicy,
    Look,
    MetricLooks,
    PlannedWindow,
    judge_counts,
    judge_latency,
    judge_release,
)
from windlass.decisions.judge.planned import KEPT, MOST_ERRORS

np = pytest.importorskip("numpy")
ANYTIME = CountPolicy(alpha=0.02)
WINDOW = replace(ANYTIME, windows=(30,))


def looks(
    rng: Any,
    ratio: float = 1.0,
    *,
    count: int = 30,
    n1: int = 500,
    n0: int = 500,
    rate: float = 0.01,
) -> list[Look]:
    return [
        Look(
            ArmCounts(n0, int(rng.binomial(n0, rate))),
            ArmCounts(n1, int(rng.binomial(n1, min(1.0, rate * ratio)))),
            float(at),
        )
        for at in range(count)
    ]


def boundary(seen: Sequence[tuple[int, float]], alpha: float) -> tuple[list[int], float]:
    """The canary errors that cross at each look of a window, and what they spend."""
    window, needed = PlannedWindow(len(seen), alpha), []
    for errors, share in seen:
        window.tick()
        window.observe(0, errors, share)
        assert window.needed is not None
        needed.append(window.needed)
    return needed, window.spent


def chance_of_crossing(seen: Sequence[tuple[int, float]], needed: Sequence[int]) -> float:
    """Path by path, without any of the shortcuts of the code."""
    paths, crossed = {0: 1.0}, 0.0
    for (errors, share), enough in zip(seen, needed, strict=True):
        after: dict[int, float] = {}
        for already, chance in paths.items():
            for more in range(errors + 1):
                part = comb(errors, more) * share**more * (1 - share) ** (errors - more)
                after[already + more] = after.get(already + more, 0.0) + chance * part
        crossed += sum(chance for total, chance in after.items() if total >= enough)
        paths = {total: chance for total, chance in after.items() if total < enough}
    return crossed


windows = st.lists(st.tuples(st.integers(0, 12), st.floats(0.02, 0.98)), min_size=1, max_size=10)


@given(windows, st.floats(0.001, 0.3))
def test_whatever_errors_and_splits_come_the_chance_of_crossing_is_within_the_budget(
    seen: list[tuple[int, float]], alpha: float
) -> None:
    needed, spent = boundary(seen, alpha)
    assert chance_of_crossing(seen, needed) == pytest.approx(spent, abs=1e-12)
    assert spent <= alpha * (1 + 1e-12)


@given(windows, st.floats(0.001, 0.3))
def test_one_canary_error_less_would_have_been_above_what_may_be_spent_by_then(
    seen: list[tuple[int, float]], alpha: float
) -> None:
    """No part of the budget is left that a look could have used."""
    needed, _ = boundary(seen, alpha)
    lower = [*needed[:-1], needed[-1] - 1]
    assert chance_of_crossing(seen, lower) > alpha * (1 - 1e-12)


@pytest.mark.parametrize("errors, share", [(40, 0.5), (300, 0.05), (4000, 0.3)])
def test_a_window_of_one_look_is_the_binomial_test(errors: int, share: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    (needed,), spent = boundary([(errors, share)], 0.01)
    assert needed == stats.binom.isf(0.01, errors, share) + 1
    assert spent == pytest.approx(stats.binom.sf(needed - 1, errors, share), rel=1e-9)


def test_healthy_windows_with_a_moving_split_keep_the_budget_and_use_most_of_it() -> None:
    rng = np.random.default_rng(51)
    policy = replace(WINDOW, alpha=0.1)
    runs, false = 400, 0
    for _ in range(runs):
        moving = looks(rng, count=10, n1=50, n0=950)
        moving += looks(rng, count=20, n1=400, n0=600, rate=0.03)
        timed = [replace(look, at=float(at)) for at, look in enumerate(moving)]
        false += judge_counts(timed, policy).decision == "rollback"
    assert 0.04 * runs <= false <= runs * 0.1 + 2 * (runs * 0.1 * 0.9) ** 0.5


def test_within_its_window_a_small_regression_is_found_more_often() -> None:
    rng = np.random.default_rng(52)
    found = dict.fromkeys((ANYTIME, WINDOW), 0)
    for _ in range(80):
        seen = looks(rng, 1.35, n1=1000, n0=1000)
        for policy in found:
            found[policy] += judge_counts(seen, policy).decision == "rollback"
    assert found[WINDOW] >= found[ANYTIME] + 6


def test_the_reasons_say_where_the_window_stands() -> None:
    bad = judge_counts(looks(np.random.default_rng(53), 3.0), WINDOW)
    assert (bad.decision, bad.outcome) == ("rollback", "FAIL")
    assert bad.e_value >= 50
    assert f"planned window, look {bad.look} of 30" in bad.reasons[2]
    assert "on it rolls back" in bad.reasons[2]
    early = judge_counts(looks(np.random.default_rng(54))[:4], WINDOW)
    assert "planned window, look 4 of 30" in early.reasons[2]


def test_after_the_window_only_the_kept_part_looks_on() -> None:
    rng = np.random.default_rng(55)
    healthy = looks(rng)
    late = [replace(look, at=30.0 + at) for at, look in enumerate(looks(rng, 4.0, count=20))]
    strict = replace(WINDOW, beta=1e-9)
    over = judge_counts([*healthy, late[0]], strict)
    assert over.overtime
    assert "20 % of its error budget" in over.reasons[2]
    kept = replace(strict, windows=(), alpha=ANYTIME.alpha * KEPT)
    same = judge_counts([*healthy, late[0]], kept).smallest_detectable_ratio
    assert over.smallest_detectable_ratio == pytest.approx(same)
    found = judge_counts([*healthy, *late], strict)
    assert (found.decision, found.look > 30) == ("rollback", True)


def test_looks_that_failed_pass_time_of_the_window() -> None:
    seen = looks(np.random.default_rng(56), count=31)
    failed = [Look(at=look.at, error="timeout") if look.at == 7 else look for look in seen]
    assert judge_counts(failed, WINDOW).overtime
    assert not judge_counts(failed[:30], WINDOW).overtime


def test_what_a_prefix_of_a_window_said_is_never_changed_by_later_looks() -> None:
    seen = looks(np.random.default_rng(57), 1.6)
    whole = judge_counts(seen, WINDOW).path
    for end in range(1, 30):
        assert judge_counts(seen[:end], WINDOW).path == whole[:end]


def test_either_direction_shares_the_budget() -> None:
    rng, runs, false = np.random.default_rng(58), 300, 0
    policy = replace(WINDOW, alpha=0.1, direction="either")
    for _ in range(runs):
        false += judge_counts(looks(rng), policy).decision == "rollback"
    assert 0 < false <= runs * 0.1 + 2 * (runs * 0.1 * 0.9) ** 0.5
    fewer = judge_counts(looks(rng, 0.3), policy)
    assert fewer.decision == "rollback"
    assert "errors are in the baseline" in fewer.reasons[2]


def test_a_tolerated_ratio_does_not_cross() -> None:
    seen = looks(np.random.default_rng(59), 1.4, n1=3000, n0=3000)
    assert judge_counts(seen, WINDOW).decision == "rollback"
    tolerant = replace(WINDOW, tolerance_ratio=1.6, refuse_ratio=3.0)
    assert judge_counts(seen, tolerant).decision == "go"


def test_bursts_are_divided_by_their_dispersion() -> None:
    rng = np.random.default_rng(60)
    policy, false = replace(WINDOW, dispersion=8.5), 0
    for _ in range(60):
        rates = rng.gamma(4, 0.01 / 4, (2, 30))
        noisy = [
            Look(
                ArmCounts(3000, int(rng.poisson(3000 * b))),
                ArmCounts(3000, int(rng.poisson(3000 * a))),
            )
            for a, b in rates.T
        ]
        false += judge_counts(noisy, policy).decision == "rollback"
    assert false <= 5


def staged(rng: Any, worse_from: int = 9) -> list[Look]:
    """Three steps with a baseline, the last one without; worse from one of them on."""
    found: list[Look] = []
    for place, percent in enumerate((5.0, 25.0, 50.0, 100.0)):
        n1 = int(20_000 * percent / 100)
        ratio = 3.0 if place >= worse_from else 1.0
        for look in looks(rng, ratio, count=10, n1=n1, n0=20_000 - n1, rate=0.002):
            baseline = look.baseline if percent < 100 else None
            found.append(replace(look, baseline=baseline, at=float(len(found)), stage=percent))
    return found


STEPS = replace(ANYTIME, windows=(10, 10, 10, 10), stages=4)


@pytest.mark.parametrize("worse_from", [0, 1, 2, 3])
def test_each_step_has_a_window_and_the_last_one_without_a_baseline_bets(worse_from: int) -> None:
    rng = np.random.default_rng(61)
    seen = staged(rng, worse_from)
    history = [look for look in staged(rng) if look.stage != 100]
    verdict = judge_counts(seen, STEPS, history=history)
    assert verdict.decision == "rollback"
    assert 10 * worse_from < verdict.look <= 10 * worse_from + 10
    assert judge_counts(staged(rng), STEPS, history=history).decision != "rollback"


def test_where_no_baseline_is_the_whole_part_of_the_step_is_bet() -> None:
    """The evidence of the last step is then what it would be without windows."""
    history = [replace(look, canary=None) for look in looks(np.random.default_rng(62))]
    alone = [
        Look(None, look.canary, 30.0 + (look.at or 0.0))
        for look in looks(np.random.default_rng(63), 1.5)
    ]
    planned, anytime = (
        judge_counts(alone, policy, history=history).path for policy in (WINDOW, ANYTIME)
    )
    assert planned == pytest.approx(anytime)


def test_more_errors_than_can_be_worked_out_are_left_to_the_e_process() -> None:
    many = [Look(ArmCounts(1e9, 1e6), ArmCounts(1e9, 1.005e6), float(at)) for at in range(20)]
    verdict = judge_counts(many, WINDOW)
    assert verdict.decision == "go"
    worse = [replace(look, canary=ArmCounts(1e9, 1.5e6)) for look in many]
    assert judge_counts(worse, WINDOW).decision == "rollback"
    window = PlannedWindow(5, 0.02)
    window.tick()
    window.observe(MOST_ERRORS, MOST_ERRORS + 1, 0.5)
    assert (window.needed, window.crossed) == (None, None)


def test_a_window_without_errors_says_so_and_spends_nothing() -> None:
    verdict = judge_counts(looks(np.random.default_rng(64), rate=0.0), WINDOW)
    assert verdict.outcome == "INCONCLUSIVE"
    assert "0 of 0 errors" in verdict.reasons[2]


def test_latency_has_a_window_too() -> None:
    rng = np.random.default_rng(65)

    def buckets(slow: float) -> dict[float, float]:
        return {0.1: float(500 - rng.binomial(500, slow)), inf: 500.0}

    slow = [HistogramLook(buckets(0.05), buckets(0.09), float(at)) for at in range(30)]
    verdict = judge_latency(slow, 0.95, WINDOW)
    assert verdict.decision == "rollback"
    assert any("planned window" in reason for reason in verdict.reasons)


def test_in_a_release_every_metric_has_its_share_of_the_budget_in_its_window() -> None:
    rng, runs, false = np.random.default_rng(66), 150, 0
    policy = replace(WINDOW, windows=(20,))

    def release(ratio: float) -> dict[str, MetricLooks]:
        return {
            name: MetricLooks(
                looks(rng, ratio if name == "a" else 1.0, count=20),
                replace(policy, critical=name == "a"),
            )
            for name in ("a", "b", "c")
        }

    for _ in range(runs):
        false += judge_release(release(1.0), JudgePolicy(alpha=0.1)).decision == "rollback"
    assert false <= runs * 0.1 + 2 * (runs * 0.1 * 0.9) ** 0.5
    assert judge_release(release(3.0), JudgePolicy()).decision == "rollback"


@pytest.mark.parametrize("wrong", [{"windows": (30, 30)}, {"windows": (0,)}])
def test_windows_that_are_not_those_of_the_stages_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="windows"):
        CountPolicy(**wrong)

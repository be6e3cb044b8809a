"""The judge of counts: what it decides, and that it decides the same however it is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from math import inf, nan
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.judge import ArmCounts, CountPolicy, Look, judge_counts

np = pytest.importorskip("numpy")
POLICY = CountPolicy(alpha=0.02, beta=0.05, refuse_ratio=2.0)


def look(s1: float, n1: float, s0: float, n0: float, at: float | None = None) -> Look:
    return Look(ArmCounts(n0, s0), ArmCounts(n1, s1), at)


def simulated(
    rng: Any,
    ratio: float = 1.0,
    *,
    n1: int = 300,
    n0: int = 300,
    rate: float = 0.01,
    looks: int = 60,
    start: int = 0,
) -> list[Look]:
    return [
        look(
            int(rng.binomial(n1, rate * (ratio if minute >= start else 1))),
            n1,
            int(rng.binomial(n0, rate)),
            n0,
            float(minute),
        )
        for minute in range(looks)
    ]


counts = st.lists(
    st.tuples(st.integers(0, 20), st.integers(20, 400), st.integers(0, 20), st.integers(20, 400)),
    min_size=1,
    max_size=25,
).map(lambda rows: [look(*row, at=float(at)) for at, row in enumerate(rows)])


def test_a_doubled_rate_rolls_back_with_figures_in_the_reasons() -> None:
    verdict = judge_counts(simulated(np.random.default_rng(1), 2.0), POLICY, name="http errors")
    assert (verdict.decision, verdict.outcome) == ("rollback", "FAIL")
    assert verdict.e_value >= 50
    assert verdict.p_value <= 0.02
    assert 1 < verdict.ratio_interval[0] < verdict.ratio < verdict.ratio_interval[1]
    text = " ".join(verdict.reasons)
    assert "http errors: canary 2" in text
    assert "times the rate (between" in text
    assert f"look {verdict.look}: evidence" in text
    assert "error budget 2 %" in text


def test_an_equal_rate_gets_a_go_before_the_hour_is_over() -> None:
    verdict = judge_counts(simulated(np.random.default_rng(2), n1=1000, n0=1000), POLICY)
    assert (verdict.decision, verdict.outcome) == ("go", "PASS")
    assert verdict.look < 20


def test_a_regression_that_begins_after_the_go_still_rolls_back() -> None:
    looks = simulated(np.random.default_rng(3), 3.0, n1=1000, n0=1000, start=30)
    assert judge_counts(looks[:25], POLICY).decision == "go"
    verdict = judge_counts(looks, POLICY)
    assert verdict.decision == "rollback"
    assert verdict.look > 30


def test_a_rollback_stays_one_whatever_comes_later() -> None:
    looks = simulated(np.random.default_rng(4), 4.0, looks=30)
    first = judge_counts(looks, POLICY)
    healthy = [
        replace(item, at=30.0 + at)
        for at, item in enumerate(simulated(np.random.default_rng(5), 0.5, looks=60))
    ]
    later = judge_counts([*looks, *healthy], POLICY)
    assert (later.decision, later.look) == ("rollback", first.look)


@given(counts)
def test_what_a_prefix_said_is_never_changed_by_later_looks(looks: list[Look]) -> None:
    whole = judge_counts(looks, POLICY)
    half = judge_counts(looks[: len(looks) // 2], POLICY)
    assert whole.path[: len(half.path)] == half.path


@given(counts, st.sampled_from([2, 1e3, 1e6]))
def test_how_rare_errors_are_does_not_matter(looks: list[Look], factor: float) -> None:
    """Only the split of the requests counts: ten times as many give the same evidence."""
    scaled = [
        look(
            x.canary.errors,
            x.canary.requests * factor,
            x.baseline.errors,
            x.baseline.requests * factor,
            x.at,
        )
        for x in looks
    ]
    assert judge_counts(scaled, POLICY).path == pytest.approx(judge_counts(looks, POLICY).path)


@given(counts)
def test_swapping_the_arms_mirrors_the_direction(looks: list[Look]) -> None:
    swapped = [Look(x.canary, x.baseline, x.at) for x in looks]
    policy = replace(POLICY, min_requests=0)
    fewer = judge_counts(swapped, replace(policy, direction="decrease"))
    more = judge_counts(looks, policy)
    assert fewer.path == pytest.approx(more.path)
    assert fewer.decision == more.decision
    if more.ratio and fewer.ratio:
        assert fewer.ratio == pytest.approx(1 / more.ratio)


@given(counts, st.randoms(use_true_random=False))
def test_the_order_in_which_timed_looks_arrive_does_not_matter(
    looks: list[Look], chance: Random
) -> None:
    shuffled = list(looks)
    chance.shuffle(shuffled)
    assert judge_counts(shuffled, POLICY) == judge_counts(looks, POLICY)


@given(counts)
def test_looks_that_are_sent_twice_count_once(looks: list[Look]) -> None:
    twice = judge_counts([*looks, *looks], POLICY)
    assert twice.path == judge_counts(looks, POLICY).path
    assert any("counted once" in reason for reason in twice.reasons)


@given(counts, st.integers(1, 10))
def test_more_of_the_last_errors_in_the_canary_is_more_evidence(
    looks: list[Look], moved: int
) -> None:
    last = looks[-1]
    moved = min(moved, last.baseline.errors, last.canary.requests - last.canary.errors)
    worse = look(
        last.canary.errors + moved,
        last.canary.requests,
        last.baseline.errors - moved,
        last.baseline.requests,
        last.at,
    )
    assert judge_counts([*looks[:-1], worse], POLICY).path[-1] >= (
        judge_counts(looks, POLICY).path[-1] * (1 - 1e-12)
    )


def test_either_direction_sees_a_fall_as_well() -> None:
    looks = simulated(np.random.default_rng(6), 0.2, n1=1000, n0=1000)
    assert judge_counts(looks, POLICY).decision == "go"
    assert judge_counts(looks, replace(POLICY, direction="either")).decision == "rollback"
    assert judge_counts(looks, replace(POLICY, direction="decrease")).decision == "rollback"


def test_a_tolerated_ratio_is_no_regression() -> None:
    looks = simulated(np.random.default_rng(7), 1.5, n1=3000, n0=3000)
    assert judge_counts(looks, POLICY).decision == "rollback"
    tolerant = replace(POLICY, tolerance_ratio=1.6, refuse_ratio=3.0)
    assert judge_counts(looks, tolerant).decision == "go"


def test_counts_decide_where_means_do_not() -> None:
    """Errors 0, 1, 2, 1, 0, 0 against none: a judge of means passes it, counts tell the odds."""
    few = [look(s, 100, 0, 100) for s in (0, 1, 2, 1, 0, 0)]
    verdict = judge_counts(few, CountPolicy(alpha=0.2, min_requests=0))
    assert verdict.ratio is None
    assert verdict.decision == "rollback"
    assert judge_counts(few, POLICY).outcome == "INCONCLUSIVE"
    many = [look(s, 100, 0, 900) for s in (0, 1, 2, 1, 0, 0)]
    assert judge_counts(many, POLICY).decision == "rollback"


@pytest.mark.parametrize(
    "seed, options", [(11, {}), (12, {"n1": 100, "n0": 900}), (13, {"rate": 0.05})]
)
def test_looking_at_every_look_keeps_the_error_budget(seed: int, options: dict[str, Any]) -> None:
    """Of healthy releases, stopped as soon as they look bad, no more than alpha are rolled back."""
    rng = np.random.default_rng(seed)
    runs, alpha = 300, 0.05
    policy = replace(POLICY, alpha=alpha)
    false = sum(
        judge_counts(simulated(rng, looks=40, **options), policy).decision == "rollback"
        for _ in range(runs)
    )
    assert false <= runs * alpha + 2 * (runs * alpha * (1 - alpha)) ** 0.5


def test_bursts_that_nobody_measured_are_learnt_while_looking() -> None:
    """With noisy arms false rollbacks are fewer than a judge without the correction gives."""
    rng = np.random.default_rng(14)

    def noisy() -> list[Look]:
        rates = rng.gamma(4, 0.01 / 4, (2, 40))
        return [
            look(int(rng.poisson(3000 * a)), 3000, int(rng.poisson(3000 * b)), 3000)
            for a, b in rates.T
        ]

    measured = replace(POLICY, dispersion=8.5)
    runs = [noisy() for _ in range(60)]
    assert sum(judge_counts(run, measured).decision == "rollback" for run in runs) <= 4


class TestData:
    """Nothing passes on missing or impossible data."""

    def test_no_looks_are_no_data(self) -> None:
        assert judge_counts([], POLICY).outcome == "NO_DATA"

    def test_one_look_is_judged(self) -> None:
        verdict = judge_counts([look(30, 100, 1, 100)], POLICY)
        assert (verdict.decision, verdict.look) == ("rollback", 1)

    def test_no_errors_at_all_is_undecided_without_a_ratio(self) -> None:
        verdict = judge_counts([look(0, 100, 0, 100)] * 3, POLICY)
        assert verdict.outcome == "INCONCLUSIVE"
        assert verdict.ratio is None
        assert verdict.e_value == 1

    def test_a_baseline_without_errors_leaves_a_lower_bound_of_the_ratio(
        self,
    ) -> None:
        verdict = judge_counts([look(9, 100, 0, 100)], POLICY)
        assert verdict.ratio is None
        assert "errors only in the canary" in verdict.reasons[0]
        assert 0 < verdict.ratio_interval[0] < verdict.ratio_interval[1] == inf

    @pytest.mark.parametrize("s1, n1, s0, n0", [(0, 0, 3, 500), (3, 500, 0, 0)])
    def test_an_arm_without_traffic_is_no_data(self, s1: int, n1: int, s0: int, n0: int) -> None:
        verdict = judge_counts([look(s1, n1, s0, n0)] * 20, POLICY)
        assert (verdict.decision, verdict.outcome) == ("continue", "NO_DATA")

    def test_an_arm_that_falls_silent_is_no_data_even_after_a_go(self) -> None:
        healthy = simulated(np.random.default_rng(21), n1=3000, n0=3000, looks=20)
        assert judge_counts(healthy, POLICY).decision == "go"
        silent = [look(0, 0, 30, 3000, 20.0 + at) for at in range(3)]
        verdict = judge_counts([*healthy, *silent], POLICY)
        assert (verdict.decision, verdict.outcome) == ("continue", "NO_DATA")

    def test_a_look_that_failed_is_an_error_even_after_a_go(self) -> None:
        healthy = simulated(np.random.default_rng(22), n1=3000, n0=3000, looks=20)
        verdict = judge_counts([*healthy, Look(at=20.0, error="timeout")], POLICY)
        assert (verdict.decision, verdict.outcome) == ("continue", "ERROR")
        assert any("timeout" in reason for reason in verdict.reasons)

    def test_too_many_failed_looks_are_an_error(self) -> None:
        looks = simulated(np.random.default_rng(23), n1=3000, n0=3000, looks=20)
        broken = [Look(at=x.at, error="502") if x.at % 3 == 0 else x for x in looks]
        assert judge_counts(broken, POLICY).outcome == "ERROR"

    def test_a_rollback_does_not_wait_for_better_data(self) -> None:
        looks = simulated(np.random.default_rng(24), 5.0, n1=3000, n0=3000, looks=5)
        assert judge_counts([*looks, Look(at=9.0, error="502")], POLICY).decision == "rollback"

    @pytest.mark.parametrize("bad", [nan, inf, -1.0])
    def test_impossible_figures_are_an_error_with_the_figure(self, bad: float) -> None:
        verdict = judge_counts([look(bad, 100, 1, 100)] * 2, POLICY)
        assert verdict.outcome == "ERROR"
        assert str(bad).rstrip("0").rstrip(".") in " ".join(verdict.reasons)

    def test_a_counter_that_was_reset_shows_as_one(self) -> None:
        looks = simulated(np.random.default_rng(25), looks=12)
        looks[5] = look(-250, -9000, 3, 300, 5.0)
        assert judge_counts(looks, POLICY).outcome != "ERROR"
        looks[11] = look(-250, -9000, 3, 300, 11.0)
        reasons = " ".join(judge_counts(looks, POLICY).reasons)
        assert "reset" in reasons

    def test_more_errors_than_requests_are_refused(self) -> None:
        assert judge_counts([look(11, 10, 1, 100)], POLICY).outcome == "ERROR"

    def test_an_arm_that_reports_nothing_is_not_zero(self) -> None:
        looks = simulated(np.random.default_rng(26), n1=3000, n0=3000, looks=20)
        gone = [Look(None, x.canary, x.at) if x.at >= 12 else x for x in looks]
        assert judge_counts(gone, POLICY).outcome == "NO_DATA"

    def test_a_gap_in_time_is_said(self) -> None:
        looks = [
            replace(x, at=x.at * 60 + (3600 if x.at > 10 else 0))
            for x in simulated(np.random.default_rng(27), looks=20)
        ]
        assert any("gaps between looks" in reason for reason in judge_counts(looks, POLICY).reasons)

    def test_a_split_that_changes_is_followed(self) -> None:
        """A healthy release whose split moves from 5 to 50 % with a rising common rate."""
        rng = np.random.default_rng(28)
        false = 0
        for _ in range(60):
            looks = []
            for share, rate in ((0.05, 0.002), (0.25, 0.01), (0.5, 0.03)):
                n1, n0 = int(2000 * share), int(2000 * (1 - share))
                looks += [
                    look(int(rng.binomial(n1, rate)), n1, int(rng.binomial(n0, rate)), n0)
                    for _ in range(10)
                ]
            verdict = judge_counts(looks, POLICY)
            false += verdict.decision == "rollback"
            assert verdict.ratio_interval[0] < 1 < verdict.ratio_interval[1]
        assert false <= 3

    def test_a_thousand_million_requests_and_tiny_rates_are_judged(self) -> None:
        rng = np.random.default_rng(29)

        def run(ratio: float) -> str:
            return judge_counts(
                [
                    look(int(rng.poisson(5e8 * 1e-6 * ratio)), 5e8, int(rng.poisson(500)), 5e8)
                    for _ in range(20)
                ],
                POLICY,
            ).decision

        assert run(1.0) == "go"
        assert run(1.5) == "rollback"
        rare = [look(int(rng.poisson(5)), 5e9, 0, 5e9) for _ in range(20)]
        assert judge_counts(rare, POLICY).decision == "rollback"

    def test_differences_too_small_to_matter_do_not_roll_back(self) -> None:
        """Half a percent more errors among a thousand million is certain, and nobody's concern."""
        looks = [look(1_005_000, 1e8, 1_000_000, 1e8)] * 20
        assert judge_counts(looks, POLICY).decision == "go"


@pytest.mark.parametrize(
    "wrong",
    [
        {"alpha": 0},
        {"beta": 1},
        {"refuse_ratio": 1.0},
        {"tolerance_ratio": 0.5},
        {"dispersion": 0.9},
        {"direction": "up"},
        {"max_missing": 1},
        {"planned_looks": 0},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        CountPolicy(**wrong)


def test_two_processes_give_the_same_verdict_to_the_last_digit() -> None:
    program = (
        "import json,sys\n"
        "from windlass.decisions.judge import *\n"
        "looks=[Look(ArmCounts(300,i%5),ArmCounts(100,i%3),float(i)) for i in range(40)]\n"
        "v=judge_counts(looks,CountPolicy(dispersion=1.3))\n"
        "a=[float(7*i%11) for i in range(40)]; b=[float(5*i%13) for i in range(40)]\n"
        "s=judge_series(a,b,CountPolicy(),history=b)\n"
        "from windlass.decisions.judge.score import *\n"
        "k=judge_score([ScoreMetric('m',a,b,groups=('g',)),ScoreMetric('c',[3.0]*9,[4.0]*9)],"
        "Thresholds(50,90))\n"
        "print(json.dumps([v.path,v.reasons,v.ratio_interval,s.path,s.reasons,k.score,k.reasons]),"
        "'numpy' in sys.modules)\n"
    )
    path = [entry for entry in sys.path if entry.endswith("plugins")]
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
    text = said.pop()
    assert text.rstrip().endswith("False"), "judging counts must not import numpy"
    assert json.loads(text.rsplit(" ", 1)[0])[0]

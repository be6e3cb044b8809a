"""Many metrics, one verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from windlass.decisions.judge import (
    ArmCounts,
    CountPolicy,
    HistogramLook,
    JudgePolicy,
    Look,
    MetricLooks,
    judge_counts,
    judge_release,
)
from windlass.decisions.verdict import Outcome

POLICY = JudgePolicy(alpha=0.01)


def steady(errors: int, looks: int = 8, requests: int = 1000) -> list[Look]:
    """The baseline has ten errors at each look."""
    return [
        Look(ArmCounts(requests, 10), ArmCounts(requests, errors), float(at)) for at in range(looks)
    ]


def metric(errors: int, looks: int = 8, **options: object) -> MetricLooks:
    return MetricLooks(steady(errors, looks), CountPolicy(), **options)  # type: ignore[arg-type] # values come from a table


def critical(errors: int, looks: int = 8) -> MetricLooks:
    return MetricLooks(steady(errors, looks), CountPolicy(critical=True))


GOOD, BAD = 10, 60
FAILED = MetricLooks([Look(at=0.0, error="query timed out")])
EMPTY = MetricLooks([])


def test_the_budgets_of_all_metrics_together_are_alpha() -> None:
    metrics = {
        "errors": critical(GOOD),
        "crashes": critical(GOOD),
        "latency": metric(GOOD, group="speed"),
        "cpu": metric(GOOD, group="cost"),
        "muted": metric(GOOD, muted=True),
    }
    verdict = judge_release(metrics, POLICY)
    assert sum(verdict.budgets.values()) == pytest.approx(POLICY.alpha)
    assert set(verdict.budgets) == {"errors", "crashes", "speed", "cost"}


def test_one_critical_metric_rolls_back_by_itself() -> None:
    metrics = {"errors": critical(BAD), **{f"m{n}": metric(GOOD) for n in range(20)}}
    verdict = judge_release(metrics, POLICY)
    assert verdict.decision == "rollback"
    assert verdict.reasons[0].startswith("errors: canary 6 %")


def test_metrics_of_a_group_add_up_to_what_none_shows_alone() -> None:
    """Evidence is averaged over a group, so that a little in each of them is enough."""
    alone = judge_release({"a": metric(15, 30)}, POLICY)
    members = {name: metric(15, 30) for name in "abc"}
    together = judge_release(members, POLICY)
    assert together.group_evidence["all"] == pytest.approx(alone.group_evidence["all"])
    assert (together.decision == "rollback") == (alone.decision == "rollback")


def test_a_group_that_rolls_back_together_says_so() -> None:
    path = judge_counts(steady(14, 60), CountPolicy()).path
    enough = next(look for look, value in enumerate(path, 1) if value >= 1 / POLICY.alpha)
    members = {name: metric(14, enough) for name in "abcd"}
    verdict = judge_release(members, POLICY)
    assert all(each.decision != "rollback" for each in verdict.metrics.values())
    assert verdict.decision == "rollback"
    assert "group all (a, b, c, d): evidence of its metrics on average" in verdict.reasons[0]


def test_go_needs_every_metric() -> None:
    both = {"errors": critical(GOOD, 30), "latency": metric(GOOD, 30)}
    assert judge_release(both, POLICY).decision == "go"
    both["latency"] = metric(GOOD, 2)
    assert judge_release(both, POLICY).decision == "continue"


def test_a_muted_metric_is_reported_and_decides_nothing() -> None:
    metrics = {"errors": critical(GOOD, 30), "new": metric(BAD, 30, muted=True)}
    verdict = judge_release(metrics, POLICY)
    assert verdict.decision == "go"
    assert verdict.metrics["new"].decision == "rollback"
    assert "new is muted and decides nothing" in verdict.reasons


@pytest.mark.parametrize("lost, outcome", [(FAILED, "ERROR"), (EMPTY, "NO_DATA")])
def test_a_required_metric_without_data_keeps_the_others_from_passing(
    lost: MetricLooks, outcome: str
) -> None:
    verdict = judge_release({"errors": critical(GOOD, 30), "lost": lost}, POLICY)
    assert (verdict.decision, verdict.outcome) == ("continue", outcome)
    optional = replace(lost, required=False)
    assert judge_release({"errors": critical(GOOD, 30), "lost": optional}, POLICY).decision == "go"


def test_nothing_to_judge_by_is_no_data() -> None:
    assert judge_release({}, POLICY).outcome == "NO_DATA"
    optional = replace(EMPTY, required=False)
    assert judge_release({"a": optional}, POLICY).outcome == "NO_DATA"


def test_a_histogram_metric_is_judged_with_the_counts() -> None:
    fast, slow = {0.1: 900.0, 0.5: 990.0, 1.0: 1000.0}, {0.1: 500.0, 0.5: 700.0, 1.0: 1000.0}
    looks = [HistogramLook(fast, slow, float(at)) for at in range(5)]
    verdict = judge_release({"latency": MetricLooks(looks, quantile=0.95)}, POLICY)
    assert verdict.decision == "rollback"
    assert any("latency above" in reason for reason in verdict.reasons)


def test_a_group_may_not_have_the_name_of_a_critical_metric() -> None:
    with pytest.raises(ValueError, match="same name: errors"):
        judge_release({"errors": critical(GOOD), "x": metric(GOOD, group="errors")}, POLICY)


SITUATIONS = {
    "rollback": {"m": critical(BAD)},
    "go": {"m": critical(GOOD, 30)},
    "undecided": {"m": critical(GOOD, 2)},
    "error": {"m": FAILED},
    "no data": {"m": EMPTY},
}


@pytest.mark.parametrize(
    "situation, outcome",
    [
        ("rollback", Outcome.FAIL),
        ("go", Outcome.PASS),
        ("undecided", Outcome.INCONCLUSIVE),
        ("error", Outcome.ERROR),
        ("no data", Outcome.NO_DATA),
    ],
)
def test_what_it_says_to_the_rollout(situation: str, outcome: Outcome) -> None:
    said = judge_release(SITUATIONS[situation], POLICY).verdict
    assert said.outcome is outcome
    assert said.reasons


def test_an_undecided_verdict_says_the_smallest_ratio_it_could_have_seen() -> None:
    verdict = judge_release(SITUATIONS["undecided"], POLICY)
    ratio = verdict.metrics["m"].smallest_detectable_ratio
    assert verdict.verdict.figures == {"smallest_detectable_ratio": ratio}
    assert f"the smallest regression this data would show 4 times in 5 is {ratio:.3g} times" in (
        " ".join(verdict.verdict.reasons)
    )


def test_a_budget_of_nothing_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="alpha"):
        JudgePolicy(alpha=0)

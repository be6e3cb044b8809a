"""A rollout judged by limits: looks as measurements, run after run, and what follows from them."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

from windlass.decisions.judge import (
    ArmCounts,
    CountPolicy,
    HistogramLook,
    Look,
    MetricLooks,
    SeriesLook,
)
from windlass.decisions.judge.bounds import Bounds
from windlass.decisions.judge.limits import Limits, Phase, judge_limits, judge_runs
from windlass.decisions.judge.limits_release import (
    LimitRules,
    ReleaseLimits,
    limit_release,
    within,
)
from windlass.decisions.verdict import Outcome

S, F, I, E = (  # noqa: E741 - the initials of the phases
    Phase.SUCCESSFUL,
    Phase.FAILED,
    Phase.INCONCLUSIVE,
    Phase.ERROR,
)
#: Good up to 1 %, bad above 5 %, inconclusive between.
BOTH: dict[str, Any] = {"success": Bounds(at_most=0.01), "failure": Bounds(above=0.05)}
GOOD, BETWEEN, BAD = 0.01, 0.03, 0.06


def rules(*, conditions: dict[str, Any] = BOTH, **limits: Any) -> LimitRules:
    return LimitRules(Limits(interval=30, **limits), **conditions)


def errors(*rates: float | str | None, **more: Any) -> MetricLooks:
    """Looks at 1,000 requests each; None is no data, a text a failed query."""
    looks = [
        Look(error=rate, at=float(at))
        if isinstance(rate, str)
        else Look(None, None if rate is None else ArmCounts(1000, 1000 * rate), float(at))
        for at, rate in enumerate(rates)
    ]
    return MetricLooks(looks, **more)


def judged(*rates: float | str | None, **limits: Any) -> ReleaseLimits:
    return limit_release({"errors": errors(*rates)}, {"errors": rules(**limits)})


@pytest.mark.parametrize(
    "limits, measurements, ended, present",
    [
        ({}, [S, S], None, 2),
        ({"count": 2}, [S, S], S, 0),
        ({"count": 2}, [S, S, S], S, 1),
        ({"count": 2}, [S, S, F], F, 0),
        ({"count": 2, "failure_limit": 1}, [S, F, S, F], S, 0),
        ({"count": 2, "failure_limit": 1}, [S, F, F, F], F, 0),
        ({}, [F, S, S], F, 0),
        ({}, [I, S, S], I, 2),
        ({}, [I, S, F], F, 0),
        ({"count": 2}, [I, S, S], S, 0),
        ({}, [E] * 5, E, 0),
        ({}, [E] * 4, None, 4),
        ({"consecutive_success_limit": 2}, [S, S], S, 0),
    ],
)
def test_as_a_run_ends_the_next_begins_until_one_fails(
    limits: dict[str, Any], measurements: list[Phase], ended: Phase | None, present: int
) -> None:
    runs = judge_runs(Limits(interval=30, **limits), measurements)
    assert (runs.ended and runs.ended.phase, len(runs.present)) == (ended, present)


@pytest.mark.parametrize("limits", [{}, {"count": 4}, {"count": 4, "failure_limit": 1}])
@pytest.mark.parametrize("measurements", [[S, S], [F], [S, F, F], [S] * 4, [E] * 5, [S, I]])
def test_the_first_run_ends_as_argos_does(
    limits: dict[str, Any], measurements: list[Phase]
) -> None:
    given = Limits(interval=30, **limits)
    alone = judge_limits(given, measurements)
    runs = judge_runs(given, measurements)
    assert (runs.ended or judge_limits(given, runs.present)).phase is alone.phase


@pytest.mark.parametrize(
    "rates, limits, before, at_the_end",
    [
        pytest.param([GOOD] * 3, {}, Outcome.INCONCLUSIVE, Outcome.PASS, id="good"),
        pytest.param([BAD], {}, Outcome.FAIL, Outcome.FAIL, id="bad"),
        pytest.param([BAD], {"failure_limit": 1}, *[Outcome.INCONCLUSIVE, Outcome.PASS], id="one"),
        pytest.param([BAD, BAD], {"failure_limit": 1}, Outcome.FAIL, Outcome.FAIL, id="two"),
        pytest.param([BETWEEN], {}, *[Outcome.INCONCLUSIVE] * 2, id="between"),
        pytest.param([GOOD] * 3, {"count": 5}, *[Outcome.INCONCLUSIVE] * 2, id="too few"),
        pytest.param([GOOD] * 5, {"count": 5}, Outcome.INCONCLUSIVE, Outcome.PASS, id="enough"),
        pytest.param([GOOD] * 5 + [BAD], {"count": 5}, *[Outcome.FAIL] * 2, id="bad after enough"),
        pytest.param([], {}, Outcome.NO_DATA, Outcome.NO_DATA, id="nothing"),
        pytest.param([None] * 5, {}, Outcome.NO_DATA, Outcome.NO_DATA, id="silent"),
        pytest.param([GOOD, None], {}, Outcome.NO_DATA, Outcome.NO_DATA, id="silent at the end"),
        pytest.param([GOOD, "timeout"], {}, Outcome.ERROR, Outcome.ERROR, id="a failed query"),
        pytest.param([GOOD, None, GOOD], {}, *[Outcome.INCONCLUSIVE, Outcome.PASS], id="a gap"),
        pytest.param(
            [GOOD] * 2, {"consecutive_success_limit": 3}, *[Outcome.INCONCLUSIVE] * 2, id="a row"
        ),
    ],
)
def test_what_a_step_comes_to_before_and_at_the_end_of_its_bake(
    rates: list[Any], limits: dict[str, Any], before: Outcome, at_the_end: Outcome
) -> None:
    found = judged(*rates, **limits)
    assert found.verdict(over=False).outcome is before
    assert found.verdict(over=True).outcome is at_the_end
    assert (found.decision == "rollback") is (before is Outcome.FAIL)


@pytest.mark.parametrize(
    "rates, limits, more",
    [
        ([GOOD] * 3, {"count": 5}, True),
        ([GOOD, None], {}, True),
        ([BETWEEN], {}, False),
        ([BETWEEN, GOOD], {}, False),
        ([None] * 5, {}, False),
        (["timeout"] * 5, {}, False),
        ([], {}, False),
    ],
)
def test_only_a_run_under_way_asks_for_more_looks(
    rates: list[Any], limits: dict[str, Any], more: bool
) -> None:
    """Anything else is for a person: more looks of the same would not tell."""
    verdict = judged(*rates, **limits).verdict(over=True)
    assert verdict.figures["more_to_come"] is more


def test_reasons_name_the_figure_the_bound_and_the_limit() -> None:
    bad = judged(GOOD, BAD, GOOD)
    wanted = "success: at most 1 %; failure: above 5 %"
    assert bad.reasons == (
        f"errors: canary 6 % (60 of 1,000 requests) at look 2 ({wanted})",
        "errors: failed (1) above the limit (0)",
    )
    between = judged(GOOD, BETWEEN, GOOD)
    assert between.reasons[0].startswith("errors: canary 3 % (30 of 1,000 requests) at look 2")
    asked = judged(GOOD, *["timeout"] * 5)
    assert "errors: could not be asked: timeout" in asked.reasons
    assert "errors: consecutive errors (5) above the limit (4)" in asked.reasons
    silent = judged(None)
    assert silent.reasons[0] == "errors: no data of the new version at look 1"


def test_a_muted_metric_is_reported_and_stops_nothing() -> None:
    metrics = {"errors": errors(GOOD), "dry": errors(BAD, muted=True)}
    found = limit_release(metrics, dict.fromkeys(metrics, rules()))
    assert found.verdict(over=True).outcome is Outcome.PASS
    assert found.metrics["dry"].phase is F
    assert any("dry is muted and decides nothing: Failed" in reason for reason in found.reasons)
    silent = limit_release({"errors": errors(GOOD), "dry": errors(muted=True)}, {"errors": rules()})
    assert silent.verdict(over=True).outcome is Outcome.PASS


def test_nothing_but_muted_metrics_never_passes() -> None:
    found = limit_release({"dry": errors(GOOD, muted=True)}, {"dry": rules()})
    assert found.verdict(over=True).outcome is Outcome.NO_DATA


def test_a_metric_that_decides_needs_rules() -> None:
    with pytest.raises(ValueError, match="no limits for errors"):
        limit_release({"errors": errors(GOOD)}, {})


@pytest.mark.parametrize(
    "rates, passes", [([None] * 5, True), ([BAD, None], False), ([BETWEEN, None], False)]
)
def test_missing_data_of_a_metric_that_is_not_required_keeps_nobody(
    rates: list[float | None], passes: bool
) -> None:
    metrics = {"errors": errors(GOOD), "extra": errors(*rates, required=False)}
    found = limit_release(metrics, dict.fromkeys(metrics, rules()))
    assert found.verdict(over=True).passed is passes


def test_the_worst_metric_decides() -> None:
    metrics = {"a": errors(GOOD), "b": errors(BETWEEN), "c": errors("timeout")}
    found = limit_release(metrics, dict.fromkeys(metrics, rules()))
    assert found.outcome is Outcome.ERROR
    worse = limit_release({**metrics, "d": errors(BAD)}, dict.fromkeys([*metrics, "d"], rules()))
    assert worse.decision == "rollback"
    assert all(reason.startswith("d:") for reason in worse.reasons)


@pytest.mark.parametrize("quantile, outcome", [(0.5, Outcome.PASS), (0.99, Outcome.FAIL)])
def test_a_histogram_is_measured_by_its_quantile(quantile: float, outcome: Outcome) -> None:
    looks = [HistogramLook(None, {0.1: 900, 1.0: 1000}, float(at)) for at in range(3)]
    rule = rules(conditions={"success": Bounds(below=0.5)})
    found = limit_release({"slow": MetricLooks(looks, quantile=quantile)}, {"slow": rule})
    assert found.verdict(over=True).outcome is outcome


@pytest.mark.parametrize(
    "value, outcome",
    [(3.0, Outcome.PASS), (9.0, Outcome.FAIL), (inf, Outcome.FAIL), (nan, Outcome.NO_DATA)],
)
def test_a_series_is_measured_by_its_value(value: float, outcome: Outcome) -> None:
    rule = rules(conditions={"success": Bounds(at_least=1, at_most=5)})
    looks = [SeriesLook(None, value, 0.0)]
    found = limit_release({"queue": MetricLooks(looks)}, {"queue": rule})
    assert found.verdict(over=True).outcome is outcome


@pytest.mark.parametrize(
    "looks", [Look(None, ArmCounts(0, 0)), Look(None, ArmCounts(5, 9)), Look(ArmCounts(9, 9))]
)
def test_a_look_without_a_usable_rate_is_no_data_not_a_failure(looks: Look) -> None:
    found = limit_release({"errors": MetricLooks([looks])}, {"errors": rules()})
    assert found.outcome is Outcome.NO_DATA


def test_the_baseline_and_the_judges_policy_play_no_part() -> None:
    alone = MetricLooks([Look(None, ArmCounts(1000, 60))])
    beside = MetricLooks(
        [Look(ArmCounts(1000, 500), ArmCounts(1000, 60))], CountPolicy(refuse_ratio=9)
    )
    found = [limit_release({"errors": m}, {"errors": rules()}).reasons for m in (alone, beside)]
    assert found[0] == found[1]


def test_in_a_watch_of_days_bad_looks_far_apart_do_not_add_up() -> None:
    rule = rules(failure_limit=1)
    looks = errors(BAD, *[GOOD] * 20, BAD, *[GOOD] * 20, BAD)
    assert limit_release({"errors": looks}, {"errors": rule}).decision == "rollback"
    days = within(rule, 10)
    found = limit_release({"errors": looks}, {"errors": days}, stopped=True)
    assert found.decision != "rollback"
    assert found.verdict(over=True).passed
    together = errors(*[GOOD] * 20, BAD, BAD)
    assert limit_release({"errors": together}, {"errors": days}).decision == "rollback"


def test_runs_of_a_watch_are_long_enough_to_fail_and_keep_a_count_of_their_own() -> None:
    assert within(rules(failure_limit=20), 10).limits.count == 21
    assert within(rules(count=3), 10).limits.count == 3

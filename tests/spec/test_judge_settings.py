"""Settings of the judge that contradict one another are told where they are written."""

from __future__ import annotations

import pytest

from tests.spec.project import SHOP, Project

MEASURED = SHOP.replace(
    "environments:", "  metrics: {prometheus_text: {fleet: fleet.json}}\nenvironments:", 1
)
TOLERATED = "what is tolerated must not be refused; write 2 for 'twice the errors never ships'"

FOR_EVER = "write method: sequential, which may look for ever"
LONGER = (
    "makes a step longer than its bake, and group_sequential needs its length beforehand; leave it "
    f"out, or {FOR_EVER}"
)


@pytest.mark.parametrize(
    "judge, expected",
    [
        pytest.param(
            "{refuse_ratio: 1.5, tolerate_ratio: 1.5, errors: {count: e, of: r}}",
            f"9: judge.refuse_ratio: 1.5 is not above tolerate_ratio 1.5: {TOLERATED}",
            id="a ratio that is tolerated and refused",
        ),
        pytest.param(
            "{tolerate_ratio: 2.5}",
            f"9: judge.refuse_ratio: 2 is not above tolerate_ratio 2.5: {TOLERATED}",
            id="more is tolerated than is refused when nothing is written",
        ),
        pytest.param(
            "{tolerate_ratio: 1.6, errors: {count: e, of: r}}",
            "9: judge.tolerate_ratio: 1.6 is not below 1.5, which the release type emergency "
            "refuses (strictness.refuse_ratio); tolerate less",
            id="a tolerated ratio that an emergency refuses",
        ),
        pytest.param(
            "{method: score, marginal: 96, errors: {count: e, of: r}}",
            "9: judge.marginal: 96 is above pass_score 95; a passing score must be the higher one",
            id="thresholds of a score the wrong way round",
        ),
        pytest.param(
            "{errors: {count: e, of: r, critical: yes}, slow: {count: s, of: r, group: errors}}",
            "9: judge.slow.group: 'errors' is the name of a critical metric, which has a budget "
            "of its own",
            id="a group called like a critical metric",
        ),
        pytest.param(
            "{method: group_sequential, queue: {series: q}}",
            "9: judge.method: group_sequential judges counts and histograms, and there are only "
            f"series; {FOR_EVER}",
            id="windows of known length without a count",
        ),
        pytest.param(
            "{method: group_sequential, deadline: extend, errors: {count: e, of: r}}",
            f"9: judge.deadline: {LONGER}",
            id="a window of known length that may be extended",
        ),
        pytest.param(
            "{method: group_sequential, detectable: 2, errors: {count: e, of: r}}",
            f"9: judge.detectable: {LONGER}",
            id="a window of known length that lasts until something can be seen",
        ),
        pytest.param(
            "{method: group_sequential, interval: 11 min, errors: {count: e, of: r}}",
            "9: judge.interval: 11 min is longer than a bake (10 min): no look fits in it",
            id="a window without a look",
        ),
        pytest.param(
            "{errors: {count: e, of: r}, slow: {count: s, of: r, muted: yes, critical: yes}}",
            "9: judge.slow.muted: what is critical decides; leave one of them out",
            id="a critical metric that is muted",
        ),
        pytest.param(
            "{errors: {count: e, of: r, muted: yes}}",
            "9: judge.metrics: every metric is muted: nothing decides; let one of them",
            id="nothing but muted metrics",
        ),
        pytest.param(
            "{errors: {count: e, of: r, score: {outliers: remove}}}",
            "9: judge.errors.score: it is read by method: score, and the method is sequential; "
            "leave it out",
            id="rules of the score where evidence decides",
        ),
        pytest.param(
            "{errors: {count: e, of: r, limits: {success: {at_most: 0.01}}}}",
            "9: judge.errors.limits: it is read by method: limits, and the method is sequential; "
            "leave it out",
            id="limits where evidence decides",
        ),
        pytest.param(
            "{method: limits, errors: {count: e, of: r}, queue: {series: q, muted: yes}}",
            "9: judge.errors: method: limits needs bounds; write "
            "limits: {success: {at_most: 0.01}}, or muted: yes",
            id="a metric without bounds",
        ),
        pytest.param(
            "{method: limits, errors: {count: e, of: r, limits: {success: {at_most: 5}}}}",
            "9: judge.errors.limits.success.at_most: 5 is no share of all events (0 to 1); "
            "write 0.01 for 1 %",
            id="a share of five",
        ),
        pytest.param(
            "{method: limits, q: {series: q, limits: {success: {at_least: 5, below: 4}}}}",
            "9: judge.q.limits.success: no figure is above 5 and below 4: nothing could ever "
            "succeed",
            id="bounds that no figure keeps",
        ),
        pytest.param(
            "{method: limits, q: {series: q, limits: {success: {at_most: 4}, count: 2, "
            "failure_limit: 3}}}",
            "9: judge.q.limits.count: count 2 is below failure_limit 3 plus "
            "consecutive_success_limit 0",
            id="fewer looks than may fail",
        ),
        pytest.param(
            "{method: limits, q: {series: q, limits: {success: {at_most: 4}, count: 200}}}",
            "9: judge.q.limits.count: 200 looks take 100 min, which is longer than the longest "
            "bake (1 h); take fewer",
            id="more looks than the longest bake has",
        ),
        pytest.param(
            "{method: limits, q: {series: q, limits: {success: {at_most: 4}, failure_limit: -1}}}",
            "9: judge.q.limits.failure_limit: -1 lets any number of bad looks through; write "
            "consecutive_success_limit, too, or muted: yes in place of it",
            id="nothing that stops",
        ),
        pytest.param(
            "{method: limits, detectable: 2, q: {series: q, limits: {success: {at_most: 4}}}}",
            "9: judge.detectable: limits compares with a bound, which makes no ratio detectable; "
            "leave it out",
            id="a detectable ratio of bounds",
        ),
    ],
)
def test_a_judge_that_contradicts_itself_is_told_once_with_its_line(
    project: Project, judge: str, expected: str
) -> None:
    assert project.problems(f"{MEASURED}judge: {judge}\n") == [expected]


def test_ratios_in_order_are_fine(project: Project) -> None:
    text = "judge: {refuse_ratio: 1.5, tolerate_ratio: 1.4, errors: {count: e, of: r}}\n"
    assert project.problems(MEASURED + text) == []


def test_windows_of_known_length_with_a_count_beside_a_series_are_fine(project: Project) -> None:
    text = "judge: {method: group_sequential, errors: {count: e, of: r}, queue: {series: q}}\n"
    assert project.problems(MEASURED + text) == []


def test_the_test_of_a_quantile_is_of_a_histogram(project: Project) -> None:
    fine = "judge: {slow: {histogram: h, test: quantile}, errors: {count: e, of: r}}\n"
    assert project.problems(MEASURED + fine) == []
    (wrong,) = project.problems(MEASURED + "judge: {errors: {count: e, of: r, test: quantile}}\n")
    assert "test: quantile is of a histogram; leave it out" in wrong


@pytest.mark.parametrize(
    "limits, told",
    [
        ("{}", "needs success or failure: without a condition every look is good"),
        ("{success: {}}", "needs a bound: at_most, below, at_least or above"),
        ("{success: {at_most: 1, below: 1}}", "has at_most and below; leave one of them out"),
        ("{success: {at_most: 1}, failure_limit: -2}", "failure_limit"),
        ("{success: {at_most: 1}, count: 0}", "count"),
        ("{success: {not_above: 1}}", "not_above"),
    ],
)
def test_limits_that_say_nothing_are_refused(project: Project, limits: str, told: str) -> None:
    text = f"judge: {{method: limits, q: {{series: q, limits: {limits}}}}}\n"
    (problem,) = project.problems(MEASURED + text)
    assert problem.startswith("9: judge.q.limits")
    assert told in problem


def test_limits_with_bounds_of_both_kinds_are_fine(project: Project) -> None:
    text = (
        "judge:\n  method: limits\n  queue: {series: q, muted: yes}\n"
        "  errors: {count: e, of: r, limits: {success: {at_most: 0.01}, failure: {above: 0.05}, "
        "failure_limit: -1, consecutive_success_limit: 3, inconclusive_limit: 2}}\n"
    )
    assert project.problems(MEASURED + text) == []

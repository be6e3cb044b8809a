"""The score method, by Kayenta's rules."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import isnan, nan
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from windlass.decisions.judge.score import (
    EffectSize,
    Label,
    ScoreMetric,
    Thresholds,
    judge_score,
    run_outcome,
    windows,
)
from windlass.decisions.judge.score.label import label_metric
from windlass.decisions.judge.score.prepare import pad, without_nan, without_outliers
from windlass.decisions.judge.score.roots import brent

np = pytest.importorskip("numpy")
THRESHOLDS = Thresholds(marginal=75, passing=95)
LOW = [9.8, 10.6, 7.8, 9.3, 8.4, 8.9, 8.3, 9.7, 11.6, 9.3, 8.2, 10.6, 13.5, 11.1, 7.0, 12.5]
HIGH = [2 * value for value in LOW[::-1]]


def label(control: list[float], experiment: list[float], **options: Any) -> Label:
    return label_metric(ScoreMetric("m", control, experiment, **options)).label


def given_label(name: str, value: Label, *groups: str, critical: bool = False) -> ScoreMetric:
    return ScoreMetric(name, groups=groups or ("g",), label=value, critical=critical)


class TestLabels:
    @pytest.mark.parametrize(
        "control, experiment, direction, expected",
        [
            (LOW, HIGH, "either", Label.HIGH),
            (LOW, HIGH, "increase", Label.HIGH),
            (LOW, HIGH, "decrease", Label.PASS),
            (HIGH, LOW, "either", Label.LOW),
            (HIGH, LOW, "decrease", Label.LOW),
            (HIGH, LOW, "increase", Label.PASS),
            (LOW, LOW[::-1], "either", Label.PASS),
            ([5.0] * 8, [5.0] * 3, "either", Label.PASS),
            ([10.0] * 10, [11.0] * 10, "either", Label.HIGH),
            ([10.0] * 10, [9.0] * 10, "either", Label.LOW),
            ([0.0] * 10, [5.0] * 10, "either", Label.HIGH),
            ([0.0] * 10, [0.0] * 9 + [5.0], "either", Label.PASS),
        ],
    )
    def test_direction_decides_which_shift_is_bad(
        self, control: list[float], experiment: list[float], direction: str, expected: Label
    ) -> None:
        assert label(control, experiment, direction=direction) is expected

    def test_small_significant_shifts_pass_the_tolerance(self) -> None:
        """The lower bound must exceed a quarter of the shift."""
        rng = np.random.default_rng(1)
        control = rng.normal(100, 5, 60).tolist()
        barely = [value + 2.5 for value in rng.normal(100, 5, 60)]
        assert label(control, barely, tolerance=0.0) is Label.HIGH
        assert label(control, barely, tolerance=0.9) is Label.PASS

    def test_an_effect_below_what_is_allowed_passes(self) -> None:
        assert label(LOW, HIGH, effect_size=EffectSize(allowed_increase=1.5)) is Label.HIGH
        assert label(LOW, HIGH, effect_size=EffectSize(allowed_increase=2.5)) is Label.PASS
        assert label(HIGH, LOW, effect_size=EffectSize(allowed_decrease=0.6)) is Label.LOW
        assert label(HIGH, LOW, effect_size=EffectSize(allowed_decrease=0.4)) is Label.PASS

    def test_the_common_language_effect_size_is_neutral_at_a_half(self) -> None:
        cles = EffectSize("cles", allowed_increase=0.8)
        assert label(LOW, HIGH, effect_size=cles) is Label.HIGH
        assert label(LOW, HIGH, effect_size=replace(cles, allowed_increase=1.01)) is Label.PASS

    def test_critical_needs_the_critical_effect(self) -> None:
        metric = ScoreMetric("m", LOW, HIGH, critical=True)
        assert label_metric(metric).critical_failure
        far = replace(metric, effect_size=EffectSize(critical_increase=3.0))
        assert label_metric(far).label is Label.HIGH
        assert not label_metric(far).critical_failure
        assert not label_metric(replace(metric, critical=False)).critical_failure

    @pytest.mark.parametrize(
        "options, expected, critical",
        [
            ({}, Label.NODATA, False),
            ({"critical": True}, Label.NODATA, True),
            ({"must_have_data": True}, Label.NODATA_FAIL, False),
            ({"must_have_data": True, "critical": True}, Label.NODATA, True),
        ],
    )
    def test_no_data_has_a_label_of_its_own(
        self, options: dict[str, bool], expected: Label, critical: bool
    ) -> None:
        for series in ([], [nan, nan]):
            labelled = label_metric(ScoreMetric("m", series, LOW, **options))
            assert (labelled.label, labelled.critical_failure) == (expected, critical)
            assert labelled.deviation == 1.0

    def test_replacing_missing_points_passes_without_data_and_says_so(self) -> None:
        labelled = label_metric(ScoreMetric("m", [], [], nan_strategy="replace", critical=True))
        assert labelled.label is Label.PASS
        assert "without data" in labelled.warnings[0]

    def test_the_deviation_is_the_ratio_of_means_whatever_the_measure(self) -> None:
        metric = ScoreMetric("m", LOW, HIGH, effect_size=EffectSize("cles"))
        assert label_metric(metric).deviation == pytest.approx(2)
        assert isnan(label_metric(ScoreMetric("m", [0.0] * 9, LOW)).deviation)
        assert label_metric(ScoreMetric("m", [0.0] * 9, [0.0] * 4)).deviation == 1.0

    @pytest.mark.parametrize("seed", range(20))
    def test_series_of_mostly_zeros_mirror_and_ignore_order(self, seed: int) -> None:
        """Most of their differences are tied at 0, where the shift has its jump."""
        rng = np.random.default_rng(seed)
        control, experiment = (
            ((rng.random(80) < share) * rng.choice([1.5, 1.7, 2.9], 80)).tolist()
            for share in (0.1, 0.4)
        )
        here = label(control, experiment)
        mirror = {Label.HIGH: Label.LOW, Label.PASS: Label.PASS}
        assert label(experiment, control) is mirror[here]
        assert label(control[::-1], sorted(experiment)) is here

    def test_a_large_change_without_significance_is_said(self) -> None:
        metric = ScoreMetric("m", [1.0] * 10, [100.0] * 7 + [1.0] * 3, groups=("g",))
        labelled = label_metric(metric)
        assert labelled.label is Label.PASS
        assert "effect without significance: 70.3 times" in labelled.warnings[0]
        allowed = replace(metric, effect_size=EffectSize(allowed_increase=80))
        assert not any("effect" in warning for warning in label_metric(allowed).warnings)
        sparse = label_metric(ScoreMetric("m", [0.0] * 6, [0.0, 1.0, 2.0, 1.0, 0.0, 0.0]))
        assert "only the canary has any" in sparse.warnings[0]

    def test_all_tied_is_an_error_that_is_left_out_and_said(self) -> None:
        labelled = label_metric(ScoreMetric("m", [8.0], [9.0], critical=True))
        assert (labelled.label, labelled.critical_failure) == (Label.ERROR, False)
        assert "left out" in labelled.warnings[0]


class TestInvariance:
    series = st.lists(st.integers(1, 60).map(float), min_size=2, max_size=25)

    @given(series, series, st.sampled_from([1e-6, 1e-3, 1e3, 1e6]))
    def test_the_unit_does_not_matter(
        self, control: list[float], experiment: list[float], factor: float
    ) -> None:
        assume(len({*control}) > 1 or len({*experiment}) > 1)
        scaled = label([factor * v for v in control], [factor * v for v in experiment])
        assert scaled is label(control, experiment)

    @given(series, series, st.randoms(use_true_random=False))
    def test_the_order_of_points_does_not_matter(
        self, control: list[float], experiment: list[float], chance: Any
    ) -> None:
        before = label(control, experiment)
        chance.shuffle(control)
        chance.shuffle(experiment)
        assert label(control, experiment) is before

    @pytest.mark.parametrize("seed", range(40))
    def test_swapping_the_arms_mirrors_the_label(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        shifted = rng.lognormal(rng.choice([-0.6, 0, 0.6]), 0.5, 30).tolist()
        control = rng.lognormal(0, 0.5, 25).tolist()
        mirror = {Label.HIGH: Label.LOW, Label.LOW: Label.HIGH}
        here = label(control, shifted)
        assert label(shifted, control) is mirror.get(here, here)


class TestPreparation:
    def test_padding_comes_before_missing_points(self) -> None:
        padded = pad([1.0, 2.0], 4)
        assert without_nan(padded, "remove") == [1.0, 2.0]
        assert without_nan(padded, "replace") == [1.0, 2.0, 0.0, 0.0]

    def test_outliers_beyond_the_fences_go(self) -> None:
        series = [*LOW * 8, 500.0, -400.0]
        kept = without_outliers(series, 3.0)
        assert 500.0 not in kept
        assert -400.0 not in kept
        assert len(kept) == len(series) - 2
        assert without_outliers([], 3.0) == []

    def test_with_few_points_a_far_one_is_within_the_fences(self) -> None:
        """One of four spreads the quartiles so much that it stays; one of ten does not."""
        assert without_outliers([1.0, 1.0, 1.0, 9.0], 3.0) == [1.0, 1.0, 1.0, 9.0]
        assert without_outliers([*[1.0] * 9, 100.0], 3.0) == [1.0] * 9

    def test_removing_outliers_changes_a_label(self) -> None:
        noisy = [*LOW[:-1], 900.0]
        assert label(LOW, noisy, outliers="remove", direction="increase") is Label.PASS

    def test_brent_finds_roots_of_smooth_and_stepped_functions(self) -> None:
        assert brent(lambda x: 2 - x**3, 0, 5) == pytest.approx(2 ** (1 / 3))
        assert brent(lambda x: 1.0 if x < 0.3 else -1.0, -1, 1) == pytest.approx(0.3)
        assert brent(lambda x: x, 0, 3) == 0


class TestScore:
    def test_groups_and_weights_make_the_score(self) -> None:
        metrics = [
            given_label("a", Label.PASS, "one"),
            given_label("b", Label.HIGH, "one"),
            given_label("c", Label.PASS, "two"),
            given_label("d", Label.PASS, "three"),
        ]
        verdict = judge_score(metrics, THRESHOLDS, {"one": 40})
        assert verdict.groups == {"one": 50.0, "two": 100.0, "three": 100.0}
        assert verdict.score == 80.0
        assert verdict.outcome == "MARGINAL"

    def test_the_score_is_rounded_to_two_decimals(self) -> None:
        metrics = [given_label(str(n), Label.PASS if n else Label.LOW) for n in range(3)]
        assert judge_score(metrics, THRESHOLDS).score == 66.67

    @pytest.mark.parametrize("value", [v for v in Label if v is not Label.PASS])
    def test_a_critical_metric_with_another_label_scores_nothing(self, value: Label) -> None:
        metrics = [
            given_label("a", value, critical=True),
            *(given_label(str(n), Label.PASS) for n in range(9)),
        ]
        verdict = judge_score(metrics, THRESHOLDS)
        assert (verdict.score, verdict.outcome) == (0.0, "FAIL")

    def test_half_of_the_metrics_without_data_score_nothing(self) -> None:
        good, none = given_label("a", Label.PASS), given_label("b", Label.NODATA)
        assert judge_score([good, none], THRESHOLDS).score == 0.0
        assert judge_score([good, replace(good, name="c"), none], THRESHOLDS).score == 100.0

    def test_a_group_without_data_counts_as_full_and_is_said_or_refused(self) -> None:
        metrics = [
            *(given_label(str(n), Label.PASS, "one") for n in range(3)),
            given_label("b", Label.NODATA, "two"),
        ]
        verdict = judge_score(metrics, THRESHOLDS)
        assert verdict.groups["two"] == 100.0
        assert "warning: group two has no data and counts as 100" in verdict.reasons
        assert judge_score(metrics, THRESHOLDS, strict=True).outcome == "NO_DATA"

    def test_failing_for_want_of_data_counts_against_the_group(self) -> None:
        metrics = [given_label("a", Label.PASS), given_label("b", Label.NODATA_FAIL)]
        assert judge_score(metrics, THRESHOLDS).score == 50.0

    def test_an_error_is_left_out_and_strict_mode_does_not_pass_it(self) -> None:
        metrics = [given_label("a", Label.PASS), given_label("b", Label.ERROR)]
        assert judge_score(metrics, THRESHOLDS).outcome == "PASS"
        assert judge_score(metrics, THRESHOLDS, strict=True).outcome == "ERROR"

    def test_strict_mode_fails_closed_on_missing_data_and_quiet_effects(self) -> None:
        passing = [given_label(str(n), Label.PASS) for n in range(3)]
        lost = [*passing, given_label("b", Label.NODATA)]
        assert judge_score(lost, THRESHOLDS).outcome == "PASS"
        assert judge_score(lost, THRESHOLDS, strict=True).outcome == "NO_DATA"
        zeros = [ScoreMetric("z", [], [], nan_strategy="replace", groups=("g",))]
        assert judge_score(zeros, THRESHOLDS).outcome == "PASS"
        assert judge_score(zeros, THRESHOLDS, strict=True).outcome == "NO_DATA"
        quiet = [ScoreMetric("m", [1.0] * 10, [100.0] * 7 + [1.0] * 3, groups=("g",))]
        assert judge_score(quiet, THRESHOLDS).outcome == "PASS"
        assert judge_score(quiet, THRESHOLDS, strict=True).outcome == "FAIL"

    def test_muted_metrics_are_labelled_and_not_scored(self) -> None:
        muted = replace(given_label("b", Label.HIGH, critical=True), muted=True)
        verdict = judge_score([given_label("a", Label.PASS), muted], THRESHOLDS)
        assert verdict.score == 100.0
        assert [metric.name for metric in verdict.metrics] == ["a", "b"]
        assert judge_score([muted], THRESHOLDS).outcome == "NO_DATA"
        assert judge_score([], THRESHOLDS).outcome == "NO_DATA"

    def test_a_weight_for_a_group_without_metrics_is_lost_and_said(self) -> None:
        verdict = judge_score([given_label("a", Label.PASS, "one")], THRESHOLDS, {"two": 50})
        assert verdict.score == 50.0
        assert any("two has a weight and no metric" in reason for reason in verdict.reasons)

    @pytest.mark.parametrize("score, outcome", [(95, "PASS"), (94.9, "MARGINAL"), (75, "MARGINAL")])
    def test_thresholds_are_reached_not_passed(self, score: float, outcome: str) -> None:
        weights = {"good": score, "bad": 100 - score}
        metrics = [given_label("a", Label.PASS, "good"), given_label("b", Label.LOW, "bad")]
        assert judge_score(metrics, THRESHOLDS, weights).outcome == outcome


class TestRuns:
    def test_windows_grow_or_slide(self) -> None:
        growing = windows(60, 20)
        assert [(w.start, w.end) for w in growing] == [(0, 20), (0, 40), (0, 60)]
        sliding = windows(60, 20, look_back=30, begin_after=5)
        assert [(w.start, w.end) for w in sliding] == [(5, 25), (15, 45), (35, 65)]
        assert [(w.start, w.end) for w in windows(45)] == [(0, 45)]
        assert all(a.end < b.end for a, b in pairwise(windows(50, 20)))
        with pytest.raises(ValueError, match="above 0"):
            windows(0)

    @pytest.mark.parametrize(
        "scores, planned, outcome",
        [
            ([], 3, "NO_DATA"),
            ([80], 3, "INCONCLUSIVE"),
            ([75], 3, "FAIL"),
            ([80, 75.01, 95], 3, "PASS"),
            ([99, 99, 94], 3, "FAIL"),
            ([99, 60, 99], 3, "FAIL"),
        ],
    )
    def test_a_run_ends_at_once_at_or_below_marginal(
        self, scores: list[float], planned: int, outcome: str
    ) -> None:
        assert run_outcome(scores, planned, THRESHOLDS).outcome == outcome

    def test_a_run_without_thresholds_passes(self) -> None:
        assert run_outcome([0.0], 1, None).outcome == "PASS"


@pytest.mark.parametrize(
    "wrong",
    [
        {"direction": "up"},
        {"outliers": "drop"},
        {"tolerance": -1},
        {"confidence": 1},
        {"outlier_factor": 0},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"allowed|is not"):
        ScoreMetric("m", LOW, HIGH, **wrong)
    with pytest.raises(ValueError, match="marginal"):
        Thresholds(90, 80)

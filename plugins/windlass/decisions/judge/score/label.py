"""From two series to a label."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, isfinite, isnan, nan
from statistics import NormalDist

from windlass.decisions.judge.score.mann_whitney import AllTied, Shift, shift
from windlass.decisions.judge.score.metric import Label, Labelled, ScoreMetric
from windlass.decisions.judge.score.prepare import without_nan, without_outliers

#: Fewer control points than this are said.
FEW_POINTS = 50
_JITTER = 1e-5
#: A ratio of means this large (or its inverse) without significance is said.
_LARGE = 2.0


def label_metric(metric: ScoreMetric) -> Labelled:
    """Label one metric by Kayenta's rule, and say where that rule is lenient."""
    if metric.label is not None:
        return _given(metric, metric.label)
    control = _prepared(metric, metric.control)
    experiment = _prepared(metric, metric.experiment)
    if not control or not experiment:
        return _no_data(metric, control, experiment)
    ratio = mean_ratio(experiment, control)
    if sorted(control) == sorted(experiment):
        return _labelled(metric, Label.PASS, 1.0, control, "identical")
    if len({*control, *experiment}) == 1:
        return _labelled(metric, Label.PASS, 1.0, control, "one value throughout")
    effect = _effect(metric, experiment, control, ratio)
    try:
        found = shift(*_jittered(experiment, control), metric.confidence)
    except AllTied as problem:
        return _error(metric, ratio, control, str(problem))
    label = _classify(metric, found, effect)
    return _finish(metric, label, found, effect, (ratio, experiment, control))


def mean_ratio(experiment: Sequence[float], control: Sequence[float]) -> float:
    """Mean of the experiment over mean of the control; NaN when either mean is 0."""
    above, below = fsum(experiment) / len(experiment), fsum(control) / len(control)
    return nan if above == 0 or below == 0 else above / below


def common_language(experiment: Sequence[float], control: Sequence[float]) -> float:
    """The chance that a point of the experiment is above one of the control, ties counting half."""
    from bisect import bisect_left, bisect_right

    ordered = sorted(control)
    above = sum(bisect_left(ordered, x) + bisect_right(ordered, x) for x in experiment)
    return above / (2 * len(experiment) * len(control))


def _prepared(metric: ScoreMetric, series: Sequence[float]) -> list[float]:
    values = without_nan(series, metric.nan_strategy)
    if metric.outliers == "remove":
        values = without_outliers(values, metric.outlier_factor)
    return values


def _effect(
    metric: ScoreMetric, experiment: Sequence[float], control: Sequence[float], ratio: float
) -> float:
    if metric.effect_size.measure == "cles":
        return common_language(experiment, control)
    return ratio


def _jittered(
    experiment: Sequence[float], control: Sequence[float]
) -> tuple[Sequence[float], Sequence[float]]:
    """Both series; when both are constant, spread by a hundred-thousandth of their value.

    Kayenta draws that spread at random. Normal scores do the same without the chance.
    """
    if len(set(experiment)) > 1 or len(set(control)) > 1:
        return experiment, control
    return _spread(experiment), _spread(control)


def _spread(series: Sequence[float]) -> list[float]:
    normal, n = NormalDist(), len(series)
    return [
        value + abs(value) * _JITTER * normal.inv_cdf((place + 0.5) / n)
        for place, value in enumerate(series)
    ]


def _classify(metric: ScoreMetric, found: Shift, effect: float) -> Label:
    bound = metric.tolerance * abs(found.estimate)
    size = metric.effect_size
    if metric.direction != "decrease" and found.low > bound:
        enough = isnan(effect) or effect >= size.threshold("allowed_increase")
        return Label.HIGH if enough else Label.PASS
    if metric.direction != "increase" and found.high < -bound:
        enough = isnan(effect) or effect <= size.threshold("allowed_decrease")
        return Label.LOW if enough else Label.PASS
    return Label.PASS


def _finish(
    metric: ScoreMetric,
    label: Label,
    found: Shift,
    effect: float,
    data: tuple[float, Sequence[float], Sequence[float]],
) -> Labelled:
    ratio, experiment, control = data
    size = metric.effect_size
    critical = metric.critical and (
        (label is Label.HIGH and not effect < size.threshold("critical_increase"))
        or (label is Label.LOW and not effect > size.threshold("critical_decrease"))
    )
    reason = (
        f"{metric.name}: canary mean {_mean(experiment):.4g}, baseline mean {_mean(control):.4g}; "
        f"shift {found.estimate:.4g} (between {found.low:.4g} and {found.high:.4g})"
    )
    warnings = _quiet_effect(metric, ratio, experiment, control) if label is Label.PASS else ()
    return Labelled(
        name=metric.name,
        label=label,
        critical_failure=critical,
        deviation=ratio,
        reasons=(reason,),
        warnings=(*warnings, *_few(metric, control)),
        groups=metric.groups,
        muted=metric.muted,
        points=len(control),
    )


def _quiet_effect(
    metric: ScoreMetric, ratio: float, experiment: Sequence[float], control: Sequence[float]
) -> tuple[str, ...]:
    """Changes that the rule lets pass because it finds them not significant; not allowed ones."""
    if isnan(ratio):
        if any(experiment) and not any(control) and metric.direction != "decrease":
            return (f"{metric.name}: effect without significance: only the canary has any",)
        return ()
    if not isfinite(ratio) or ratio <= 0:
        return ()
    more, less = _LARGE, 1 / _LARGE
    if metric.effect_size.measure == "mean_ratio":
        more = max(more, metric.effect_size.threshold("allowed_increase"))
        less = min(less, metric.effect_size.threshold("allowed_decrease"))
    rose = metric.direction != "decrease" and ratio >= more
    fell = metric.direction != "increase" and ratio <= less
    if rose or fell:
        return (
            f"{metric.name}: effect without significance: {ratio:.3g} times the baseline's mean",
        )
    return ()


def _few(metric: ScoreMetric, control: Sequence[float]) -> tuple[str, ...]:
    if len(control) >= FEW_POINTS:
        return ()
    return (f"{metric.name}: only {len(control)} control points ({FEW_POINTS} are advised)",)


def _mean(series: Sequence[float]) -> float:
    return fsum(series) / len(series)


def _labelled(
    metric: ScoreMetric, label: Label, ratio: float, control: Sequence[float], why: str
) -> Labelled:
    return Labelled(
        name=metric.name,
        label=label,
        deviation=ratio,
        reasons=(f"{metric.name}: {why}",),
        warnings=_few(metric, control),
        groups=metric.groups,
        muted=metric.muted,
        points=len(control),
    )


def _no_data(
    metric: ScoreMetric, control: Sequence[float], experiment: Sequence[float]
) -> Labelled:
    empty = " and ".join(
        arm for arm, values in (("control", control), ("experiment", experiment)) if not values
    )
    reason = f"{metric.name}: no data in the {empty}"
    label, critical = Label.NODATA, metric.critical
    warnings: tuple[str, ...] = ()
    if metric.nan_strategy == "replace":
        label, critical = Label.PASS, False
        warnings = (f"{metric.name}: passes without data because missing points count as 0",)
    elif metric.must_have_data and not metric.critical:
        label = Label.NODATA_FAIL
    return Labelled(
        metric.name, label, critical, 1.0, (reason,), warnings, metric.groups, metric.muted
    )


def _error(metric: ScoreMetric, ratio: float, control: Sequence[float], problem: str) -> Labelled:
    kind = "critical metric" if metric.critical else "metric"
    lenient = f"a {kind} that could not be compared is left out"
    return Labelled(
        name=metric.name,
        label=Label.ERROR,
        deviation=ratio,
        reasons=(f"{metric.name}: {problem}",),
        warnings=(f"{metric.name}: {lenient} of the score",),
        groups=metric.groups,
        muted=metric.muted,
        points=len(control),
    )


def _given(metric: ScoreMetric, label: Label) -> Labelled:
    """A label from elsewhere: ``critical`` then says that anything but a pass is critical."""
    return Labelled(
        name=metric.name,
        label=label,
        critical_failure=metric.critical and label is not Label.PASS,
        deviation=nan,
        reasons=(f"{metric.name}: labelled {label} by the caller",),
        groups=metric.groups,
        muted=metric.muted,
        points=FEW_POINTS,
    )

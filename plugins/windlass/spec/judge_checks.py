"""What no single setting of ``judge:`` shows: ratios and thresholds in order, names apart."""

from __future__ import annotations

from collections.abc import Iterator

from windlass.decisions.judge.limits import Limits
from windlass.spec.judging import Bounds, LimitRules, Metric
from windlass.spec.policy import Policy
from windlass.spec.scalars import format_duration
from windlass.spec.source import Path_


def check_judge(policy: Policy) -> Iterator[tuple[Path_, str]]:
    """What is wrong with the judge of one release type, at least as strict as the type asks."""
    judge = policy.judge
    if judge.refuse_ratio <= judge.tolerate_ratio:
        yield ("judge", "refuse_ratio"), _not_above(judge.refuse_ratio, judge.tolerate_ratio)
    else:
        strict = policy.tightened().judge.refuse_ratio
        if strict <= judge.tolerate_ratio:
            what = f"{judge.tolerate_ratio:g} is not below {strict:g}, which the release type"
            why = f"{what} {policy.name} refuses (strictness.refuse_ratio); tolerate less"
            yield ("judge", "tolerate_ratio"), why
    if judge.method == "score" and judge.marginal > judge.pass_score:
        what = f"{judge.marginal:g} is above pass_score {judge.pass_score:g}"
        yield ("judge", "marginal"), f"{what}; a passing score must be the higher one"
    if judge.method == "group_sequential":
        yield from _window_problems(policy)
    if judge.method == "limits":
        yield from _limit_problems(policy)
    yield from _metric_problems(policy)
    critical = {name for name, metric in judge.metrics.items() if metric.critical}
    for name, metric in judge.metrics.items():
        if not metric.critical and metric.group in critical:
            yield (
                ("judge", "metrics", name, "group"),
                f"{metric.group!r} is the name of a critical metric, which has a budget of its own",
            )


def _window_problems(policy: Policy) -> Iterator[tuple[Path_, str]]:
    """What keeps a step from having a window of known length, and metrics from being judged in it.

    What would make a step longer than its bake is an extension that its error budget was not
    planned for.
    """
    judge, bake = policy.judge, policy.rollout.bake
    other = "write method: sequential, which may look for ever"
    if judge.metrics and all(metric.kind == "series" for metric in judge.metrics.values()):
        why = "group_sequential judges counts and histograms, and there are only series"
        yield ("judge", "method"), f"{why}; {other}"
    longer = {"deadline": judge.deadline == "extend", "detectable": judge.detectable is not None}
    for name in (name for name, is_longer in longer.items() if is_longer):
        why = "makes a step longer than its bake, and group_sequential needs its length beforehand"
        yield ("judge", name), f"{why}; leave it out, or {other}"
    shortest = min(bake.at(0), bake.time)
    if judge.metrics and judge.interval > shortest:
        what = f"{format_duration(judge.interval)} is longer than a bake"
        yield ("judge", "interval"), f"{what} ({format_duration(shortest)}): no look fits in it"


def _limit_problems(policy: Policy) -> Iterator[tuple[Path_, str]]:
    """Metrics without bounds, bounds that no figure can keep, and counts that never are reached."""
    judge, bake = policy.judge, policy.rollout.bake
    if judge.detectable is not None:
        why = "limits compares with a bound, which makes no ratio detectable; leave it out"
        yield ("judge", "detectable"), why
    for name, metric in judge.metrics.items():
        where: Path_ = ("judge", "metrics", name)
        if metric.limits is None:
            if not metric.muted:
                example = "limits: {success: {at_most: 0.01}}"
                yield where, f"method: limits needs bounds; write {example}, or muted: yes"
            continue
        yield from _bound_problems(metric, metric.limits, (*where, "limits"))
        if metric.limits.failure_limit < 0 and not metric.limits.consecutive_success_limit:
            why = "-1 lets any number of bad looks through; write consecutive_success_limit, too"
            yield (*where, "limits", "failure_limit"), f"{why}, or muted: yes in place of it"
        given = metric.limits.model_dump(exclude={"success", "failure"})
        every = judge.interval.total_seconds()
        for problem in Limits(interval=every, **given).problems:
            if metric.limits.count is not None:
                yield (*where, "limits", "count"), problem
        lasts = judge.interval * (metric.limits.count or 0)
        if lasts > bake.longest:
            what = f"{metric.limits.count} looks take {format_duration(lasts)}, which is longer"
            why = f"{what} than the longest bake ({format_duration(bake.longest)}); take fewer"
            yield (*where, "limits", "count"), why


def _bound_problems(
    metric: Metric, limits: LimitRules, where: Path_
) -> Iterator[tuple[Path_, str]]:
    for condition in ("success", "failure"):
        bounds: Bounds | None = getattr(limits, condition)
        given = {} if bounds is None else bounds.model_dump(exclude_none=True)
        for word, bound in given.items():
            if metric.kind == "ratio" and not 0 <= bound <= 1:
                why = f"{bound:g} is no share of all events (0 to 1); write 0.01 for 1 %"
                yield (*where, condition, word), why
    if limits.success is None:
        return
    low = _first(limits.success.at_least, limits.success.above)
    high = _first(limits.success.at_most, limits.success.below)
    if low is not None and high is not None and low > high:
        why = f"no figure is above {low:g} and below {high:g}: nothing could ever succeed"
        yield (*where, "success"), why


def _first(*bounds: float | None) -> float | None:
    return next((bound for bound in bounds if bound is not None), None)


def _metric_problems(policy: Policy) -> Iterator[tuple[Path_, str]]:
    """Metrics that decide and do not, and rules that nothing reads."""
    judge = policy.judge
    for name, metric in judge.metrics.items():
        if metric.muted and metric.critical:
            yield (
                ("judge", "metrics", name, "muted"),
                "what is critical decides; leave one of them out",
            )
        for method, rules in (("score", metric.score), ("limits", metric.limits)):
            if rules is not None and judge.method != method:
                why = f"it is read by method: {method}, and the method is {judge.method}"
                yield ("judge", "metrics", name, method), f"{why}; leave it out"
    if judge.metrics and all(metric.muted for metric in judge.metrics.values()):
        yield ("judge", "metrics"), "every metric is muted: nothing decides; let one of them"


def _not_above(refused: float, tolerated: float) -> str:
    return (
        f"{refused:g} is not above tolerate_ratio {tolerated:g}: what is tolerated must not be "
        "refused; write 2 for 'twice the errors never ships'"
    )

"""What no single setting of ``judge:`` shows: ratios and thresholds in order, names apart."""

from __future__ import annotations

from collections.abc import Iterator

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


def _metric_problems(policy: Policy) -> Iterator[tuple[Path_, str]]:
    """Metrics that decide and do not, and rules that nothing reads."""
    judge = policy.judge
    for name, metric in judge.metrics.items():
        if metric.muted and metric.critical:
            yield (
                ("judge", "metrics", name, "muted"),
                "what is critical decides; leave one of them out",
            )
        if metric.score is not None and judge.method != "score":
            why = f"it is read by method: score, and the method is {judge.method}; leave it out"
            yield ("judge", "metrics", name, "score"), why
    if judge.metrics and all(metric.muted for metric in judge.metrics.values()):
        yield ("judge", "metrics"), "every metric is muted: nothing decides; let one of them"


def _not_above(refused: float, tolerated: float) -> str:
    return (
        f"{refused:g} is not above tolerate_ratio {tolerated:g}: what is tolerated must not be "
        "refused; write 2 for 'twice the errors never ships'"
    )

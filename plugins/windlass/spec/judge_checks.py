"""What no single setting of ``judge:`` shows: ratios and thresholds in order, names apart."""

from __future__ import annotations

from collections.abc import Iterator

from windlass.spec.policy import Policy
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
    critical = {name for name, metric in judge.metrics.items() if metric.critical}
    for name, metric in judge.metrics.items():
        if not metric.critical and metric.group in critical:
            yield (
                ("judge", "metrics", name, "group"),
                f"{metric.group!r} is the name of a critical metric, which has a budget of its own",
            )


def _not_above(refused: float, tolerated: float) -> str:
    return (
        f"{refused:g} is not above tolerate_ratio {tolerated:g}: what is tolerated must not be "
        "refused; write 2 for 'twice the errors never ships'"
    )

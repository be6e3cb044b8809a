"""The judge's reasons, in words and figures a person can act on."""

from __future__ import annotations

from math import inf

from windlass.decisions.judge.counts import ArmCounts, CountPolicy
from windlass.decisions.judge.planned import KEPT, PlannedWindow
from windlass.decisions.judge.ratio import digits, odds


def percent(fraction: float) -> str:
    """``0.0612`` as ``6.12 %``."""
    return f"{100 * fraction:.3g} %"


def rate(counts: ArmCounts) -> str:
    """``6.12 % (12 of 196 requests)``."""
    if counts.requests <= 0:
        return "no requests"
    share = percent(counts.errors / counts.requests)
    return f"{share} ({number(counts.errors)} of {number(counts.requests)} requests)"


def number(value: float) -> str:
    """A count with thousands separated; fractions kept to three digits."""
    return f"{value:,.0f}" if value == int(value) or value >= 1000 else f"{value:.3g}"


def times(ratio: float | None) -> str:
    """A ratio as people say it."""
    if ratio is None:
        return "no errors in either"
    if ratio == inf:
        return "errors only in the canary"
    return f"{digits(ratio)} times the rate"


def comparison(
    name: str,
    canary: ArmCounts,
    baseline: ArmCounts,
    ratio: float | None,
    interval: tuple[float, float],
    against: str,
) -> str:
    """Who had how many errors, and how many times as many that is."""
    figures = f"{name}: canary {rate(canary)}, {against} {rate(baseline)}: {times(ratio)}"
    low, high = interval
    if low <= 0 and high == inf:
        return figures
    upper = "no upper bound yet" if high == inf else digits(high)
    return f"{figures} (between {digits(low)} and {upper})"


def worse(policy: CountPolicy) -> str:
    """What the rollback side has shown."""
    word = {"increase": "higher", "decrease": "lower", "either": "different"}[policy.direction]
    if policy.tolerance_ratio == 1:
        return f"the canary's rate is {word}"
    return (
        f"the canary's rate is {word} by more than the tolerated {policy.tolerance_ratio:g} times"
    )


def rollback(look: int, evidence: float, policy: CountPolicy) -> str:
    """Why it goes back."""
    return (
        f"look {look}: evidence {odds(evidence)} that {worse(policy)}; "
        f"{odds(1 / policy.alpha)} is enough to roll back (error budget {percent(policy.alpha)})"
    )


def go(look: int, evidence: float, policy: CountPolicy) -> str:
    """Why it may go on."""
    return (
        f"look {look}: {policy.refuse_ratio:g} times worse is refuted {odds(evidence)}; "
        f"{odds(1 / policy.beta)} is enough to go on (error budget {percent(policy.beta)})"
    )


def undecided(look: int, evidence: float, against: float, policy: CountPolicy) -> str:
    """How far it is from either."""
    return (
        f"undecided after {look} looks: evidence {odds(evidence)} that {worse(policy)} "
        f"(rollback at {odds(1 / policy.alpha)}), {odds(against)} against "
        f"{policy.refuse_ratio:g} times worse (go at {odds(1 / policy.beta)})"
    )


def window(seen: PlannedWindow, arm: str) -> str:
    """Where a window of known length stands."""
    if seen.over and seen.crossed is None:
        kept = f"{percent(KEPT)} of its error budget, which is kept for that, looks on"
        return f"the planned window of {seen.planned} looks is over: {kept}"
    errors = f"{number(seen.canary)} of {number(seen.total)} errors are in the {arm}"
    if seen.needed is None:
        why = (
            "no error yet" if not seen.total else "too many to be worked out: the e-process goes on"
        )
        return f"planned window, look {seen.look} of {seen.planned}: {errors}; {why}"
    look = seen.look if seen.crossed is None else seen.crossed
    enough = f"from {seen.needed} on it rolls back"
    return f"planned window, look {look} of {seen.planned}: {errors}; {enough}"


def detectable(name: str, ratio: float) -> str:
    """What would have been seen."""
    if ratio == inf:
        return f"{name}: this little data could not have shown any regression"
    return f"{name}: the smallest regression this data would show 4 times in 5 is {ratio:.3g} times"


def quantile_rose(look: int, evidence: float, quantile: float, policy: CountPolicy) -> str:
    """Why a latency goes back."""
    return (
        f"look {look}: evidence {odds(evidence)} that the canary's p{100 * quantile:g} is higher; "
        f"{odds(1 / policy.alpha)} is enough to roll back (error budget {percent(policy.alpha)})"
    )


def quantile_not_shown(quantile: float, evidence: float) -> str:
    """Why more slow requests are not yet a higher quantile."""
    return (
        f"more requests are slow, but the canary's p{100 * quantile:g} is not shown to be higher "
        f"(evidence {odds(evidence)})"
    )


def resembling(slower: float) -> str:
    """That looks tell less than their number."""
    return f"looks resemble their neighbours: {slower:.2g} of them are reckoned as one"


def before(*, seasonal: bool) -> str:
    """What it was compared with, where there is no baseline arm."""
    return "at this time of day before" if seasonal else "before the release"


UNMEASURED = (
    "how much looks resemble their neighbours was not measured before and is learnt while looking: "
    "weaker against slow waves; give a history"
)
WEAKER = (
    "there is no baseline arm: judged before/after, which is weaker, because a change that hits "
    "both versions looks the same as a regression"
)

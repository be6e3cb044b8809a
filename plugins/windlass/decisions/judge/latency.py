"""Latency from histograms: how many requests are slower than the old version's quantile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, log
from typing import Literal

from windlass.decisions.judge import sentences
from windlass.decisions.judge.count_verdict import CountVerdict
from windlass.decisions.judge.counts import ArmCounts, CountPolicy, Look
from windlass.decisions.judge.prior import stage_share
from windlass.decisions.judge.quantile import quantile_evidence
from windlass.decisions.judge.sequential import judge_counts
from windlass.decisions.judge.tidy import in_order, known_before
from windlass.decisions.verdict import Outcome

#: The threshold is looked for again until it rests on this many observations above it.
_SETTLED = 20.0
#: An error budget with which nothing rolls back.
_NEVER = 1e-300

Buckets = Mapping[float, float]
LatencyTest = Literal["share", "quantile"]


@dataclass(frozen=True, slots=True)
class HistogramLook:
    """What one interval showed of a histogram.

    Attributes:
        baseline: observations of the interval at or below each upper bound, old version.
        canary: the same for the new version.
        at: end of the interval in seconds; ``None`` means "in the order given".
        error: why the question could not be asked.
        stage: as for ``Look``.
    """

    baseline: Buckets | None = None
    canary: Buckets | None = None
    at: float | None = None
    error: str | None = None
    stage: float | str | None = None


def judge_latency(
    looks: Sequence[HistogramLook],
    quantile: float,
    policy: CountPolicy,
    *,
    name: str = "latency",
    history: Sequence[HistogramLook] = (),
    unit: str = "s",
    test: LatencyTest = "share",
) -> CountVerdict:
    """Judge a latency by the share of requests slower than the baseline's ``quantile``.

    The threshold is the bucket bound nearest to that quantile, frozen from the part of ``history``
    that lies before the first look, or else from the first looks (both arms together, so that the
    choice favours neither). The requests above it are then judged as counts; ``policy``'s ratios
    are ratios of that share: at a quantile of 0.95, twice the rate means that 10 % are now slower
    than the slowest 5 % were.

    Args:
        looks: the intervals so far.
        quantile: such as 0.95.
        policy: error budgets; ratios of the share of slow requests.
        name: the metric's name.
        history: looks before the release.
        unit: of the bounds, for the reasons.
        test: ``share`` judges the share of slow requests; ``quantile`` rolls back only when the
            quantile itself is shown to have risen, in any bucket (slower to tell, and blind to
            what happens inside one bucket).
    """
    if not 0 < quantile < 1:
        raise ValueError(f"quantile: {quantile} is not between 0 and 1; the 95th is 0.95")
    frozen = settled_bound(known_before(history, looks), quantile)
    looks = [replace(look, at=at) for at, look in in_order(looks)[0]]
    bound, counted = _counted(looks, frozen, quantile)
    past = [_above(look, bound) for look in history] if bound is not None else []
    label = name if bound is None else f"{name} above {bound:g} {unit}"
    verdict = judge_counts(counted, policy, name=label, history=past)
    if test == "quantile":
        # What is missing is asked apart: a share that rose must not hide it.
        calm = judge_counts(counted, replace(policy, alpha=_NEVER, windows=()), history=past)
        path = _quantile_path(looks, history, quantile, policy.stages)
        verdict = _by_quantile(verdict, calm, path, quantile)
    figures = _quantiles(looks, quantile, unit)
    return replace(verdict, name=name, reasons=(*verdict.reasons, f"{name}: {figures}"))


def _counted(
    looks: Sequence[HistogramLook], bound: float | None, quantile: float
) -> tuple[float | None, list[Look]]:
    """The looks as counts of slow requests, and the bound; found from them where none is given."""
    counted: list[Look] = []
    seen: list[HistogramLook] = []
    for look in looks:
        if bound is None:
            seen.append(look)
        threshold = bound if bound is not None else nearest_bound(_pooled(seen), quantile)
        if bound is None and threshold is not None and _settled(seen, threshold):
            bound = threshold
        counted.append(_above(look, threshold))
    return bound, counted


def _quantile_path(
    looks: Sequence[HistogramLook],
    history: Sequence[HistogramLook],
    quantile: float,
    stages: int,
) -> tuple[float, ...]:
    """Evidence that the quantile rose, after each look; each stage has its part of the wealth.

    Looks of one stage are put together, as the split of the traffic is the same in them; where a
    stage has no baseline arm the looks before the release are.
    """
    before = _Sum()
    for look in history:
        before.add(look, look.baseline or look.canary)
    path: list[float] = []
    ended, stage, part, now = 0.0, 0, stage_share(0, stages), 1.0
    unstaked, old, new = 1.0 - part, _Sum(), _Sum()
    for place, look in enumerate(looks):
        if place and look.stage != looks[place - 1].stage:
            ended, stage = ended + part * now, stage + 1
            part, now, old, new = stage_share(stage, stages), 1.0, _Sum(), _Sum()
            unstaked = max(0.0, unstaked - part)
        old.add(look, look.baseline)
        new.add(look, look.canary)
        now = quantile_evidence(old.buckets or before.buckets, new.buckets, quantile)
        path.append(unstaked + ended + part * now)
    return tuple(path)


class _Sum:
    """All observations of an arm so far, on the bounds that every look has."""

    def __init__(self) -> None:
        self.buckets: dict[float, float] = {}

    def add(self, look: HistogramLook, arm: Buckets | None) -> None:
        if look.error is not None or not arm:
            return
        known = self.buckets
        self.buckets = {b: n + known.get(b, 0.0) for b, n in arm.items() if not known or b in known}


def _by_quantile(
    share: CountVerdict, calm: CountVerdict, path: tuple[float, ...], quantile: float
) -> CountVerdict:
    """The verdict on the share of slow requests with its rollback side from the e-test.

    Args:
        share: that verdict.
        calm: the same without a rollback side.
        path: evidence that the quantile rose.
        quantile: which.
    """
    policy, latest = share.policy, path[-1] if path else 1.0
    crossed = next((n for n, value in enumerate(path, 1) if value >= 1 / policy.alpha), None)
    weaker = (sentences.WEAKER,) if share.weaker else ()
    found = replace(share, path=path, e_value=latest, p_value=1 / max(1.0, *path, 1.0))
    if crossed is not None:
        value = path[crossed - 1]
        why = sentences.quantile_rose(crossed, value, quantile, policy)
        return replace(
            found,
            decision="rollback",
            outcome=Outcome.FAIL,
            look=crossed,
            e_value=value,
            reasons=(share.reasons[0], why, *weaker),
        )
    if share.decision != "rollback":
        return found
    lacking = calm.outcome in (Outcome.ERROR, Outcome.NO_DATA)
    why = calm.reasons[1] if lacking else sentences.quantile_not_shown(quantile, latest)
    return replace(
        found,
        decision="continue",
        outcome=calm.outcome if lacking else Outcome.INCONCLUSIVE,
        look=len(path),
        reasons=(share.reasons[0], why, *weaker),
    )


def slower_than(looks: Sequence[HistogramLook], quantile: float) -> list[Look]:
    """The looks as counts of requests slower than the bound nearest to the quantile of them all."""
    bound = settled_bound(looks, quantile)
    return [_above(look, bound) for look in looks]


def slow_share(buckets: Buckets, quantile: float) -> float:
    """The share of observations above the bound nearest to ``quantile``; 0 without any.

    >>> slow_share({0.1: 80, 0.25: 96, 0.5: 99, float("inf"): 100}, 0.95)
    0.04
    """
    bound, total = nearest_bound(buckets, quantile), max(buckets.values(), default=0.0)
    return 0.0 if bound is None else (total - buckets[bound]) / total


def settled_bound(looks: Sequence[HistogramLook], quantile: float) -> float | None:
    """The bucket bound nearest to the quantile of all of ``looks``."""
    return nearest_bound(_pooled(looks), quantile)


def nearest_bound(buckets: Buckets, quantile: float) -> float | None:
    """The finite bound whose share of slower requests is nearest to ``1 - quantile``.

    >>> nearest_bound({0.1: 80, 0.25: 96, 0.5: 99, float("inf"): 100}, 0.95)
    0.25
    """
    total = max(buckets.values(), default=0.0)
    bounds = sorted(bound for bound in buckets if isfinite(bound))
    if total <= 0 or not bounds:
        return None

    def distance(bound: float) -> float:
        above = (total - buckets[bound] + 0.5) / (total + 1)
        return abs(log(above / (1 - quantile)))

    return min(bounds, key=distance)


def quantile_of(buckets: Buckets, quantile: float) -> float | None:
    """The quantile by linear interpolation inside its bucket, as Prometheus does.

    The upper bound of the last finite bucket when it lies beyond; ``None`` without observations.
    """
    total = max(buckets.values(), default=0.0)
    if total <= 0:
        return None
    wanted, below, start = quantile * total, 0.0, 0.0
    for bound in sorted(buckets):
        count = buckets[bound]
        if count >= wanted:
            if bound == inf:
                return start
            return start + (bound - start) * (wanted - below) / max(count - below, 1e-12)
        below, start = count, bound
    return start


def _pooled(looks: Sequence[HistogramLook]) -> dict[float, float]:
    """All observations of both arms, on the bounds that every look has."""
    parts = [
        arm for look in looks if look.error is None for arm in (look.baseline, look.canary) if arm
    ]
    shared = set(parts[0]).intersection(*parts[1:]) if parts else set()
    return {bound: sum(part[bound] for part in parts) for bound in sorted(shared)}


def _settled(looks: Sequence[HistogramLook], bound: float) -> bool:
    pooled = _pooled(looks)
    return max(pooled.values(), default=0.0) - pooled[bound] >= _SETTLED


def _above(look: HistogramLook, bound: float | None) -> Look:
    """The look as counts of requests slower than ``bound``."""
    if look.error is not None:
        return Look(at=look.at, error=look.error, stage=look.stage)
    arms: list[ArmCounts | None] = []
    for arm, buckets in (("baseline", look.baseline), ("canary", look.canary)):
        if not buckets or bound is None:
            arms.append(None if not buckets else ArmCounts(max(buckets.values()), 0))
            continue
        if bound not in buckets:
            problem = f"{arm}: no bucket ends at {bound:g}"
            return Look(at=look.at, error=problem, stage=look.stage)
        total = max(buckets.values())
        arms.append(ArmCounts(total, total - buckets[bound]))
    return Look(arms[0], arms[1], look.at, stage=look.stage)


def _quantiles(looks: Sequence[HistogramLook], quantile: float, unit: str) -> str:
    said = []
    for arm in ("canary", "baseline"):
        parts = [HistogramLook(canary=getattr(look, arm), error=look.error) for look in looks]
        value = quantile_of(_pooled(parts), quantile)
        said.append(f"{arm} {'unknown' if value is None else f'{value:.3g} {unit}'}")
    return f"p{100 * quantile:g} over all looks: {', '.join(said)}"

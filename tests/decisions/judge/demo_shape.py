"""Seeded traffic of the demo's shape, with the demo's own figures.

Its rate of requests, what fails in its good and its bad version, and the steps and settings of its
product file are read from there.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demo.exposition import BOUNDS
from demo.shoppers import CHECKOUT, Shoppers
from demo.world import RATE, REGIONS
from windlass.decisions.judge import (
    ArmCounts,
    CountPolicy,
    HistogramLook,
    JudgePolicy,
    Look,
    MetricLooks,
    dispersion,
)
from windlass.decisions.judge.budget import rollout_alpha
from windlass.spec.loader import load_product

np = pytest.importorskip("numpy")

ROOT = Path(__file__).resolve().parents[3]
POLICY = load_product(ROOT / "include" / "products" / "storefront.yaml").policy("minor").tightened()
EVERY = POLICY.judge.interval.total_seconds()


def _constant(name: str, *parts: str) -> Any:
    """A constant of a module of the storefront, which is not on the path."""
    tree = ast.parse(ROOT.joinpath("demo", "storefront", *parts).read_text(encoding="utf-8"))
    return next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    )


def _share_of_large_orders(benches: int, errands: int = 4000) -> float:
    """Of all requests those that order more lines than the bad version has benches for."""
    shoppers = Shoppers("eu-west", "shop", 1)
    orders = [e for e in (shoppers.next() for _ in range(errands)) if e.kind == CHECKOUT]
    return sum(len(json.loads(e.request.body)["lines"]) > benches for e in orders) / errands


BASE_RATE = _constant("DROPPED_PER_MILLE", "1.0.0", "storefront", "stock.py") / 1000
BENCHES = _constant("BENCHES", "1.2.0", "SHOP-21", "storefront", "reservation.py")
BAD_RATE = BASE_RATE + _share_of_large_orders(BENCHES)


def looks(
    rng: Any,
    canary_rate: float,
    share: float,
    seconds: float,
    every: float = EVERY,
) -> Iterator[Look]:
    """Looks of one step, as two Poisson streams of requests with binomial errors."""
    at = 0.0
    while at < seconds:
        at += every
        canary = int(rng.poisson(RATE * share * every))
        baseline = int(rng.poisson(RATE * (1 - share) * every))
        yield Look(
            ArmCounts(baseline, int(rng.binomial(baseline, BASE_RATE))),
            ArmCounts(canary, int(rng.binomial(canary, canary_rate))),
            at,
        )


def histogram(rng: Any, requests: float) -> dict[float, float]:
    """How long healthy requests took, in the demo's buckets."""
    seconds = 0.02 * np.exp(rng.normal(0, 0.6, int(requests)))
    return {bound: float((seconds <= bound).sum()) for bound in (*BOUNDS, float("inf"))}


def steps_of(place: int) -> tuple[tuple[float, float], ...]:
    """Share and seconds of each step of a region; a step lasts until it has its requests."""
    rollout = POLICY.rollout
    percents = rollout.steps if place == 0 else rollout.later_steps
    return tuple(
        (
            percent / 100,
            max(
                rollout.bake.at(index).total_seconds(),
                rollout.bake.requests / (RATE * percent / 100),
            ),
        )
        for index, percent in enumerate(percents)
    )


class Rollout:
    """One region's rollout of a version, judged as the tasks judge it: step after step.

    Args:
        rng: chance.
        place: the region's place in the rollout.
        canary_rate: errors per request of the new version.
    """

    def __init__(self, rng: Any, place: int, canary_rate: float) -> None:
        self.steps = steps_of(place)
        alpha = rollout_alpha(POLICY.judge.alpha, place, len(REGIONS), watched=True)
        self.policy = JudgePolicy(alpha=alpha, beta=POLICY.judge.beta)
        intervals = int(POLICY.judge.baseline / POLICY.judge.interval)
        before = list(looks(rng, BASE_RATE, 1.0, intervals * EVERY))
        self.noise = dispersion([look.canary.errors for look in before if look.canary])
        self._counts: list[Look] = []
        self._latency: list[HistogramLook] = []
        for share, seconds in self.steps:
            self._expose(rng, canary_rate, share, seconds)

    def _expose(self, rng: Any, rate: float, share: float, seconds: float) -> None:
        since = len(self._counts) * EVERY
        for look in looks(rng, rate, share, seconds):
            at, stage = since + (look.at or 0.0), 100 * share
            old, new = look.baseline, look.canary
            assert old is not None
            assert new is not None
            alone = share == 1.0
            self._counts.append(replace(look, baseline=None if alone else old, at=at, stage=stage))
            slow = None if alone else histogram(rng, old.requests)
            self._latency.append(HistogramLook(slow, histogram(rng, new.requests), at, stage=stage))

    def metrics(self, steps: int) -> dict[str, MetricLooks]:
        """What the judge is given at the end of so many steps."""
        stages = [100 * share for share, _ in self.steps[:steps]]
        alone = stages[-1] == 100.0
        return {
            name: MetricLooks(
                looks=_of(self._counts if metric.kind == "ratio" else self._latency, stages),
                history=[x for x in self._counts if x.stage != 100.0]
                if alone and metric.kind == "ratio"
                else (),
                policy=CountPolicy(
                    refuse_ratio=POLICY.judge.refuse_ratio,
                    tolerance_ratio=POLICY.judge.tolerate_ratio,
                    dispersion=self.noise if metric.kind == "ratio" else 1.0,
                    direction=metric.direction,
                    critical=metric.critical,
                    stages=len(self.steps),
                ),
                quantile=metric.quantile if metric.kind == "histogram" else None,
                group=metric.group,
                muted=alone and metric.kind != "ratio",
            )
            for name, metric in POLICY.judge.metrics.items()
        }


def _of(found: Sequence[Any], stages: Sequence[float]) -> list[Any]:
    return [look for look in found if look.stage in stages]

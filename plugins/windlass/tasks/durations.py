"""How long a rollout takes: what earlier ones took, else what the policy expects of it."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from windlass.decisions.simulation import Model, stretch_p90
from windlass.plan.durations import past_durations
from windlass.plan.release_plan import PlannedTarget
from windlass.plan.simulating import model_of, rolled_out
from windlass.plan.targets import wave_chains
from windlass.tasks.execution.rolling import bake_of, reached
from windlass.tasks.follow_up.after_production import rollout_targets
from windlass.tasks.release import Release

#: Fewer earlier rollouts than this say nothing; older ones than this many are left out.
ENOUGH, MOST = 5, 40
#: What a task took longer ago than this says nothing about today.
RECENT = timedelta(days=400)
#: How often a rollout is played to find its P90; the seed makes the answer the same everywhere.
PLAYS, SEED = 1000, 1


def model_now(release: Release, start: datetime) -> Model:
    """The release as a model to be played from ``start``, with this product's own durations."""
    events = release.ledger.select(
        ("task.started", "task.finished"),
        product=release.plan.product,
        after=release.now() - RECENT,
    )
    history = past_durations(event for event in events if event.stream != release.id)
    day_0 = release.view.day_0
    return model_of(release.product, release.plan, start, day_0, history=history)


def target_p90(release: Release, target: PlannedTarget) -> timedelta:
    """The time that nine of ten rollouts still need at ``target``; no less than its bakes."""
    done = {name for name in release.view.records if release.view.record(name) is not None}
    left = [name for name in rolled_out(release.plan, target.name) if name not in done]
    played = stretch_p90(model_now(release, release.now()), left, PLAYS, SEED)
    here = [each for each in rollout_targets(release) if each.place == target.place]
    return max(played, sum((_bakes_left(release, each) for each in here), timedelta()))


def _bakes_left(release: Release, target: PlannedTarget) -> timedelta:
    """The bakes that a place, or a flag there, has still before it."""
    bake, following = bake_of(release, target.name), reached(release, target, target.steps) + 1
    return sum((bake.at(i) for i in range(following, len(target.steps))), timedelta())


def rollout_p90(release: Release) -> tuple[timedelta, str]:
    """The time that nine of ten rollouts of this kind need, and where that figure comes from."""
    taken = sorted(past_rollouts(release))
    baked = bakes(release)
    if len(taken) >= ENOUGH:
        ninth = taken[math.ceil(0.9 * len(taken)) - 1]
        return max(ninth, baked), f"P90 of {len(taken)} earlier rollouts"
    expected = release.policy.phases.get("execution", timedelta())
    return max(expected, baked), "the policy's length of execution and the bakes"


def past_rollouts(release: Release) -> list[timedelta]:
    """How long earlier releases of this type took, from the first step to the last promotion."""
    prefix = f"{release.plan.product}.{release.plan.release_type}/"
    began: dict[str, datetime] = {}
    ended: dict[str, datetime] = {}
    live = {target.name for target in release.plan.live_targets}
    types = ("exposure.stepped", "version.promoted")
    for event in release.ledger.select(types, product=release.plan.product):
        if not event.stream.startswith(prefix) or event.data.get("target") not in live:
            continue
        if event.type == "exposure.stepped":
            began.setdefault(event.stream, event.at)
        else:
            ended[event.stream] = event.at
    streams = [stream for stream in ended if stream in began and stream != release.id]
    return [ended[stream] - began[stream] for stream in streams[-MOST:]]


def bakes(release: Release) -> timedelta:
    """The least that the planned rollout takes: every bake of the longest chain of each wave."""
    waves = wave_chains(release.product, release.plan.targets)
    return sum(
        (
            max((_chain(release, chain.targets) for chain in chains), default=timedelta())
            for chains in waves
        ),
        timedelta(),
    )


def _chain(release: Release, targets: tuple[PlannedTarget, ...]) -> timedelta:
    bake = release.policy.rollout.bake
    return sum((bake.at(i) for t in targets for i in range(len(t.steps))), timedelta())

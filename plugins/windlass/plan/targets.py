"""Where a release goes: environments and regions as targets, in the order they are rolled out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from windlass.plan.release_plan import PlannedTarget
from windlass.spec.environments import Environment, Region, Wave
from windlass.spec.policy import Policy
from windlass.spec.product import Product


@dataclass(frozen=True, slots=True)
class Chain:
    """Targets one after the other; the chains of a wave run side by side."""

    targets: tuple[PlannedTarget, ...]


def plan_targets(product: Product, policy: Policy) -> tuple[PlannedTarget, ...]:
    """Every target, those that are not live first; waves count from 0 over all live ones."""
    targets: list[PlannedTarget] = []
    wave = 0
    for environment in product.environments:
        for regions in environment.waves:
            targets += [_region(environment, region, wave, policy) for region in regions.regions]
            wave += 1
        if not environment.waves:
            targets.append(_whole(environment, wave, policy))
            wave += environment.live
    return tuple(targets)


def plan_ramps(
    product: Product, policy: Policy, targets: tuple[PlannedTarget, ...]
) -> tuple[PlannedTarget, ...]:
    """Every feature flag at each live target where it may be ramped, in the targets' order.

    A release that takes an environment from others is in a hurry, and ramps none.
    """
    if policy.preempts:
        return ()
    return tuple(
        replace(target, flag=name, steps=flag.steps)
        for target in targets
        for name, flag in product.flags.items()
        if target.live and (not flag.environments or target.environment in flag.environments)
    )


def wave_chains(
    product: Product, targets: tuple[PlannedTarget, ...]
) -> Iterator[tuple[Chain, ...]]:
    """Per wave, in line, its chains: ``at_once`` of them, regions dealt out in turn."""
    for index, limit in enumerate(at_once(product)):
        of_wave = [target for target in targets if target.live and target.wave == index]
        yield tuple(Chain(tuple(of_wave[start::limit])) for start in range(limit))


def at_once(product: Product) -> tuple[int, ...]:
    """By wave, how many regions may be under way side by side."""
    limits: list[int] = []
    for environment in product.environments:
        limits += [_limit(wave) for wave in environment.waves]
        if environment.live and not environment.waves:
            limits.append(1)
    return tuple(limits)


def _limit(wave: Wave) -> int:
    return min(wave.at_once or len(wave.regions), len(wave.regions))


def _region(environment: Environment, region: Region, wave: int, policy: Policy) -> PlannedTarget:
    return PlannedTarget(
        environment=environment.name,
        region=region.name,
        live=True,
        wave=wave,
        url=region.url or environment.url,
        zone=region.zone,
        window=region.window or environment.window,
        steps=_steps(policy, wave),
    )


def _whole(environment: Environment, wave: int, policy: Policy) -> PlannedTarget:
    return PlannedTarget(
        environment=environment.name,
        region="",
        live=environment.live,
        wave=wave if environment.live else 0,
        url=environment.url,
        zone=environment.zone,
        window=environment.window,
        steps=_steps(policy, wave) if environment.live else (100,),
    )


def _steps(policy: Policy, wave: int) -> tuple[int, ...]:
    rollout = policy.rollout
    if rollout.strategy in ("blue_green", "all_at_once", "publish"):
        return (100,)
    if wave > 0:
        return rollout.later_steps
    return tuple(sorted({*policy.risk.extra_steps, *rollout.steps}))

"""Phase 3: promote the package, environment by environment, region by region, step by step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from windlass.plan.drafting import Draft
from windlass.plan.release_plan import PlannedTarget
from windlass.plan.targets import Chain, wave_chains


def add_execution(draft: Draft, targets: tuple[PlannedTarget, ...]) -> None:
    """The tasks of execution, ``execution.settle`` last."""
    opened = draft.add("execution.open", "execution.open", draft.leaves())
    before: tuple[str, ...] = (draft.add("execution.package", "execution.package", (opened,)),)
    for target in targets:
        if not target.live:
            before = _environment(draft, target, before)
    waves = tuple(wave_chains(draft.product, targets))
    for index, chains in enumerate(waves):
        before = _Wave(draft, before, first=index == 0).add(chains)
    settle(draft)


def settle(draft: Draft) -> None:
    """The teardown: after everything that may still be running."""
    draft.add("execution.settle", "execution.settle", draft.leaves(), setup="planning.open")


def place(target: PlannedTarget) -> dict[str, Any]:
    """The arguments by which a task knows its target."""
    args: dict[str, Any] = {"target": target.name, "environment": target.environment}
    if target.region:
        args["region"] = target.region
    if target.live:
        args["wave"] = target.wave
    if target.url is not None:
        args["url"] = target.url
    return args


def prefix(target: PlannedTarget) -> str:
    """``execution.production.eu-west``."""
    return f"execution.{target.name.replace('/', '.')}"


def checks_of(draft: Draft, target: PlannedTarget) -> bool:
    """Whether there are synthetic checks for the target."""
    region = draft.product.region(target.environment, target.region)
    return bool(draft.product.synthetic or (region is not None and region.synthetic))


def _environment(draft: Draft, target: PlannedTarget, before: tuple[str, ...]) -> tuple[str, ...]:
    args, at = place(target), prefix(target)
    row = "execution.environment"
    if draft.policy.rollout.migrations is not None:
        before = (draft.add(f"{at}.migrate", f"{row}.migrate", before, only_if="migrates", **args),)
    deployed = draft.add(f"{at}.deploy", f"{row}.deploy", before, **args)
    checks = []
    if draft.product.smoke:
        checks.append(draft.add(f"{at}.smoke", f"{row}.smoke", (deployed,), **args))
    else:
        draft.skip(f"{row}.smoke", "no smoke checks configured")
    if draft.product.environment(target.environment).services:
        checks.append(draft.add(f"{at}.services", f"{row}.services", (deployed,), **args))
    else:
        draft.not_applicable.setdefault(f"{at}.services", "no services configured")
    return tuple(checks) or (deployed,)


class _Wave:
    """One wave: its chains side by side, each one's targets in line."""

    def __init__(self, draft: Draft, before: Iterable[str], *, first: bool) -> None:
        self.draft, self.before, self.first = draft, tuple(before), first

    def add(self, chains: tuple[Chain, ...]) -> tuple[str, ...]:
        """Add the wave; returns its last tasks. The first one also announces and is watched."""
        heads = [self._ready(chain.targets[0], self.before) for chain in chains]
        start = self._announce(tuple(heads)) if self.first else ()
        tails = []
        for chain, head in zip(chains, heads, strict=True):
            tail = self._target(chain.targets[0], (head, *start))
            for target in chain.targets[1:]:
                tail = self._target(target, (self._ready(target, (tail,)),))
            tails.append(tail)
        return tuple(tails)

    def _ready(self, target: PlannedTarget, before: tuple[str, ...]) -> str:
        args, at = place(target), prefix(target)
        window = self.draft.add(f"{at}.window", "execution.production.window", before, **args)
        return self.draft.add(f"{at}.health", "execution.production.health", (window,), **args)

    def _announce(self, heads: tuple[str, ...]) -> tuple[str, ...]:
        draft = self.draft
        silent = draft.no_port("messages", "status_page", "change_records")
        started: tuple[str, ...] = ()
        if silent is None:
            started = (draft.add("execution.announce", "execution.announce", heads),)
        else:
            draft.skip("execution.announce", silent)
        if judged(draft):
            draft.add("execution.watch", "execution.watch", started or heads)
        else:
            draft.skip("execution.watch", "no judge metrics configured")
        return started

    def _target(self, target: PlannedTarget, before: tuple[str, ...]) -> str:
        draft, args, at = self.draft, place(target), prefix(target)
        if draft.policy.rollout.migrations is not None:
            row = "execution.production.migrate"
            migrated = draft.add(f"{at}.migrate", row, before, only_if="migrates", **args)
            before = (migrated,)
        for index, percent in enumerate(target.steps):
            before = self._step(target, percent, index, before)
        if not checks_of(draft, target):
            draft.skip("execution.production.validate", "no synthetic checks configured")
            return before[0]
        return draft.add(f"{at}.validate", "execution.production.validate", before, **args)

    def _step(
        self, target: PlannedTarget, percent: int, index: int, before: tuple[str, ...]
    ) -> tuple[str, ...]:
        draft, at = self.draft, prefix(target)
        args = {**place(target), "percent": percent, "index": index}
        if target.wave == 0 and percent in draft.policy.risk.extra_steps:
            args["only_if"] = "risk"
        step = draft.add(f"{at}.step_{percent}", "execution.production.step", before, **args)
        if not judged(draft):
            draft.skip("execution.production.judge", "no judge metrics configured")
            return (step,)
        return (draft.add(f"{at}.judge_{percent}", "execution.production.judge", (step,), **args),)


def judged(draft: Draft) -> bool:
    """Whether the rollout is judged on metrics."""
    return bool(draft.policy.judge.metrics) and "metrics" in draft.product.vendors

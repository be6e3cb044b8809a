"""Phase 3: promote the package, environment by environment, region by region, step by step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from windlass.plan.drafting import Draft
from windlass.plan.release_plan import PlannedTarget
from windlass.plan.targets import Chain, wave_chains


def add_execution(
    draft: Draft, targets: tuple[PlannedTarget, ...], ramps: tuple[PlannedTarget, ...] = ()
) -> None:
    """The tasks of execution, ``execution.settle`` last.

    Args:
        ramps: feature flags; each one follows the code of its place.
    """
    before: tuple[str, ...] = (draft.add("execution.open", "execution.open", draft.leaves()),)
    if draft.policy.ships == "code":
        before = (draft.add("execution.package", "execution.package", before),)
        for target in targets:
            if not target.live:
                before = _environment(draft, target, before)
    waves = tuple(wave_chains(draft.product, targets))
    for index, chains in enumerate(waves):
        before = _Wave(draft, ramps, before, first=index == 0).add(chains)
    settle(draft)


def settle(draft: Draft) -> None:
    """The teardown: after everything that may still be running."""
    draft.add("execution.settle", "execution.settle", draft.leaves(), setup="planning.open")


def place(target: PlannedTarget) -> dict[str, Any]:
    """The arguments by which a task knows its target."""
    args: dict[str, Any] = {"target": target.name, "environment": target.environment}
    if target.flag:
        args |= {"flag": target.flag, "place": target.place}
    if target.region:
        args["region"] = target.region
    if target.live:
        args["wave"] = target.wave
    if target.url is not None:
        args["url"] = target.url
    return args


def prefix(target: PlannedTarget) -> str:
    """``execution.production.eu-west``; ``execution.production.eu-west.new-cart`` for a flag."""
    at = f"execution.{target.place.replace('/', '.')}"
    return f"{at}.{target.flag}" if target.flag else at


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

    def __init__(
        self,
        draft: Draft,
        ramps: tuple[PlannedTarget, ...],
        before: Iterable[str],
        *,
        first: bool,
    ) -> None:
        self.draft, self.ramps = draft, ramps
        self.before, self.first = tuple(before), first

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
        if judged(draft) or self.ramps:  # somebody may turn a flag off
            draft.add("execution.watch", "execution.watch", started or heads)
        else:
            draft.skip("execution.watch", "no judge metrics configured")
        return started

    def _target(self, target: PlannedTarget, before: tuple[str, ...]) -> str:
        """The code of ``target``, the checks of it, then its flags; a flag release has no code."""
        ramps = [ramp for ramp in self.ramps if ramp.place == target.name]
        if self.draft.policy.ships == "code":
            before = self._validated(target, self._code(target, before))
        for ramp in ramps:
            for index, step in enumerate(ramp.steps):
                before = self._ramp(ramp, step, index, before)
        if self.draft.policy.ships == "flags":
            before = self._validated(target, before)
        return before[0]

    def _code(self, target: PlannedTarget, before: tuple[str, ...]) -> tuple[str, ...]:
        draft, args, at = self.draft, place(target), prefix(target)
        if draft.policy.rollout.migrations is not None:
            row = "execution.production.migrate"
            migrated = draft.add(f"{at}.migrate", row, before, only_if="migrates", **args)
            before = (migrated,)
        for index, percent in enumerate(target.percents):
            before = self._step(target, percent, index, before)
        return before

    def _validated(self, target: PlannedTarget, before: tuple[str, ...]) -> tuple[str, ...]:
        draft, row = self.draft, "execution.production.validate"
        if not checks_of(draft, target):
            draft.skip(row, "no synthetic checks configured")
            return before
        return (draft.add(f"{prefix(target)}.validate", row, before, **place(target)),)

    def _step(
        self, target: PlannedTarget, percent: int, index: int, before: tuple[str, ...]
    ) -> tuple[str, ...]:
        draft, at = self.draft, prefix(target)
        args = {**place(target), "percent": percent, "index": index}
        if target.wave == 0 and percent in draft.policy.risk.extra_steps:
            args["only_if"] = "risk"
        step = draft.add(f"{at}.step_{percent}", "execution.production.step", before, **args)
        return self._judge(f"{at}.judge_{percent}", step, args)

    def _ramp(
        self, ramp: PlannedTarget, step: int | str, index: int, before: tuple[str, ...]
    ) -> tuple[str, ...]:
        """One step of a flag; a release that ships code ramps those that its form names."""
        at = prefix(ramp)
        args = {**place(ramp), "percent": step, "index": index}
        if isinstance(step, str):
            args |= {"percent": 0, "audience": step}
        if self.draft.policy.ships == "code":
            args["only_if"] = "flagged"
        on = self.draft.add(f"{at}.ramp_{step}", "execution.production.ramp", before, **args)
        return self._judge(f"{at}.judge_{step}", on, args)

    def _judge(self, task_id: str, step: str, args: dict[str, Any]) -> tuple[str, ...]:
        draft, row = self.draft, "execution.production.judge"
        if not judged(draft, str(args.get("flag", ""))):
            draft.skip(row, "no judge metrics configured")
            return (step,)
        return (draft.add(task_id, row, (step,), **args),)


def judged(draft: Draft, flag: str = "") -> bool:
    """Whether the rollout is judged on metrics: that of code, or of a flag, which may have more."""
    guard = draft.product.flags[flag].guard if flag else {}
    return bool(guard or draft.policy.judge.metrics) and "metrics" in draft.product.vendors

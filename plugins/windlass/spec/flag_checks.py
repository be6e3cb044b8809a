"""What no single setting of ``flags:`` shows: audiences, environments, regions and vendors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from windlass.spec.flags import Flag
from windlass.spec.judge_checks import check_judge
from windlass.spec.layers import FLAG
from windlass.spec.policy import Policy
from windlass.spec.product import ProductFile
from windlass.spec.source import Path_
from windlass.spec.suggest import allowed, did_you_mean
from windlass.spec.workflow_rows import RESERVED_FLAGS

Found = Iterator[tuple[Path_, str]]


def check_flags(file: ProductFile, types: Iterable[str], ports: Collection[str]) -> Found:
    """Everything about the flags that releases of the product may ramp."""
    if FLAG in types and not file.flags:
        yield ("release_types", FLAG), "there is nothing to ramp: name the flags under flags:"
    if not file.flags:
        return
    if "flags" not in ports:
        yield ("flags",), "needs vendors.flags, which is not configured"
    for name, flag in file.flags.items():
        yield from _check_flag(file, name, flag, ports)
    yield from _one_for_all_regions(file)


def check_guards(file: ProductFile, policy: Policy) -> Found:
    """The metrics of flags, which a release type judges by its own method and budgets."""
    for name, flag in file.flags.items():
        judge = policy.judge.model_copy(update={"metrics": flag.guard})
        for place, what in check_judge(policy.model_copy(update={"judge": judge})):
            if flag.guard and not policy.preempts and place[:2] == ("judge", "metrics"):
                at = ".".join(str(part) for part in ("flags", name, "guard", *place[2:]))
                yield ("judge",), f"{at}, judged so: {what}"


def _check_flag(file: ProductFile, name: str, flag: Flag, ports: Collection[str]) -> Found:
    if name in RESERVED_FLAGS:
        yield ("flags", name), f"{name!r} is a step of the execution phase; use another name"
    live = [environment.name for environment in file.environments if environment.live]
    for i, place in enumerate(flag.environments):
        if place not in live:
            hint = f"{allowed(live)}{did_you_mean(place, live)}"
            yield ("flags", name, "environments", i), f"no live environment {place!r}{hint}"
    for i, step in enumerate(flag.steps):
        if isinstance(step, str) and step not in file.audiences:
            hint = f"{allowed(file.audiences)}{did_you_mean(step, file.audiences)}"
            what = f"no audience {step!r}{hint if file.audiences else '; name it under audiences:'}"
            yield ("flags", name, "steps", i), what
    if flag.guard and "metrics" not in ports:
        yield ("flags", name, "guard"), "needs vendors.metrics, which is not configured"


def _one_for_all_regions(file: ProductFile) -> Found:
    """A file that all regions share would turn a flag on where the code is not live yet."""
    path = _flagd_path(file)
    many = [environment for environment in file.environments if len(environment.regions) > 1]
    if path and many and "{region}" not in path:
        what = f"{many[0].name} has {len(many[0].regions)} regions, and flags ramp in each of them"
        yield ("vendors", "flags"), f"{what} on its own: write {{region}} into the path {path!r}"
    if path and "{region}" not in path and "{environment}" not in path:
        live = [environment.name for environment in file.environments if environment.live]
        if len(live) > 1:
            what = f"{', '.join(live)} would share it: write {{environment}} into the path"
            yield ("vendors", "flags"), f"{what} {path!r}"


def _flagd_path(file: ProductFile) -> str:
    """The path of flagd's file, where that is the vendor."""
    vendors: Any = file.vendors.get("flags", ())
    return next((str(v.settings.path) for v in vendors if v.vendor == "flagd"), "")

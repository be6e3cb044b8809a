"""A feature flag as something that is exposed: it goes to some users of a place, and comes back.

A flag is a target of its own, ``production/eu-west+new-cart``, behind the code of its place. While
it is off it is as an empty target is: there is nothing to put back but emptiness. A release begins
with a flag that is off, so that there is one way back, off, which takes no more than a call.
"""

from __future__ import annotations

from typing import Any

from windlass.errors import TerminalError
from windlass.plan.release_plan import PlannedTask, flag_of, place_of
from windlass.ports.deployments import Exposure
from windlass.ports.flags import FlagState
from windlass.tasks.release import Release

#: What a flag's target serves while the flag is on.
ON, OFF = "on", "off"
#: Seconds that setting a flag may take: whoever takes the code back waits no longer for it.
FLAG_DEADLINE = 10.0


async def state_of(release: Release, target: str) -> FlagState:
    """The flag as it is now.

    Raises:
        TerminalError: there is no such flag.
    """
    place, flag = place_of(target), flag_of(target)
    found = await release.ports.flags.read(place, flag)
    if found is None:
        raise TerminalError(f"{place} has no flag {flag!r}; its developers define it first")
    return found


async def exposure_of_flag(release: Release, target: str) -> Exposure:
    """What the flag's target serves, as a place does: nothing while the flag is off."""
    state = await state_of(release, target)
    return Exposure({ON: state.percent} if state.on else {})


async def turn_on(release: Release, task: PlannedTask, target: str) -> None:
    """Give the flag to those that the task is for; refused once the exposure is closed.

    Raises:
        TerminalError: somebody turned it on before this release did.
    """
    await _write_down_before(release, target)
    want = _wanted(release, task, target)
    release.record(
        "exposure.stepped",
        key=f"{task.id}#stepped",
        task=task.id,
        target=target,
        version=ON,
        percent=want.percent,
        audience=task.args.get("audience"),
    )

    async def read() -> Any:
        return _json(await state_of(release, target))

    async def write(current: Any) -> None:
        await release.ports.flags.set(place_of(target), flag_of(target), want)

    await release.converge(
        task,
        f"flag-{target}",
        kind="flags.set",
        read=read,
        write=write,
        want=_json(want),
        deadline=FLAG_DEADLINE,
        unless_closed=True,
        target=target,
    )


async def turn_off(release: Release, task: PlannedTask, target: str) -> None:
    """Take the flag from everybody; safe to repeat."""

    async def read() -> Any:
        return {"on": (await state_of(release, target)).on}

    async def write(current: Any) -> None:
        await release.ports.flags.set(place_of(target), flag_of(target), FlagState(on=False))

    await release.converge(
        task,
        target,
        kind="flags.set",
        read=read,
        write=write,
        want={"on": False},
        deadline=FLAG_DEADLINE,
        target=target,
    )


def promote_flag(release: Release, target: str, state: str, *, key: str) -> None:
    """Say that the flag is on, or off, from now on; ``code`` is the version it is meant for."""
    release.record("version.promoted", key=key, **promoted(release, target, state))


def promoted(release: Release, target: str, state: str) -> dict[str, Any]:
    """The facts of that event."""
    facts = {"product": release.plan.product, "target": target, "version": state}
    return {**facts, "code": release.view.version}


async def _write_down_before(release: Release, target: str) -> None:
    """That it was off before this release touched it; once it is touched nothing changes that."""
    if target in release.view.touched:
        return
    await must_be_off(release, target)
    release.record(
        "exposure.opened",
        key=f"opened#{target}",
        target=target,
        exposing=ON,
        stable=None,
        artifact=None,
        regained=False,
    )


async def must_be_off(release: Release, target: str) -> None:
    """Make sure that the flag is there, and off.

    Raises:
        TerminalError: it is not; says who has it.
    """
    state = await state_of(release, target)
    if state.on:
        who = f"{state.percent:g} % of users" if state.percent else ", ".join(state.audiences)
        flag = flag_of(target)
        how = f"windlass flag kill {release.plan.product} {flag}"
        raise TerminalError(
            f"{flag} is on for {who} of {place_of(target)} already, and this release would not "
            f"know what to go back to; turn it off ({how}) and start another, or leave it out"
        )


def _wanted(release: Release, task: PlannedTask, target: str) -> FlagState:
    """The flag as the task wants it: who had it at the steps before keeps it."""
    percent = float(task.args["percent"])
    if percent == 100.0:
        return FlagState(on=True, percent=percent)
    steps = next(each.steps for each in release.plan.ramps if each.name == target)
    reached = steps[: int(task.args["index"]) + 1]
    audiences = tuple(step for step in reached if isinstance(step, str))
    return FlagState(on=True, percent=percent, audiences=audiences)


def _json(state: FlagState) -> dict[str, Any]:
    """Audiences in any order are the same ones."""
    return {"on": state.on, "percent": state.percent, "audiences": sorted(state.audiences)}

"""What a rollout does next: one engine for deployments and flags, for one region or a fleet.

For each region under way, by what the judge says of its current step:

================  ==================  ==================  ==================  ==================
the judge says    bake not over       over, too few       over, requests met  longest bake over
                                      requests
================  ==================  ==================  ==================  ==================
FAIL              roll back           roll back           roll back           roll back
PASS (a GO)       advance             advance             advance             advance
MARGINAL,         hold                extend              ``undecided``       pause; advance if
INCONCLUSIVE                                              (default: advance)  requests met
NO_DATA, ERROR,   hold                extend              ``missing``         pause
nothing                                                   (default: pause)
================  ==================  ==================  ==================  ==================

``require_go`` turns an undecided advance into a pause, ``must_detect`` into an extension until the
data could have shown a regression so small.

A person's mark lets a region go one step further whatever the last three rows say.

For the whole, in this order:

============================================================  =====================================
what is so                                                    move
============================================================  =====================================
closed, blocked, preempted or failed, and exposed             roll back, last touched first; then a
                                                              region with no way back rolls forward
closed, and all of that is done                               done: stopped
a rollback that fails or is blocked                           never rolled back: pause
a rollback that is closed                                     what has begun rolls forward
every region done                                             done: promoted
blocked and nothing exposed                                   pause
held, or preempted and nothing exposed                        hold
a window is shut                                              hold; ``at_close`` says what becomes
                                                              of a region that has begun
a region may go on                                            advance, one step, at most ``at_once``
                                                              regions of one wave under way
otherwise                                                     pause, else extend, else hold
============================================================  =====================================

No freeze and no hold stops a roll back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from math import inf

from windlass.decisions.rollout_state import (
    Clock,
    Move,
    MoveKind,
    Region,
    RolloutPolicy,
    RolloutState,
    Share,
    Step,
    shown,
)
from windlass.decisions.verdict import Outcome, Verdict

#: Nothing was said of a region yet.
SILENT = Verdict(Outcome.NO_DATA, ("the judge has not looked yet",))


def next_move(
    state: RolloutState,
    verdicts: Mapping[str, Verdict],
    requests: Mapping[str, int],
    clock: Clock,
    policy: RolloutPolicy,
) -> Move:
    """The next move; the same answer as long as the world gives the same answers.

    Args:
        state: how far the rollout is.
        verdicts: by region, what the judge says of its current step.
        requests: by region, how many requests the new version has served at this step.
        clock: now, and which windows are shut.
        policy: bake and deadlines.
    """
    why = _must_stop(state, verdicts, clock, policy)
    if why:
        return _stop(state, why)
    if state.regions and all(region.done for region in state.regions):
        return Move(MoveKind.DONE, (f"{state.version} is promoted everywhere",))
    if state.version in state.blocked:
        return Move(MoveKind.PAUSE, (_blocked(state),))
    halts = _halts(state)
    if halts:
        return Move(MoveKind.HOLD, halts)
    return _go_on(state, verdicts, requests, clock, policy)


def may_expose(
    state: RolloutState, region_name: str, percent: Share, clock: Clock, policy: RolloutPolicy
) -> Verdict:
    """May ``region_name`` be brought to ``percent`` now? Asked again just before it is done.

    Being at that step already is fine: a repeated call changes nothing.
    """
    region = state.region(region_name)
    against = list(_halts(state))
    if state.closed:
        against.append(f"the rollout is over: {state.closed}")
    if state.version in state.blocked:
        against.append(_blocked(state))
    if region.reverted:
        against.append(f"{region.name} was rolled back")
    elif percent not in (region.next_percent, region.percent):
        allowed = region.next_percent if region.next_percent is not None else "nothing"
        against.append(
            f"{region.name} is at {shown(region.percent)}; next is {allowed}, not {percent}"
        )
    against += _why_not_start(state, region) if region.index < 0 else []
    against += [] if state.is_rollback else _shut(region, clock, policy)
    if against:
        return Verdict(Outcome.FAIL, tuple(against))
    return Verdict(Outcome.PASS, (f"{region.name} may go to {shown(percent)}",))


def revert_order(touched: Iterable[str]) -> tuple[str, ...]:
    """Last touched, first put back; each once.

    >>> revert_order(["eu-west", "us-east", "eu-west", "ap-south"])
    ('ap-south', 'us-east', 'eu-west')
    """
    return tuple(reversed(dict.fromkeys(touched)))


def _must_stop(
    state: RolloutState, verdicts: Mapping[str, Verdict], clock: Clock, policy: RolloutPolicy
) -> str:
    """Why what is exposed must not stay; empty when it may."""
    if state.closed:
        return state.closed
    if state.is_rollback or not state.exposed:
        return ""
    if state.version in state.blocked:
        return _blocked(state)
    if state.preempted:
        return f"{state.preempted} takes the environment"
    for region in state.exposed:
        verdict = verdicts.get(region.name, SILENT)
        if verdict.outcome is Outcome.FAIL:
            return f"{region.here}: {'; '.join(verdict.reasons)}"
        if policy.at_close == "revert" and region.name in clock.shut and not region.done:
            return f"{region.name}: {clock.shut[region.name]}"
    return ""


def _stop(state: RolloutState, why: str) -> Move:
    """Put back what can be, last touched first; then finish what cannot."""
    back = [r.name for r in state.exposed if r.returns and not state.is_rollback]
    if back:
        return Move(MoveKind.ROLL_BACK, (why,), tuple(Step(r, 0) for r in revert_order(back)))
    forward = tuple(Step(r.name, 100) for r in state.exposed if not r.done)
    kept = ", ".join(r.name for r in state.exposed)
    if not forward:
        left = f"; {kept} had no way back and serves {state.version}" if kept else ""
        return Move(MoveKind.DONE, (f"stopped: {why}{left}",))
    if state.version in state.blocked:
        return Move(MoveKind.PAUSE, (f"{kept} has no way back, and {_blocked(state)}",))
    return Move(MoveKind.ROLL_FORWARD, (why, f"{kept} has no way back"), forward)


def _go_on(
    state: RolloutState,
    verdicts: Mapping[str, Verdict],
    requests: Mapping[str, int],
    clock: Clock,
    policy: RolloutPolicy,
) -> Move:
    moves = {
        region.name: _of_region(
            state,
            region,
            verdicts.get(region.name, SILENT),
            requests.get(region.name, 0),
            clock,
            policy,
        )
        for region in state.exposed
        if not region.done
    }
    failed = [move for move in moves.values() if move.kind is MoveKind.ROLL_BACK]
    if failed:
        return _stop(state, failed[0].reasons[0])
    steps = [step for move in moves.values() for step in move.steps]
    finished = [name for move in moves.values() for name in move.finished]
    starts, waiting = _starts(state, clock, policy)
    steps += starts
    if steps or finished:
        said = [r for m in moves.values() if m.kind is MoveKind.ADVANCE for r in m.reasons]
        said += [f"{step.region} begins at {shown(step.percent)}" for step in starts]
        return Move(MoveKind.ADVANCE, tuple(said), tuple(steps), tuple(finished))
    for kind in (MoveKind.PAUSE, MoveKind.EXTEND, MoveKind.HOLD):
        reasons = [r for move in moves.values() if move.kind is kind for r in move.reasons]
        if reasons:
            return Move(kind, tuple(reasons))
    return Move(MoveKind.HOLD, tuple(waiting) or ("there is no region to roll out to",))


def _of_region(
    state: RolloutState,
    region: Region,
    verdict: Verdict,
    requests: int,
    clock: Clock,
    policy: RolloutPolicy,
) -> Move:
    """The move of one region under way, by the first table of the module."""
    here = region.here
    kind, why = _ready(state, region, verdict, requests, clock, policy)
    if kind is not MoveKind.ADVANCE:
        return Move(kind, (f"{here}: {why}",))
    if region.next_percent is None:
        return Move(kind, (f"{here}: {why}",), finished=(region.name,))
    shut = [] if state.is_rollback else _shut(region, clock, policy)
    if shut:
        return Move(MoveKind.HOLD, tuple(shut))
    return Move(kind, (f"{here}: {why}",), (Step(region.name, region.next_percent),))


def _ready(
    state: RolloutState,
    region: Region,
    verdict: Verdict,
    requests: int,
    clock: Clock,
    policy: RolloutPolicy,
) -> tuple[MoveKind, str]:
    said = "; ".join(verdict.reasons)
    if verdict.outcome is Outcome.FAIL:  # only of a rollback: any other was stopped before
        return MoveKind.PAUSE, f"{said}; a rollback is never rolled back: a person decides"
    if region.name in state.attested:
        return MoveKind.ADVANCE, "a person lets it go one step further"
    if verdict.outcome is Outcome.PASS:
        return MoveKind.ADVANCE, said
    baked = clock.now - region.since if region.since else timedelta(0)
    if baked < policy.bake_at(region.index):
        return MoveKind.HOLD, f"{said}; baked {_minutes(baked)}"
    seen = f"{said}; {requests} of {policy.requests} requests after {_minutes(baked)}"
    if requests >= policy.requests:
        kind, why = _time_is_up(verdict, policy)
        if kind is MoveKind.ROLL_BACK and state.is_rollback:
            return MoveKind.PAUSE, f"{said}; {why}; a rollback is never rolled back"
        if kind is not MoveKind.EXTEND:
            return kind, f"{said}; {why}"
        seen = f"{seen}; {why}"
    return (MoveKind.PAUSE if baked >= policy.longest else MoveKind.EXTEND), seen


def _time_is_up(verdict: Verdict, policy: RolloutPolicy) -> tuple[MoveKind, str]:
    """Bake time and requests are met, and the judge has neither refused nor given its GO.

    The figure ``more_to_come`` of a verdict asks for more looks, whatever the policy says.
    """
    if verdict.figures.get("more_to_come"):
        return MoveKind.EXTEND, "more measurements are needed before it can tell"
    if verdict.outcome not in (Outcome.MARGINAL, Outcome.INCONCLUSIVE):
        return MoveKind(policy.missing), "nothing advances on missing data"
    kind = MoveKind(policy.undecided)
    if kind is MoveKind.ADVANCE and policy.require_go:
        return MoveKind.PAUSE, "the policy requires a GO"
    could = float(verdict.figures.get("smallest_detectable_ratio") or inf)
    most = policy.must_detect
    if kind is MoveKind.ADVANCE and most is not None and could > most:
        return MoveKind.EXTEND, f"the policy requires {most:g} times to be detectable"
    return kind, "bake time and requests are met and nothing is refused"


def _starts(
    state: RolloutState, clock: Clock, policy: RolloutPolicy
) -> tuple[list[Step], list[str]]:
    """Regions of the current wave that may begin, and why the others may not."""
    wave = state.wave
    if wave is None:
        return [], []
    steps: list[Step] = []
    waiting: list[str] = []
    room = state.at_once.get(wave, 1) - len(state.under_way(wave))
    for region in (r for r in state.regions if r.wave == wave and r.index < 0):
        shut = [] if state.is_rollback else _shut(region, clock, policy)
        if shut:
            waiting += shut
        elif len(steps) < room:
            steps.append(Step(region.name, region.steps[0]))
        else:
            waiting.append(f"{region.name} waits its turn")
    return steps, waiting


def _why_not_start(state: RolloutState, region: Region) -> list[str]:
    if region.wave != state.wave:
        return [f"{region.name} is in wave {region.wave + 1}; an earlier wave is not done"]
    under_way, most = state.under_way(region.wave), state.at_once.get(region.wave, 1)
    if len(under_way) >= most:
        names = ", ".join(other.name for other in under_way)
        return [f"{region.name} waits: {names} under way, at most {most} at once"]
    return []


def _shut(region: Region, clock: Clock, policy: RolloutPolicy) -> list[str]:
    if region.name not in clock.shut or (region.exposed and policy.at_close == "finish_wave"):
        return []
    return [f"{region.name}: {clock.shut[region.name]}"]


def _halts(state: RolloutState) -> tuple[str, ...]:
    halts = [f"held: {state.held}"] if state.held else []
    halts += [f"{state.preempted} goes first"] if state.preempted else []
    return tuple(halts)


def _blocked(state: RolloutState) -> str:
    return f"{state.version} is blocked until a person lifts it"


def _minutes(lasted: timedelta) -> str:
    return f"{lasted.total_seconds() / 60:.0f} min"

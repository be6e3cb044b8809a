"""A rollout as plain values: regions in waves, how far each one is, what stops it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

#: ``full``: can be put back. ``halt_only``: can be stopped, what is out stays out (an app store).
#: ``none``: can only go forward.
Undo = Literal["full", "halt_only", "none"]

#: How far a region is: a percent of all users, or of a feature flag an audience by name.
Share = int | str


def shown(share: Share) -> str:
    """As people say it.

    >>> shown(5), shown("staff")
    ('5 %', 'audience staff')
    """
    return f"audience {share}" if isinstance(share, str) else f"{share} %"


class MoveKind(StrEnum):
    """What to do next.

    ``HOLD`` looks again later, ``EXTEND`` watches longer than planned, ``PAUSE`` asks a person.
    """

    ADVANCE = "advance"
    HOLD = "hold"
    EXTEND = "extend"
    PAUSE = "pause"
    ROLL_BACK = "rollback"
    ROLL_FORWARD = "rollforward"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Step:
    """Bring ``region`` to ``percent`` of the new version; 0 puts the old one back."""

    region: str
    percent: Share


@dataclass(frozen=True, slots=True)
class Move:
    """A move, the steps to do in this order, the regions that are done with it, and why."""

    kind: MoveKind
    reasons: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    finished: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.reasons:
            raise ValueError("a move needs at least one reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One target of the rollout.

    Attributes:
        name: the target.
        wave: which wave it is in, from 0.
        steps: percents of exposure, rising, ending at 100; a flag's begin with its audiences.
        index: the step it is at; −1 = the new version is not exposed here.
        since: when it came to that step.
        done: its last step was watched to the end.
        reverted: the old version was put back (or the target halted).
        no_way_back: something here can no longer be undone, an irreversible migration say.
        undo: what the target itself can do.
    """

    name: str
    wave: int = 0
    steps: tuple[Share, ...] = (5, 25, 50, 100)
    index: int = -1
    since: datetime | None = None
    done: bool = False
    reverted: bool = False
    no_way_back: bool = False
    undo: Undo = "full"

    def __post_init__(self) -> None:
        percents = [step for step in self.steps if isinstance(step, int)]
        audiences = self.steps[: len(self.steps) - len(percents)]
        in_order = self.steps == (*dict.fromkeys(audiences), *sorted(set(percents)))
        if not in_order or percents[:1] < [1] or percents[-1:] != [100]:
            raise ValueError(f"{self.name}: the steps {list(self.steps)} must rise and end at 100")

    @property
    def exposed(self) -> bool:
        """Whether users can meet the new version here now."""
        return self.index >= 0 and not self.reverted

    @property
    def percent(self) -> Share:
        """The exposure now."""
        return self.steps[self.index] if self.exposed else 0

    @property
    def here(self) -> str:
        """Where it is, for people: ``production/eu at 5 %``."""
        return f"{self.name} at {shown(self.percent)}"

    @property
    def next_percent(self) -> Share | None:
        """The step after this one, or None at the last."""
        return self.steps[self.index + 1] if self.index + 1 < len(self.steps) else None

    @property
    def returns(self) -> bool:
        """Whether the old version can be put back here."""
        return self.undo != "none" and not self.no_way_back


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutPolicy:
    """How long a step is watched, and what happens when nothing is clear by then.

    Attributes:
        first_bake, bake: at least this long at the first step, at each later one.
        longest: past this a person is asked.
        requests: at least this many requests on the new version at each step.
        undecided: bake and requests met, nothing refused, no GO.
        missing: then, when data is missing or could not be asked for. Never "advance".
        require_go: whether only a GO advances; ``undecided: advance`` then means pause.
        must_detect: the largest ``smallest_detectable_ratio`` (a figure of the verdict) with which
            an undecided region may advance; until then it is watched longer. None for any.
        at_close: a window shuts under a region that has begun.
    """

    first_bake: timedelta = timedelta(minutes=10)
    bake: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(hours=1)
    requests: int = 0
    undecided: Literal["advance", "pause", "extend", "rollback"] = "advance"
    missing: Literal["pause", "extend", "rollback"] = "pause"
    require_go: bool = False
    must_detect: float | None = None
    at_close: Literal["finish_wave", "hold", "revert"] = "finish_wave"

    def __post_init__(self) -> None:
        if self.undecided not in ("advance", "extend", "pause", "rollback"):
            raise ValueError(f"undecided: {self.undecided!r}; advance, extend, pause or rollback")
        if self.missing not in ("extend", "pause", "rollback"):
            raise ValueError(f"missing: {self.missing!r}; extend, pause or rollback, never advance")

    def bake_at(self, index: int) -> timedelta:
        """The bake time of the step with this index."""
        return self.first_bake if index == 0 else self.bake


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutState:
    """Everything a rollout's next move depends on, but the world's answers.

    Attributes:
        version: what is rolled out.
        regions: in the order they are rolled out.
        at_once: by wave, how many regions may be under way side by side; 1 where not named.
        touched: regions in the order they were first exposed.
        is_rollback: it brings an earlier version back; it is never undone itself.
        blocked: versions that may not be exposed until a person lifts them.
        held: why people stopped it at this step; empty = not held.
        closed: why nothing more may be exposed (a verdict, an abort); empty = open. Never re-opens.
        preempted: the emergency or rollback that takes the environment; empty = none.
        attested: regions that a person lets go one step further.
    """

    version: str
    regions: tuple[Region, ...]
    at_once: Mapping[int, int] = field(default_factory=dict)
    touched: tuple[str, ...] = ()
    is_rollback: bool = False
    blocked: frozenset[str] = frozenset()
    held: str = ""
    closed: str = ""
    preempted: str = ""
    attested: frozenset[str] = frozenset()

    def region(self, name: str) -> Region:
        """The region called ``name``.

        Raises:
            KeyError: the rollout has none.
        """
        for region in self.regions:
            if region.name == name:
                return region
        raise KeyError(f"{name} is not part of this rollout")

    @property
    def exposed(self) -> tuple[Region, ...]:
        """The regions in which users can meet the new version, in the order they were touched."""
        return tuple(r for name in self.touched if (r := self.region(name)).exposed)

    @property
    def wave(self) -> int | None:
        """The first wave that is not done; None when all are."""
        return min((r.wave for r in self.regions if not r.done), default=None)

    def under_way(self, wave: int) -> tuple[Region, ...]:
        """The regions of ``wave`` that have begun and are not done."""
        return tuple(r for r in self.regions if r.wave == wave and r.exposed and not r.done)


@dataclass(frozen=True, slots=True)
class Clock:
    """The moment, and the regions whose window is shut (or frozen) then, with the reason."""

    now: datetime
    shut: Mapping[str, str] = field(default_factory=dict)


def after(state: RolloutState, move: Move, at: datetime) -> RolloutState:
    """The state once ``move`` was carried out at ``at``: what folding the events gives."""
    changed = {r.name: r for r in state.regions}
    touched = list(state.touched)
    for step in move.steps:
        region = changed[step.region]
        if move.kind is MoveKind.ROLL_BACK:
            changed[step.region] = replace(region, reverted=True, done=False)
            continue
        if step.region not in touched:
            touched.append(step.region)
        index, last = region.steps.index(step.percent), move.kind is MoveKind.ROLL_FORWARD
        changed[step.region] = replace(region, index=index, since=at, done=last)
    for name in move.finished:
        changed[name] = replace(changed[name], done=True)
    stops = move.kind in (MoveKind.ROLL_BACK, MoveKind.ROLL_FORWARD)
    moved = {step.region for step in move.steps} | set(move.finished)
    return replace(
        state,
        regions=tuple(changed[r.name] for r in state.regions),
        touched=tuple(touched),
        closed=state.closed or (move.reasons[0] if stops else ""),
        attested=state.attested - moved,
    )

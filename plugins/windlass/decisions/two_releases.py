"""Two releases of one product meet in one environment: who goes, who waits, who ends.

The release on the left arrives; the one above holds the environment's lock:

=========  =========  =========  =========  =========  =========
arrives    major      minor      patch      emergency  rollback
=========  =========  =========  =========  =========  =========
major      waits ¹    waits      waits      waits      waits
minor      waits      waits ¹    waits      waits      waits
patch      waits      waits      waits ¹    waits      waits
emergency  preempts   preempts   preempts   waits ¹    waits
rollback   preempts   preempts   preempts   preempts   waits ²
=========  =========  =========  =========  =========  =========

¹ The same type for the same Day 0 (an emergency: for the same incident) is one release asked for
twice: the one that arrives ends as superseded. ² The same version to go back to: likewise.

What *preempts* does to the holder depends on how far it is, and so does everything else:

================  ============================  ==========================================
the other is      an ordinary one arrives       an emergency or a rollback arrives
================  ============================  ==========================================
preparing         both go on                    both go on; the other is held before it locks
holding, unseen   waits                         goes; the other is held and goes on afterwards
exposed           waits                         goes once the other is settled, which ends it
                                                (in an environment users do not see: the other
                                                puts it back, waits, and does it again)
settling          waits                         waits: a revert is never interrupted
watching          goes; the watch ends when     goes; the watch ends when the new one is live
                  the new one is live
over              goes                          goes
================  ============================  ==========================================
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ReleaseType = Literal["major", "minor", "patch", "emergency", "rollback"]

#: How urgent a release is; the more urgent preempts. A product's own types are ordinary.
URGENCY = {"emergency": 1, "rollback": 2}


class Stage(StrEnum):
    """How far the release that was there first is, in that environment."""

    PREPARING = "preparing"
    HOLDING = "holding"
    EXPOSED = "exposed"
    SETTLING = "settling"
    WATCHING = "watching"
    OVER = "over"


class Newcomer(StrEnum):
    """What the arriving release does."""

    GOES = "goes"
    WAITS = "waits"
    PREEMPTS = "preempts"
    ENDS_SUPERSEDED = "ends superseded"


class Other(StrEnum):
    """What the release that was there first does."""

    GOES_ON = "goes on"
    IS_HELD = "is held"
    PUTS_BACK = "puts back and waits"
    IS_SETTLED = "is settled"
    ENDS_WATCH = "ends its watch once the new version is live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One of the two.

    Attributes:
        id: the release's id, for the reason.
        release_type: one of the five, or a product's own, which is ordinary.
        purpose: what makes two releases of a type the same one: Day 0, the incident, or the
            version to go back to. Empty: nothing does.
    """

    id: str
    release_type: str
    purpose: str = ""

    @property
    def urgency(self) -> int:
        """0 for an ordinary release."""
        return URGENCY.get(self.release_type, 0)


@dataclass(frozen=True, slots=True)
class Encounter:
    """What each of the two does, and why."""

    newcomer: Newcomer
    other: Other
    reason: str


def meet(newcomer: Party, other: Party, stage: Stage, *, live: bool) -> Encounter:
    """What happens when ``newcomer`` wants the environment in which ``other`` is at ``stage``.

    Args:
        newcomer: the release that arrives.
        other: the one that was there first.
        stage: how far ``other`` is.
        live: whether users see the environment.

    >>> meet(Party(id="e", release_type="emergency"), Party(id="m", release_type="minor"),
    ...      Stage.EXPOSED, live=True).other.value
    'is settled'
    """
    if stage is Stage.OVER:
        return Encounter(Newcomer.GOES, Other.GOES_ON, f"{other.id} is over")
    if stage is Stage.WATCHING:
        return Encounter(Newcomer.GOES, Other.ENDS_WATCH, f"{other.id} only watches by now")
    if _same(newcomer, other):
        why = f"{other.id} is the same release: {newcomer.release_type} for {newcomer.purpose}"
        return Encounter(Newcomer.ENDS_SUPERSEDED, Other.GOES_ON, why)
    urgent = newcomer.urgency > other.urgency
    if stage is Stage.PREPARING:
        return _while_preparing(newcomer, other, urgent=urgent)
    if stage is Stage.SETTLING:
        why = f"{other.id} is being settled, and a revert is never interrupted"
        return Encounter(Newcomer.WAITS, Other.GOES_ON, why)
    if not urgent:
        return Encounter(Newcomer.WAITS, Other.GOES_ON, f"{other.id} holds the environment")
    return _preempted(newcomer, other, stage, live=live)


def _while_preparing(newcomer: Party, other: Party, *, urgent: bool) -> Encounter:
    if urgent:
        why = f"{newcomer.id} goes first; {other.id} has not locked the environment"
        return Encounter(Newcomer.GOES, Other.IS_HELD, why)
    why = f"{other.id} has not locked the environment; whoever does goes first"
    return Encounter(Newcomer.GOES, Other.GOES_ON, why)


def _preempted(newcomer: Party, other: Party, stage: Stage, *, live: bool) -> Encounter:
    why = f"{newcomer.release_type} {newcomer.id} preempts {other.id}"
    if stage is Stage.HOLDING:
        return Encounter(Newcomer.PREEMPTS, Other.IS_HELD, f"{why}, which has exposed nothing")
    if not live:
        return Encounter(Newcomer.PREEMPTS, Other.PUTS_BACK, f"{why}, which does it again later")
    return Encounter(Newcomer.PREEMPTS, Other.IS_SETTLED, f"{why}, which is put back first")


def _same(one: Party, other: Party) -> bool:
    alike = one.release_type == other.release_type and one.purpose == other.purpose
    return alike and bool(one.purpose) and one.id != other.id

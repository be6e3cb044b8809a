"""What happens next: the verdict, the bake and the policy as one move."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from windlass.decisions.judge import sentences
from windlass.decisions.judge.release import JudgePolicy, JudgeVerdict
from windlass.decisions.verdict import Outcome


class MoveKind(StrEnum):
    """What to do after a look. ``WAIT`` is "look again"; ``EXTEND`` is "bake longer"."""

    WAIT = "wait"
    ADVANCE = "advance"
    EXTEND = "extend"
    PAUSE = "pause"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Move:
    """A move with its reasons (never empty)."""

    kind: MoveKind
    reasons: tuple[str, ...]


def deadline(
    verdict: JudgeVerdict, policy: JudgePolicy, *, bake_met: bool, requests_met: bool
) -> Move:
    """The move after a look.

    =============================== ============================ ===========================
    verdict                         bake and requests not met    both met
    =============================== ============================ ===========================
    rollback                        rollback                     rollback
    ERROR, NO_DATA                  wait                         ``policy.missing``
    go                              advance (ends the bake)      advance
    undecided                       wait                         ``policy.undecided``
    undecided, GO required          wait                         pause, unless the policy says
                                                                 extend or rollback
    =============================== ============================ ===========================
    """
    if verdict.decision == "rollback":
        return Move(MoveKind.ROLLBACK, verdict.reasons)
    done = bake_met and requests_met
    if verdict.outcome in (Outcome.ERROR, Outcome.NO_DATA):
        kind = MoveKind(policy.missing) if done else MoveKind.WAIT
        return Move(kind, (*verdict.reasons, "nothing advances on missing data"))
    if verdict.decision == "go" and verdict.outcome is Outcome.PASS:
        early = () if done else ("every metric gave its GO: the bake may end early",)
        return Move(MoveKind.ADVANCE, (*verdict.reasons, *early))
    if not done:
        return Move(MoveKind.WAIT, (*verdict.reasons, _waiting_for(bake_met, requests_met)))
    return _time_is_up(verdict, policy)


def _time_is_up(verdict: JudgeVerdict, policy: JudgePolicy) -> Move:
    """Bake time and requests are met, nothing is refused, no GO."""
    seen = tuple(
        sentences.detectable(name, metric.smallest_detectable_ratio)
        for name, metric in verdict.metrics.items()
    )
    reasons = (*verdict.reasons, *seen)
    kind = MoveKind(policy.undecided)
    if policy.require_go and kind is MoveKind.ADVANCE:
        return Move(MoveKind.PAUSE, (*reasons, "the policy requires a GO"))
    most = policy.must_detect
    if kind is MoveKind.ADVANCE and most is not None and verdict.smallest_detectable_ratio > most:
        needed = f"the policy requires {most:g} times to be detectable"
        return Move(MoveKind.EXTEND, (*reasons, needed))
    return Move(kind, (*reasons, "bake time and requests are met and no metric is refused"))


def _waiting_for(bake_met: bool, requests_met: bool) -> str:  # noqa: FBT001 - two flags of one thing
    missing = [
        word for word, met in (("bake time", bake_met), ("requests", requests_met)) if not met
    ]
    return f"waiting for {' and '.join(missing)}"

"""Standing approvals in the ledger: given, ended, and each use of one written down.

They live in a stream of the product's own; a use is an event of the release it was used for.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from windlass.decisions.approvals import GateState
from windlass.decisions.binding import Bound
from windlass.decisions.holders import Holders
from windlass.decisions.signatures import Signature
from windlass.decisions.standing import ReleaseFacts, StandingApproval, signatures_from
from windlass.errors import InputError
from windlass.plan.release_plan import Form, PlannedTask
from windlass.tasks.conditions import does_not_apply
from windlass.tasks.release import Release
from windlass.tasks.teams import holders_of

if TYPE_CHECKING:
    from windlass.ledger import Ledger

GREEN = ("PASS", "MARGINAL")
GATES = ("quality", "acceptance", "readiness")


def stream_of(product: str) -> str:
    """Where the standing approvals of a product are written."""
    return f"standing/{product}"


def give(ledger: Ledger, product: str, standing: StandingApproval) -> None:
    """Write down that ``standing.person`` signs ahead; the teams must be published.

    Raises:
        InputError: no such gate, the person does not hold the role, or the id is taken.
    """
    if standing.gate not in GATES:
        raise InputError(f"no gate {standing.gate!r}; allowed: {', '.join(GATES)}")
    held_by = holders_of(ledger, product).at(standing.role, standing.signed_at)
    if standing.person not in held_by:
        who = ", ".join(sorted(held_by)) or "nobody"
        raise InputError(
            f"{standing.person} does not hold {standing.role} in {product}; {who} does: a "
            "standing approval is given by the seat's owner"
        )
    if any(known.id == standing.id for known in all_of(ledger, product)):
        raise InputError(f"{product} has a standing approval {standing.id} already")
    ledger.append(
        stream_of(product),
        "standing.given",
        {
            "id": standing.id,
            "product": product,
            "gate": standing.gate,
            "role": standing.role,
            "until": standing.until.isoformat(),
            "release_types": list(standing.release_types),
            "max_risk": standing.max_risk,
            "no_migration": standing.no_migration,
            "all_green": standing.all_green,
        },
        key=f"given#{standing.id}",
        at=standing.signed_at,
        by=standing.person,
    )


def end(ledger: Ledger, product: str, name: str, *, by: str, reason: str, at: datetime) -> None:
    """Take a standing approval back. Anybody may: it only means that people are asked again.

    Raises:
        InputError: no reason, or no such approval.
    """
    if not reason.strip():
        raise InputError("ending a standing approval needs a reason")
    if all(known.id != name for known in in_force(ledger, product)):
        known = ", ".join(s.id for s in in_force(ledger, product)) or "none"
        raise InputError(f"{product} has no standing approval {name!r} in force; known: {known}")
    data = {"id": name, "reason": reason.strip()}
    ledger.append(stream_of(product), "standing.ended", data, key=f"ended#{name}", at=at, by=by)


def all_of(ledger: Ledger, product: str) -> tuple[StandingApproval, ...]:
    """Every standing approval ever given for ``product``, ended ones included."""
    return tuple(
        StandingApproval(
            id=str(event.data["id"]),
            gate=str(event.data["gate"]),
            role=str(event.data["role"]),
            person=event.by,
            signed_at=event.at,
            until=datetime.fromisoformat(event.data["until"]),
            release_types=tuple(event.data["release_types"]),
            max_risk=int(event.data["max_risk"]),
            no_migration=bool(event.data["no_migration"]),
            all_green=bool(event.data["all_green"]),
            products=(product,),
        )
        for event in ledger.events(stream_of(product))
        if event.type == "standing.given"
    )


def in_force(ledger: Ledger, product: str) -> tuple[StandingApproval, ...]:
    """Those that nobody has ended. Whether one has run out is for the decision to say."""
    ended = {
        event.data["id"]
        for event in ledger.events(stream_of(product))
        if event.type == "standing.ended"
    }
    return tuple(known for known in all_of(ledger, product) if known.id not in ended)


def standing_for(
    release: Release, gate: str, current: dict[str, Bound], holders: Holders
) -> tuple[Signature, ...]:
    """The signatures that standing approvals give ``gate`` of this release, at this moment."""
    given = in_force(release.ledger, release.plan.product)
    mine = [standing for standing in given if standing.gate == gate]
    if not mine:
        return ()
    return signatures_from(mine, _facts(release, gate), current, holders, release.now())


def write_down_uses(release: Release, state: GateState) -> None:
    """Each standing approval that fills a seat of an open gate, once per package."""
    for signature in state.standing:
        release.record(
            "standing.used",
            key=f"standing#{signature.standing}#{signature.gate}#{release.view.package}",
            by=signature.person,
            id=signature.standing,
            gate=signature.gate,
            role=signature.role,
            package=release.view.package,
        )


def _facts(release: Release, gate: str) -> ReleaseFacts:
    risk = release.view.record("planning.risk")
    scope = release.view.scope
    return ReleaseFacts(
        product=release.plan.product,
        release_type=release.plan.release_type,
        risk=int(risk.evidence["score"]) if risk and "score" in risk.evidence else None,
        migrates=None if scope is None else bool(scope.get("migrations")),
        all_green=_green(release, _before(release, gate)),
    )


def _before(release: Release, gate: str) -> tuple[PlannedTask, ...]:
    """The checks that the gate comes after."""
    found: dict[str, PlannedTask] = {}
    left = [f"validation.{gate}.gate"]
    known = {task.id: task for task in release.plan.tasks}
    while left:
        task = known.get(left.pop())
        if task is not None and task.id not in found:
            found[task.id] = task
            left += task.after
    return tuple(task for task in found.values() if task.form is Form.CHECK)


def _green(release: Release, checks: Iterable[PlannedTask]) -> bool | None:
    """Whether each check passed by itself: no waiver, no mark. None while one has no result."""
    records = [release.view.record(task.id) for task in checks if not does_not_apply(release, task)]
    results = [
        record.evidence for record in records if record is not None and record.outcome == "done"
    ]
    if any(result.get("outcome") not in GREEN or _let_through(result) for result in results):
        return False
    known = [record for record in records if record is not None and record.outcome != "failed"]
    return True if len(known) == len(records) else None


def _let_through(result: object) -> bool:
    known = result if isinstance(result, dict) else {}
    return any(known.get(word) for word in ("waived_by", "attested_by", "red_but_only_informs"))

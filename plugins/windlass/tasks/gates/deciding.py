"""A gate, decided from the ledger at this moment. Nobody asks a task's state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from windlass.decisions.approvals import GateOutcome, GateState, decide, may_answer
from windlass.decisions.binding import Bound, Evidence
from windlass.decisions.signatures import (
    GateRule,
    Resolution,
    Said,
    Seat,
    Signature,
    Via,
    Way,
)
from windlass.decisions.verdict import Outcome, Verdict
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.conditions import does_not_apply
from windlass.tasks.gates.standing import standing_for
from windlass.tasks.gates.way_back import way_back
from windlass.tasks.release import Release
from windlass.tasks.teams import holders

#: Rows that put a person in a seat; their ``args`` say which.
SEATS = (
    "validation.quality.approval",
    "validation.acceptance.approval",
    "validation.readiness.approval",
)

#: The task whose result a seat may bind to as its scan.
SCAN = "validation.quality.security"


def gate_state(
    release: Release, gate: str, *, also: tuple[Signature, ...] = ()
) -> GateState | None:
    """What ``gate`` answers now; None when nobody has to sign for it in this release.

    Args:
        also: signatures to weigh as if they were given.
    """
    rules = rules_of(release, gate)
    if not rules:
        return None
    with release.one_moment():  # signatures, and what they are bound to
        current, known = current_binds(release), holders(release)
        return decide(
            rules,
            (*signatures(release, gate), *also),
            current,
            known,
            release.now(),
            resolutions=_resolutions(release, gate),
            standing=standing_for(release, gate, current, known),
        )


def rules_of(release: Release, gate: str) -> tuple[GateRule, ...]:
    """The rules of ``gate`` in this release; none when it has no seat.

    Whether a role must still be held now, and not only when signing, is the policy's choice
    (``approvals.still_holding``); where it says nothing it must, so that a role taken away
    between signing and production shuts the gate.
    """
    seats = _seats(release, gate)
    if not seats:
        return ()
    approvals = release.policy.approvals
    return (
        GateRule(
            name=release.plan.product,
            seats=seats,
            exclude=excluded(release),
            expires_after=approvals.expire,
            still_holding=approvals.still_holding,
            risk_acceptors=("product_manager",) if approvals.accept_risk else (),
        ),
    )


def would_count(release: Release, signature: Signature) -> Verdict:
    """Whether an answer would count for anything if it were given now."""
    rules = rules_of(release, signature.gate)
    verdict = may_answer(rules, signature, current_binds(release), holders(release))
    if not verdict.passed or signature.said is Said.REJECT:
        return verdict
    before = gate_state(release, signature.gate)
    after = gate_state(release, signature.gate, also=(signature,))
    if before and after and len(after.filled) <= len(before.filled) and not before.rejections:
        seat = next((role for who, role in before.filled if who == signature.person), "")
        why = (
            f"signed as {seat} already, and one person fills one seat" if seat else "is not needed"
        )
        return Verdict(Outcome.FAIL, (f"{signature.person} {why}",))
    return verdict


def unopened(release: Release) -> tuple[str, ...]:
    """Why production must not start: every gate that is not open, in words."""
    reasons = []
    for gate in dict.fromkeys(str(t.args["gate"]) for row in SEATS for t in release.plan.rows(row)):
        state = gate_state(release, gate)
        if state is not None and state.outcome is not GateOutcome.OPEN:
            reasons += [f"{gate}: {reason}" for reason in state.reasons]
    return tuple(reasons)


def current_binds(release: Release) -> dict[str, Bound]:
    """What there is to sign for, by the names that seats bind to."""
    view = release.view
    found: dict[str, Bound] = {"plan": release.plan.digest}
    if view.scope is not None:
        found["scope"] = str(view.scope["digest"])
    if view.package is not None:
        found["package"] = view.package
        scan = scan_of(release, view.package)
        if scan is not None:
            found["scan"] = scan
    if any("rollback" in task.args.get("binds", ()) for task in _seat_tasks(release)):
        found["rollback"] = way_back(release)
    return found


def scan_of(release: Release, package: str) -> Evidence | None:
    """The security suite's result on ``package``, as a signature binds to it."""
    record = release.view.record(SCAN)
    if record is None or record.outcome != "done":
        return None
    result = record.evidence.get("result") or {}
    waived = record.evidence.get("waived_by")
    return Evidence(
        package=package,
        passed=record.evidence.get("outcome") == "PASS",
        counts={str(name): int(count) for name, count in (result.get("findings") or {}).items()},
        waivers=frozenset({f"{SCAN} by {waived}"} if waived else ()),
    )


def bound_to_json(bound: Bound) -> Any:
    """What was signed, as a question and an event hold it."""
    if isinstance(bound, str):
        return bound
    return {
        "package": bound.package,
        "passed": bound.passed,
        "counts": dict(bound.counts),
        "waivers": sorted(bound.waivers),
    }


def bound_from_json(data: Any) -> Bound:
    """What :func:`bound_to_json` wrote."""
    if isinstance(data, str):
        return data
    return Evidence(data["package"], data["passed"], data["counts"], frozenset(data["waivers"]))


def shown(facts: Mapping[str, Any]) -> dict[str, Bound]:
    """What the page showed when somebody answered: their answer is bound to it."""
    return {name: bound_from_json(each) for name, each in (facts.get("binds") or {}).items()}


def bound_now(release: Release, names: Iterable[str]) -> dict[str, Any]:
    """What there is now of ``names``, as a question holds it."""
    current = current_binds(release)
    return {name: bound_to_json(current[name]) for name in names if name in current}


def excluded(release: Release) -> dict[str, str]:
    """People whose signature never counts in this release, with the reason."""
    never = release.policy.approvals.exclude
    found: dict[str, str] = {}
    if "trigger" in never:
        found[release.inputs.by] = "started this release"
    if "authors" in never or release.product.regulated:
        for author in (release.view.scope or {}).get("authors", ()):
            found[str(author)] = "wrote a change of this release"
    return found


def signatures(release: Release, gate: str) -> tuple[Signature, ...]:
    """Every answer ever given to ``gate``."""
    return tuple(
        Signature(
            gate=gate,
            role=str(data["role"]),
            person=str(data["by"]),
            at=datetime.fromisoformat(data["at"]),
            said=Said.REJECT if data.get("said") == "reject" else Said.APPROVE,
            binds=shown(data),
            reason=str(data.get("reason", "")),
            condition=str(data.get("condition", "")),
            via=Via(data.get("via", "answer")),
        )
        for data in release.view.signatures
        if data["gate"] == gate
    )


def _seat_tasks(release: Release) -> list[PlannedTask]:
    return [task for row in SEATS for task in release.plan.rows(row)]


def _seats(release: Release, gate: str) -> tuple[Seat, ...]:
    """The seats that this release needs, one per role; those that do not apply are left out."""
    found: dict[str, Seat] = {}
    for task in _seat_tasks(release):
        if task.args["gate"] != gate or does_not_apply(release, task):
            continue
        role = str(task.args["role"])
        count = found[role].count + 1 if role in found else 1
        binds = tuple(task.args.get("binds", ("scope", "package", "plan")))
        found[role] = Seat(gate, role, count, binds)
    return tuple(found.values())


def _resolutions(release: Release, gate: str) -> tuple[Resolution, ...]:
    ways = {"address and ask again": Way.ADDRESSED, "accept the risk": Way.RISK_ACCEPTED}
    found = []
    for asked in release.view.questions.values():
        question, answer = asked.question, asked.answer
        if question["kind"] != "rejected" or answer is None or answer["option"] not in ways:
            continue
        facts = question["facts"]
        if facts["gate"] == gate:
            found.append(
                Resolution(
                    gate=gate,
                    role=facts["role"],
                    rejected_by=facts["rejected_by"],
                    way=ways[answer["option"]],
                    person=str(asked.by),
                    at=asked.answered_at or release.now(),
                    reason=str(answer.get("fields", {}).get("reason", "")),
                    binds=shown(facts),
                )
            )
    return tuple(found)

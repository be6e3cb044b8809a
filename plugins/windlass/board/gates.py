"""The gates of a release: who signed, who is missing, which answers do not count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from windlass.board.snapshot import Snapshot
from windlass.board.words import covered
from windlass.decisions.signatures import Signature
from windlass.tasks.gates.deciding import gate_state, signatures


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that somebody gave. ``void``: why it does not count; empty when it does."""

    person: str
    role: str
    said: str
    at: datetime
    reason: str
    condition: str
    via: str
    binds: tuple[tuple[str, str], ...]
    void: str


@dataclass(frozen=True, slots=True)
class GateView:
    """A gate as it would be decided now. ``missing`` and ``reasons`` are sentences."""

    name: str
    title: str
    state: str
    filled: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    given: tuple[Given, ...]
    reasons: tuple[str, ...]


def gates_of(release: Snapshot) -> tuple[GateView, ...]:
    """Every gate of the plan, in its order."""
    return tuple(
        _gate(release, str(task.args.get("gate") or task.row.split(".")[-2]), task.title)
        for task in release.plan.tasks
        if task.row.startswith("validation.") and task.row.endswith(".gate")
    )


def _gate(release: Snapshot, gate: str, title: str) -> GateView:
    state = gate_state(release, gate)
    if state is None:
        return GateView(gate, title, "open", (), (), (), ("nobody has to sign for it",))
    void = {(s.person, s.role, s.at): why for s, why in state.void}
    return GateView(
        name=gate,
        title=title,
        state=state.outcome.value,
        filled=state.filled,
        missing=tuple(missing.text for missing in state.missing),
        given=tuple(
            _given(each, void.get((each.person, each.role, each.at), ""))
            for each in signatures(release, gate)
        ),
        reasons=state.reasons,
    )


def _given(signature: Signature, void: str) -> Given:
    return Given(
        person=signature.person,
        role=signature.role,
        said="approved" if signature.said.value == "approve" else "rejected",
        at=signature.at,
        reason=signature.reason,
        condition=signature.condition,
        via=signature.via.value,
        binds=tuple((name, covered(bound)) for name, bound in signature.binds.items()),
        void=void,
    )

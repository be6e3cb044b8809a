"""The seats of each gate, those that only some changes need included."""

from __future__ import annotations

from collections.abc import Iterator

from windlass.plan.drafting import Draft
from windlass.plan.release_plan import PlannedSeat
from windlass.spec.approvals import Approvals, Gate, Seat
from windlass.spec.policy import Policy

GATES: tuple[Gate, ...] = ("quality", "acceptance", "readiness")


def plan_seats(policy: Policy) -> tuple[PlannedSeat, ...]:
    """Every seat of every gate that the release type has, in the order of the gates."""
    return tuple(
        PlannedSeat(gate, seat.role, seat.count, tuple(seat.binds), only_if)
        for gate in GATES
        if has_gate(policy, gate)
        for seat, only_if in _of_gate(policy, gate)
    )


def has_gate(policy: Policy, gate: Gate) -> bool:
    """Whether the release type has this gate at all."""
    return f"validation.{gate}.gate" in (*policy.tasks, *policy.also, *policy.tasks_if)


def add_seats(draft: Draft, gate: Gate, after: tuple[str, ...]) -> tuple[str, ...]:
    """One task per seat and person, ``…approval.devops``, ``…approval.devops_2``; their ids."""
    ids: list[str] = []
    taken: dict[str, int] = {}
    for seat, only_if in _of_gate(draft.policy, gate):
        for _ in range(seat.count):
            index = taken[seat.role] = taken.get(seat.role, 0) + 1
            name = seat.role if index == 1 else f"{seat.role}_{index}"
            args = {
                "gate": gate,
                "role": seat.role,
                "seat": index - 1,
                "binds": list(seat.binds),
                "checklist": list(seat.checklist),
                **({"only_if": only_if} if only_if else {}),
            }
            task_id = f"validation.{gate}.approval.{name}"
            row = f"validation.{gate}.approval"
            ids.append(draft.add(task_id, row, after, owners=(seat.role,), **args))
    return tuple(ids)


def _of_gate(policy: Policy, gate: Gate) -> Iterator[tuple[Seat, str]]:
    approvals: Approvals = policy.approvals
    yield from ((seat, "") for seat in approvals.of(gate))
    if gate == "acceptance" and policy.allows == "breaking":
        yield from ((seat, "breaking") for seat in approvals.when_breaking)
    if gate == "readiness":
        yield from ((seat, "risk") for seat in approvals.when_risky)
        if policy.rollout.migrations is not None and policy.rollout.migrations.undo == "none":
            yield from ((seat, "no_way_back") for seat in approvals.when_no_way_back)

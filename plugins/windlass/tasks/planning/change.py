"""``planning.change``: the change request, where the company uses one."""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask
from windlass.ports.effect import Idempotency
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result


async def change(release: Release, task: PlannedTask) -> Result:
    """Open (or find) the change request with plan, risk, window and back-out."""
    records = release.ports.change_records

    async def find() -> dict[str, str] | None:
        found = await records.find(release.id)
        return {"id": found.id, "state": found.state} if found else None

    async def do() -> dict[str, str]:
        opened = await records.open(
            key=release.id,
            title=release.name,
            text=_text(release),
            standard=release.product.standard_change,
        )
        return {"id": opened.id, "state": opened.state}

    made = await release.once(
        task,
        "change",
        kind="change_records.open",
        find=find,
        do=do,
        idempotency=Idempotency.NATIVE_KEY,
    )
    return Done({"change": made["id"], "standard": release.product.standard_change})


def _text(release: Release) -> str:
    def said(task: str, name: str) -> object:
        record = release.view.record(task)
        return record.evidence.get(name, "not known yet") if record else "not known yet"

    day_0 = release.view.day_0
    return "\n".join(
        (
            f"Plan: {release.plan.digest}",
            f"Reason: {release.inputs.reason}. {release.inputs.note}",
            f"Risk: {said('planning.risk', 'score')}",
            f"Window: {day_0.isoformat() if day_0 else 'next fitting window'}",
            f"Back-out: {said('planning.rollback', 'rollback')}",
        )
    )

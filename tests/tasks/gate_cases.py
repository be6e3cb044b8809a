"""Seats and gates of phase 2: nobody signs, somebody rejects, somebody signs."""

from __future__ import annotations

from tests.tasks.cases import Case, Do, both
from tests.tasks.world import World

ACCEPTANCE = ("validation.acceptance.approval", "validation.acceptance.gate")
READINESS = ("validation.readiness.approval", "validation.readiness.gate")


def nobody(*tasks: str) -> Do:
    """Whoever should sign does not."""

    def away(world: World) -> None:
        world.silent.update(tasks)

    return away


def back(world: World) -> None:
    world.silent.clear()


CASES = (
    Case(
        task="validation.acceptance.approval.stakeholder",
        name="nobody signs",
        red="seat",
        also=ACCEPTANCE,
        broken=nobody("validation.acceptance.approval.stakeholder"),
        mended=back,
        reason="Acceptance: Stakeholder",
        left=lambda e, w: e["by"] == "sam",
    ),
    Case(
        task="validation.acceptance.gate",
        name="somebody rejects",
        red="rejects",
        also=ACCEPTANCE,
        broken=lambda w: w.reply(
            "validation.acceptance.approval.stakeholder",
            "Reject",
            "sam",
            reason="ugly",
            condition="make it nice",
        ),
        mended=both(
            lambda w: w.reply("validation.acceptance.approval.stakeholder", "Approve", "sam"),
            lambda w: w.reply(
                "validation.acceptance.gate", "address and ask again", "mia", reason="done"
            ),
        ),
        reason="ugly",
        left=lambda e, w: {s["by"] for s in e["signed"]} == {"mia", "sam"},
    ),
    Case(
        task="validation.readiness.approval.devops",
        name="nobody signs",
        red="seat",
        also=READINESS,
        broken=nobody("validation.readiness.approval.devops"),
        mended=back,
        reason="Go/no-go: DevOps",
        left=lambda e, w: e["by"] == "ops",
    ),
    Case(
        task="validation.readiness.gate",
        name="nobody signs",
        red="seat",
        also=READINESS,
        broken=nobody("validation.readiness.approval"),
        mended=back,
        reason="Go/no-go",
        left=lambda e, w: {s["role"] for s in e["signed"]} == {"developer", "devops"},
    ),
    Case(
        task="validation.quality.approval.qa_engineer",
        name="nobody signs",
        red="seat",
        kind="major",
        also=("validation.quality.approval", "validation.quality.gate"),
        broken=nobody("validation.quality.approval"),
        mended=back,
        reason="Quality sign-off",
        left=lambda e, w: e["by"] == "quinn",
    ),
)

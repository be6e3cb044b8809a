"""Gates on the runner: who counts when, what a signature is bound to, what shuts a gate again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.tasks.fakes import Outcome
from tests.tasks.shop import TEAMS_KEY
from tests.tasks.world import Reply, World
from windlass.errors import InputError
from windlass.ledger.views.release import Asked
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Wait
from windlass.tasks.teams import publish
from windlass.tasks.verbs import cancel

ACCEPTANCE = ("validation.acceptance.approval", "validation.acceptance.gate")
AROUND = ("validation.cut", "validation.candidate", "execution.open", "execution.production.step")
GATE = "validation.acceptance.gate"
STAKEHOLDER = "validation.acceptance.approval.stakeholder"
MANAGER = "validation.acceptance.approval.product_manager"
STEP = "execution.production.eu.step_10"
#: Acceptance is the only gate; a second product manager may take risks on her.
ONE_GATE: dict[str, Any] = {
    "approvals": {"acceptance": ["product_manager", "stakeholder"], "readiness": []},
    TEAMS_KEY: {
        "people": {"lea": {"airflow": "lea", "git": "lea@shop.example"}},
        "roles": {"product_manager": ["mia", "lea"]},
    },
}


def opened(world: World, **inputs: Any) -> Release:
    return world.open("minor", rows=(*AROUND, *ACCEPTANCE), **{"day_0": None, **inputs})


def question(release: Release, task: str) -> Asked:
    return next(a for a in release.view.open_questions() if a.question["task"] == task)


def say(world: World, release: Release, task: str, option: str, by: str, **fields: str) -> None:
    world.answer(release, question(release, task), Reply(task, option, by, fields))


async def until_asked(world: World, release: Release, target: str, task: str) -> None:
    """Perform ``target`` with silent people until ``task`` asks."""
    world.silent.update(("validation.acceptance",))
    for _ in range(40):
        result = await perform(release, target)
        if any(a.question["task"] == task for a in release.view.open_questions()):
            return
        assert isinstance(result, Wait | Ask), result
        world.clock.pass_(1.0)
    raise AssertionError(f"{task} does not ask: {result}")


async def rejected_and_accepted(world: World) -> Release:
    """Sam rejects, Lea owns the risk, Mia signs: the gate is open."""
    release = opened(world)
    await until_asked(world, release, MANAGER, MANAGER)
    say(world, release, MANAGER, "Approve", "mia")
    await until_asked(world, release, STAKEHOLDER, STAKEHOLDER)
    say(world, release, STAKEHOLDER, "Reject", "sam", reason="ugly", condition="prettier")
    await until_asked(world, release, GATE, GATE)
    say(world, release, GATE, "accept the risk", "lea", reason="we ship it")
    return release


async def new_package(world: World, release: Release) -> None:
    built = Outcome(reports={"dist/shop.tar": b"another package"})
    world.pipelines.outcomes["make package"] = built
    release.record("task.cleared", tasks=["validation.candidate"], reason="built again", by="dev")
    assert isinstance(await world.do(release, "validation.candidate"), Done)


async def test_a_risk_that_was_accepted_opens_the_gate_in_the_name_of_its_owner(make: Any) -> None:
    world = make(ONE_GATE)
    release = await rejected_and_accepted(world)
    result = await world.do(release, GATE)
    assert isinstance(result, Done)
    assert {(s["by"], s["role"]) for s in result.evidence["signed"]} == {
        ("lea", "stakeholder"),
        ("mia", "product_manager"),
    }


async def test_a_risk_accepted_for_one_package_says_nothing_of_the_next(make: Any) -> None:
    """The acceptance is bound to what its question showed, not to what there is when it is read."""
    world = make(ONE_GATE)
    release = await rejected_and_accepted(world)
    assert isinstance(await world.do(release, GATE), Done)
    await new_package(world, release)
    await until_asked(world, release, STEP, STAKEHOLDER)
    asked = {str(a.question["task"]) for a in release.view.open_questions()}
    assert asked == {STAKEHOLDER, MANAGER}
    assert world.exposed("1.4.0") == 0


async def test_a_captain_who_is_no_product_manager_cannot_accept_a_risk(make: Any) -> None:
    world = make(ONE_GATE)
    release = opened(world, captain="dev")
    await until_asked(world, release, STAKEHOLDER, STAKEHOLDER)
    say(world, release, STAKEHOLDER, "Reject", "sam", reason="ugly", condition="prettier")
    await until_asked(world, release, GATE, MANAGER)
    say(world, release, MANAGER, "Approve", "mia")
    await until_asked(world, release, GATE, GATE)
    with pytest.raises(InputError, match="product_manager: mia, lea"):
        say(world, release, GATE, "accept the risk", "dev", reason="because")


async def test_a_risk_accepted_by_somebody_who_does_not_count_is_asked_again(make: Any) -> None:
    world = make(ONE_GATE)
    release = opened(world, by="lea")
    await until_asked(world, release, STAKEHOLDER, STAKEHOLDER)
    say(world, release, STAKEHOLDER, "Reject", "sam", reason="ugly", condition="prettier")
    await until_asked(world, release, GATE, MANAGER)
    say(world, release, MANAGER, "Approve", "mia")
    await until_asked(world, release, GATE, GATE)
    say(world, release, GATE, "accept the risk", "lea", reason="I started it")
    await until_asked(world, release, GATE, GATE)
    assert "did not resolve it" in question(release, GATE).question["facts"]["note"]


async def test_where_policy_forbids_it_accepting_the_risk_is_not_among_the_answers(
    make: Any,
) -> None:
    world = make({**ONE_GATE, "approvals": {**ONE_GATE["approvals"], "accept_risk": False}})
    release = opened(world)
    await until_asked(world, release, MANAGER, MANAGER)
    say(world, release, MANAGER, "Approve", "mia")
    await until_asked(world, release, STAKEHOLDER, STAKEHOLDER)
    say(world, release, STAKEHOLDER, "Reject", "sam", reason="ugly", condition="prettier")
    await until_asked(world, release, GATE, GATE)
    options = question(release, GATE).question["options"]
    assert tuple(options) == ("address and ask again", "postpone", "cancel")


async def test_who_rejected_is_asked_again_once_it_is_addressed(make: Any) -> None:
    world = make(ONE_GATE)
    release = opened(world)
    await until_asked(world, release, MANAGER, MANAGER)
    say(world, release, MANAGER, "Approve", "mia")
    await until_asked(world, release, STAKEHOLDER, STAKEHOLDER)
    say(world, release, STAKEHOLDER, "Reject", "sam", reason="ugly", condition="prettier")
    await until_asked(world, release, GATE, GATE)
    say(world, release, GATE, "address and ask again", "mia", reason="prettier now")
    cleared = await perform(release, GATE)
    assert isinstance(cleared, Wait)
    assert cleared.every > 0, "the seat's own task has ended: nothing else would move the release"
    world.clock.pass_(1.0)
    await until_asked(world, release, GATE, STAKEHOLDER)
    asked = [str(a.question["task"]) for a in release.view.open_questions()]
    assert asked == [STAKEHOLDER]
    say(world, release, STAKEHOLDER, "Approve", "sam")
    assert isinstance(await world.do(release, GATE), Done)


@pytest.mark.parametrize("option, outcome", [("postpone", "postponed"), ("cancel", "cancelled")])
async def test_a_rejection_may_end_the_release(make: Any, option: str, outcome: str) -> None:
    world = make(ONE_GATE)
    world.reply(STAKEHOLDER, "Reject", "sam", reason="ugly", condition="prettier")
    world.reply(GATE, option, "mia", kind="rejected", reason="not like this")
    release = opened(world)
    await world.run(release)
    assert release.view.outcome == outcome
    assert world.exposed("1.4.0") == 0


# -- who counts, and when ---------------------------------------------------------------------


async def signed(world: World, release: Release) -> None:
    await until_asked(world, release, MANAGER, MANAGER)
    say(world, release, MANAGER, "Approve", "mia")
    await until_asked(world, release, STAKEHOLDER, STAKEHOLDER)
    say(world, release, STAKEHOLDER, "Approve", "sam")
    assert isinstance(await world.do(release, GATE), Done)


def without_sam(world: World) -> None:
    """Sam leaves the stakeholders, Sue becomes one; the file was edited and published."""
    roles = {**world.product.roles, "stakeholder": ("sue",)}
    world.clock.pass_(60)
    edited = world.product.model_copy(update={"roles": roles})
    publish(world.ledger, edited, at=world.clock.now(), by="mia")
    world.clock.pass_(60)


async def test_a_role_removed_between_signing_and_production_shuts_the_gate(make: Any) -> None:
    """An approver loses the role between the vote and its enactment (Azure DevOps #13745)."""
    world = make(ONE_GATE)
    release = opened(world)
    await signed(world, release)
    without_sam(world)
    again = world.take_up(release.id)
    await until_asked(world, again, STEP, STAKEHOLDER)
    assert world.exposed("1.4.0") == 0
    with pytest.raises(InputError, match="stakeholder: sue"):
        say(world, again, STAKEHOLDER, "Approve", "sam")
    say(world, again, STAKEHOLDER, "Approve", "sue")
    assert isinstance(await world.do(again, STEP), Done)
    assert world.exposed("1.4.0") == 10


async def test_policy_may_let_a_signature_stand_that_was_given_while_the_role_was_held(
    make: Any,
) -> None:
    world = make({**ONE_GATE, "approvals": {**ONE_GATE["approvals"], "still_holding": False}})
    release = opened(world)
    await signed(world, release)
    without_sam(world)
    assert isinstance(await world.do(world.take_up(release.id), STEP), Done)


async def test_a_stand_in_signs_for_somebody_away_on_those_days_only(make: Any) -> None:
    away = {"from": "2026-03-01", "until": "2026-03-03", "stand_in": "sue"}
    teams = {**ONE_GATE[TEAMS_KEY], "people": {"sam": {"airflow": "sam", "away": [away]}}}
    world = make({**ONE_GATE, TEAMS_KEY: {**teams, "roles": {}}})
    release = opened(world)
    await until_asked(world, release, STAKEHOLDER, STAKEHOLDER)
    say(world, release, STAKEHOLDER, "Approve", "sue")
    assert isinstance(await perform(release, STAKEHOLDER), Done)
    cancel(release, by="mia", reason="next week")
    await world.run(release)
    world.clock.pass_(3 * 86400)
    late = opened(world, run="run-2")
    await until_asked(world, late, STAKEHOLDER, STAKEHOLDER)
    with pytest.raises(InputError, match="stakeholder: sam"):
        say(world, late, STAKEHOLDER, "Approve", "sue")


async def test_who_started_the_release_is_refused_when_they_answer(make: Any) -> None:
    world = make(ONE_GATE)
    release = opened(world, by="sam")
    await until_asked(world, release, STAKEHOLDER, STAKEHOLDER)
    with pytest.raises(InputError, match="started this release"):
        say(world, release, STAKEHOLDER, "Approve", "sam")
    assert not release.view.signatures


async def test_one_person_fills_one_seat_of_a_gate(make: Any) -> None:
    both = {"roles": {"stakeholder": ["sam", "mia"]}}
    world = make({**ONE_GATE, TEAMS_KEY: both})
    release = opened(world)
    await until_asked(world, release, MANAGER, MANAGER)
    say(world, release, MANAGER, "Approve", "mia")
    await until_asked(world, release, STAKEHOLDER, STAKEHOLDER)
    with pytest.raises(InputError, match="one person fills one seat"):
        say(world, release, STAKEHOLDER, "Approve", "mia")


async def test_an_answer_to_a_page_that_changed_since_is_refused(make: Any) -> None:
    world = make(ONE_GATE)
    release = opened(world)
    await until_asked(world, release, STAKEHOLDER, STAKEHOLDER)
    stale = question(release, STAKEHOLDER)
    await new_package(world, release)
    with pytest.raises(InputError, match="the package changed"):
        world.answer(release, stale, Reply(STAKEHOLDER, "Approve", "sam"))


async def test_a_signature_does_not_outlast_its_time(make: Any) -> None:
    world = make({**ONE_GATE, "approvals": {**ONE_GATE["approvals"], "expire": "2 h"}})
    release = opened(world)
    await signed(world, release)
    world.clock.pass_(3 * 3600)
    await until_asked(world, release, STEP, MANAGER)
    assert world.exposed("1.4.0") == 0


class Interrupted:
    """A ledger to which somebody else writes before its events are read for the n-th time."""

    def __init__(self, ledger: Any, reads: int, act: Callable[[], None]) -> None:
        self._ledger, self._left, self._act = ledger, reads, act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def events(self, *args: Any, **words: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            self._act()
        return self._ledger.events(*args, **words)


@pytest.mark.parametrize("reads", range(1, 13))
async def test_a_signature_in_the_middle_of_a_look_is_not_asked_for_once_more(
    make: Any, reads: int
) -> None:
    world = make(ONE_GATE)
    release = opened(world)
    await until_asked(world, release, MANAGER, MANAGER)
    looking = world.take_up(release.id)
    signs = lambda: say(world, release, MANAGER, "Approve", "mia")  # noqa: E731
    looking.ledger = Interrupted(world.ledger, reads, signs)
    await perform(looking, MANAGER)
    asked = [q for q in release.view.questions.values() if q.question["task"] == MANAGER]
    assert len(asked) == 1
    assert isinstance(await perform(looking, MANAGER), Done)

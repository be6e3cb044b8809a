"""What people do to a release in a real Airflow: answer, mark, refuse, waive."""

from __future__ import annotations

import asyncio

import pytest

from tests.airflow.scenario import beside_the_others
from tests.airflow.stage import ENDED_WELL, SIGNERS, Show, Stage
from windlass.airflow_api import AirflowApi
from windlass.ports.connection import ConnectionInfo

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

SEAT = "validation.readiness.approval.devops"
ANOTHER_SEAT = "validation.readiness.approval.developer"
ACCEPT = "validation.acceptance.approval.product_manager"
CUT = "validation.cut"
ONLY_SEAT = "validation.readiness.approval.product_manager"
STAKEHOLDER = "validation.acceptance.approval.stakeholder"
GATE = "validation.acceptance.gate"
SUITE = "validation.quality.regression"
NEW = "1.1.0"


@beside_the_others("good")
def test_a_release_opens_for_the_right_people_only_and_is_closed(
    stage: Stage,
) -> None:
    show = stage.run("good")
    for seat in (ANOTHER_SEAT, SEAT):
        show.until_asked(seat, people=False)
    a_mark_by_the_wrong_person_opens_nothing(show)
    who_started_it_and_who_has_signed_already_are_refused(show)
    a_mark_by_who_holds_the_seat_signs_it(show)
    release = show.until_over()
    assert release.view.outcome in ENDED_WELL
    assert show.run_state == "success"
    assert show.small.serves("production/eu") == {NEW: 100.0}
    assert show.small.serves("production/us") == {NEW: 100.0}
    assert [line for line in show.small.effects if line.startswith("expose production")] == [
        f"expose production/eu {NEW} 50",
        f"expose production/eu {NEW} 100",
        f"expose production/us {NEW} 100",
    ]
    assert show.small.git("rev-parse", f"v{NEW}^{{commit}}") == show.small.git("rev-parse", "main")
    assert stage.ledger.verify(show.name).ok


def a_mark_by_the_wrong_person_opens_nothing(show: Show) -> None:
    assert show.mark("sam", ANOTHER_SEAT) == 200
    release = show.until_refused("sam")
    assert not release.view.signatures
    assert all(target == "staging" for target in release.view.touched)
    assert show.asks(release, ANOTHER_SEAT)
    show.until_shown(ANOTHER_SEAT)


def who_started_it_and_who_has_signed_already_are_refused(show: Show) -> None:
    assert show.answer("dev", ANOTHER_SEAT, "Approve") == 403, "dev has started it"
    assert show.answer("ines", ANOTHER_SEAT, "Approve") == 200
    assert show.answer("ines", SEAT, "Approve") == 403, "one person, one signature at a gate"


def a_mark_by_who_holds_the_seat_signs_it(show: Show) -> None:
    assert show.mark("ops", SEAT, note="seen") == 200
    release = show.until(lambda r: len(r.view.signatures) == 2, people=False)
    signed = release.view.signatures[-1]
    assert (signed["by"], signed["via"]) == ("ops", "mark")
    assert (signed["role"], signed["reason"]) == ("devops", "seen")


@beside_the_others("handy")
def test_a_patch_by_hand_goes_out_and_is_rolled_back_by_hand(stage: Stage) -> None:
    show = stage.run("handy")
    assert show.until_over().view.outcome in ENDED_WELL
    assert show.small.serves("production/us") == {"1.0.1": 100.0}
    rolling_back_by_hand_asks_nobody(stage)


def rolling_back_by_hand_asks_nobody(stage: Stage) -> None:
    show = stage.run("handy", "back", "rollback")
    show.trigger(by="ops", reason="rollback", note="customers complain")
    release = show.until_over(people=False)
    assert show.small.serves("production/eu") == {"1.0.0": 100.0}
    assert show.small.serves("production/us") == {"1.0.0": 100.0}
    assert release.view.outcome in ("rolled back", "released")


@beside_the_others("rejected")
def test_only_who_may_answer_can_and_a_rejected_release_is_cancelled(stage: Stage) -> None:
    show = stage.run("rejected")
    show.until_asked(ACCEPT, people=False)
    assert show.answer("viewer", ACCEPT, "Approve") == 403
    assert show.mark("viewer", ACCEPT) == 403
    assert show.answer("sam", ACCEPT, "Approve") == 403
    assert show.answer("mia", ACCEPT, "Reject") == 403, "a rejection needs a reason"
    assert show.answer("mia", ACCEPT, "Reject", reason="no notes", condition="notes") == 200
    asked = show.until_asked(GATE)
    assert asked.question["options"][0] == "address and ask again"
    assert show.answer("mia", GATE, "address and ask again", reason="notes are written") == 200
    who_rejected_is_asked_again_on_her_own_task(show)
    assert show.answer("mia", GATE, "cancel", reason="next week") == 200
    release = show.until_over()
    assert release.view.outcome == "cancelled"
    assert show.run_state == "success"
    assert show.small.serves("production/eu") == {"1.0.0": 100.0}
    a_rollback_that_somebody_pauses_is_known(stage)


def a_rollback_that_somebody_pauses_is_known(stage: Stage) -> None:
    airflow, user = stage.airflow, "windlass"
    login = ConnectionInfo(host=airflow.url, login=user, password=airflow.passwords[user])
    for dag in ("rejected.rollback", "rejected.patch"):
        stage.client.call("ops", "PATCH", f"/api/v2/dags/{dag}", {"is_paused": True})
    assert asyncio.run(AirflowApi(login).paused_ways_back()) == ("rejected.rollback",)


def who_rejected_is_asked_again_on_her_own_task(show: Show) -> None:
    """It had ended: the gate has brought it back, and it is a required action as before."""
    show.until_shown(ACCEPT)
    words = {"reason": "no", "condition": "better notes"}
    assert show.answer("mia", ACCEPT, "Reject", **words) == 200
    show.until_asked(GATE)
    show.until_shown(GATE)


@beside_the_others("red")
def test_a_red_suite_parks_in_its_own_task_runs_again_and_is_waived(stage: Stage) -> None:
    show = stage.run("red")
    show.until_asked(SUITE)
    assert show.answer("quinn", SUITE, "run again") == 200
    show.until(lambda r: r.view.red.get(SUITE) == 2)
    show.until_asked(SUITE)
    show.until_shown(SUITE)
    assert show.answer("quinn", SUITE, "waive", reason="known", until="2099-01-01") == 403
    assert show.answer("quinn", SUITE, "waive", reason="known", until=show.in_days(14)) == 200
    show.until_asked(SEAT)
    view = show.release.view
    assert [waiver["by"] for waiver in view.waivers] == ["quinn"]
    weighed = view.records["validation.quality.gate"].evidence["results"]
    assert weighed[SUITE] == f"{SUITE} waived by quinn: known"
    failing_the_run_while_people_think_ends_it(stage, show)


def failing_the_run_while_people_think_ends_it(stage: Stage, show: Show) -> None:
    stage.client.mark_run("ops", show.dag, show.run_id, "failed")
    release = show.until_over(people=False)
    assert release.view.outcome not in ENDED_WELL
    assert show.run_state == "failed"
    assert show.state("execution.settle") == "success"
    assert not [target for target in release.view.touched if target != "staging"]


@beside_the_others("revised")
def test_signatures_outlast_a_cleared_suite_and_not_a_role_that_was_lost(stage: Stage) -> None:
    show = stage.run("revised")
    for seat, person in SIGNERS.items():
        show.until_asked(seat, people=False)
        if seat != SEAT:
            assert show.answer(person, seat, "Approve") == 200
    clearing_the_suite_and_all_after_it_asks_nobody_and_changes_nothing(show)
    show.small.reassign(stage.folder / "include", "stakeholder: [sam]", "stakeholder: [quinn]")
    assert show.answer("ops", SEAT, "Approve") == 200
    show.until(lambda r: show.asks(r, STAKEHOLDER), people=False)
    assert all(target == "staging" for target in show.release.view.touched)
    show.until_shown(STAKEHOLDER)
    assert show.answer("sam", STAKEHOLDER, "Approve") == 403
    assert show.answer("quinn", STAKEHOLDER, "Approve") == 200
    assert show.until_over().view.outcome in ENDED_WELL
    assert show.small.serves("production/us") == {NEW: 100.0}


def clearing_the_suite_and_all_after_it_asks_nobody_and_changes_nothing(show: Show) -> None:
    """The suite itself runs again: it is what was cleared."""
    show.until(lambda r: len(r.view.signatures) == 3, people=False)
    seq, package, effects = show.release.view.seq, show.release.view.package, show.small.effects
    assert {SUITE, SEAT, GATE} <= set(show.clear_from("quinn", SUITE))
    show.until(lambda r: r.view.record(SUITE), people=False)
    show.until(lambda _: show.state(SEAT) == "deferred", people=False)
    show.until(lambda _: show.state(ACCEPT) == show.state(STAKEHOLDER) == "success", people=False)
    assert not show.events("question.asked", after=seq)
    made = {str(event.data["key"]) for event in show.events("effect.intended", after=seq)}
    assert all(key.startswith(f"{SUITE}/") for key in made), made
    assert (show.release.view.package, show.small.effects) == (package, effects)
    assert len(show.release.view.signatures) == 3


@pytest.mark.deep
@beside_the_others("silent")
def test_seats_that_nobody_answers_in_time_open_nothing(stage: Stage) -> None:
    show = stage.run("silent")
    asked = show.until_asked(GATE, people=False)
    assert asked.question["kind"] == "unanswered"
    assert show.state(ACCEPT) == "success", "its work is done, and it is no signature"
    assert not show.release.view.signatures
    assert show.answer("mia", GATE, "address and ask again", reason="again") == 403
    assert show.answer("mia", GATE, "cancel", reason="nobody has time") == 200
    assert show.until_over().view.outcome == "cancelled"
    assert not [line for line in show.small.effects if "production" in line]


@pytest.mark.deep
@beside_the_others("pair")
def test_a_patch_of_a_team_of_two_is_signed_by_who_has_not_started_it(stage: Stage) -> None:
    show = stage.run("pair")
    show.until_asked(CUT, people=False)
    show.until_shown(CUT)
    assert show.answer("dev", CUT, "drop the items", ref="hotfix") == 200, "a patch has no features"
    show.until_asked(ONLY_SEAT)
    assert show.answer("dev", ONLY_SEAT, "Approve") == 403, "dev has started it"
    assert show.answer("ops", ONLY_SEAT, "Approve") == 200
    assert show.until_over().view.outcome in ENDED_WELL
    assert [s["by"] for s in show.release.view.signatures] == ["ops"]
    assert show.small.serves("production/us") == {"1.0.1": 100.0}

"""What people do to a release in a real Airflow: answer, mark, refuse, waive."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.airflow.scenario import beside_the_others
from tests.airflow.stage import ENDED_WELL, Show, Stage
from windlass.tasks.answering import answer

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

SEAT = "validation.readiness.approval.devops"
ANOTHER_SEAT = "validation.readiness.approval.developer"
ACCEPT = "validation.acceptance.approval.product_manager"
GATE = "validation.acceptance.gate"
SUITE = "validation.quality.regression"
NEW = "1.1.0"


@beside_the_others("good")
def test_a_release_opens_for_the_right_people_only_is_closed_and_rolled_back_by_hand(
    stage: Stage,
) -> None:
    show = stage.run("good")
    show.until_asked(SEAT, people=False)
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
    a_patch_by_hand_goes_out(stage)
    rolling_back_by_hand_asks_nobody(stage)


def a_mark_by_the_wrong_person_opens_nothing(show: Show) -> None:
    assert show.mark("sam", ANOTHER_SEAT) == 200
    release = show.until_refused("sam")
    assert not release.view.signatures
    assert all(target == "staging" for target in release.view.touched)
    assert show.asks(release, ANOTHER_SEAT)


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


def a_patch_by_hand_goes_out(stage: Stage) -> None:
    stage.products["good"].mend()
    show = stage.run("good", "p1", "patch").trigger(reason="fix", note="a small thing")
    assert show.until_over().view.outcome in ENDED_WELL
    assert show.small.serves("production/us") == {"1.1.1": 100.0}


def rolling_back_by_hand_asks_nobody(stage: Stage) -> None:
    show = stage.run("good", "back", "rollback")
    show.trigger(by="ops", reason="rollback", note="customers complain")
    release = show.until_over(people=False)
    assert show.small.serves("production/eu") == {NEW: 100.0}
    assert show.small.serves("production/us") == {NEW: 100.0}
    assert release.view.outcome in ("rolled back", "released")


@beside_the_others("rejected")
def test_only_who_may_answer_can_and_a_rejected_release_is_cancelled(stage: Stage) -> None:
    show = stage.run("rejected")
    show.until_asked(ACCEPT, people=False)
    assert show.answer("viewer", ACCEPT, "Approve") == 403
    assert show.answer("sam", ACCEPT, "Approve") == 403
    assert show.answer("mia", ACCEPT, "Reject") == 403, "a rejection needs a reason"
    assert show.answer("mia", ACCEPT, "Reject", reason="no notes", condition="notes") == 200
    asked = show.until_asked(GATE)
    assert asked.question["options"][0] == "address and ask again"
    assert show.answer("mia", GATE, "address and ask again", reason="notes are written") == 200
    who_rejected_is_asked_again_where_the_release_waits(show)
    assert show.answer("mia", GATE, "cancel", reason="next week") == 200
    release = show.until_over()
    assert release.view.outcome == "cancelled"
    assert show.run_state == "success"
    assert show.small.serves("production/eu") == {"1.0.0": 100.0}


def who_rejected_is_asked_again_where_the_release_waits(show: Show) -> None:
    """Her seat's own task has ended: the gate asks for it, and she answers on the release's page.

    Airflow keeps a task's first options for ever, so that its own page cannot offer hers there.
    """
    release = show.until(lambda r: show.asks(r, ACCEPT), people=False)
    asked = next(a for a in release.view.open_questions() if a.question["task"] == ACCEPT)
    words = {"reason": "no", "condition": "better notes"}
    question, now = str(asked.question["id"]), datetime.now(UTC)
    answer(release, question, "Reject", by="mia", at=now, fields=words)
    show.until_asked(GATE)


@beside_the_others("red")
def test_a_red_suite_parks_in_its_own_task_runs_again_and_is_waived(stage: Stage) -> None:
    show = stage.run("red")
    show.until_asked(SUITE)
    assert show.answer("quinn", SUITE, "run again") == 200
    show.until(lambda r: r.view.red.get(SUITE) == 2)
    show.until_asked(SUITE)
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

"""Releases on real Airflow: what people do there, and what it does by itself."""

from __future__ import annotations

import pytest

from tests.airflow.stage import Stage
from windlass.tasks.release import Release

# A scenario waits for people who think, components that restart, and Airflow's own timers.
pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

SEAT = "validation.readiness.approval.devops"
ACCEPT = "validation.acceptance.approval.product_manager"
STEP = "execution.production.eu.step_50"
NEW = "1.1.0"


def test_a_release_goes_from_planning_to_close_and_its_ledger_verifies(stage: Stage) -> None:
    show = stage.begin("good")
    release = show.until_over()
    assert release.view.outcome in ("released", "released with exceptions")
    assert show.run_state == "success"
    assert show.small.serves("production/eu") == {NEW: 100.0}
    assert show.small.serves("production/us") == {NEW: 100.0}
    exposed = [line for line in show.small.effects if line.startswith("expose production")]
    assert exposed == [
        f"expose production/eu {NEW} 50",
        f"expose production/eu {NEW} 100",
        f"expose production/us {NEW} 100",
    ]
    assert show.small.git("rev-parse", f"v{NEW}^{{commit}}") == show.small.git("rev-parse", "main")
    assert stage.ledger.verify(show.name).ok


def test_marking_a_seat_success_signs_in_the_name_of_whoever_marked_it(stage: Stage) -> None:
    show = stage.begin("marked")
    show.until_asked(SEAT, people=False)
    assert show.mark("ops", SEAT, note="seen") == 200
    release = show.until(
        lambda r: any(s["by"] == "ops" for s in r.view.signatures), people=False, seconds=20
    )
    signed = next(s for s in release.view.signatures if s["by"] == "ops")
    assert (signed["via"], signed["role"], signed["reason"]) == ("mark", "devops", "seen")
    assert show.until_over().view.outcome in ("released", "released with exceptions")


def test_a_mark_by_the_wrong_person_opens_nothing_and_the_right_one_is_asked(stage: Stage) -> None:
    show = stage.begin("wrongmark")
    show.until_asked(SEAT, people=False)
    assert show.mark("sam", SEAT) == 200
    release = show.until(
        lambda r: r.view.record("validation.readiness.gate") or _asked_again(r),
        people=True,
        seconds=60,
    )
    assert not any(s["by"] == "sam" for s in release.view.signatures if s["role"] == "devops")
    assert release.view.touched == [] or all(t == "staging" for t in release.view.touched)
    assert show.until_over().view.outcome in ("released", "released with exceptions")


def _asked_again(release: Release) -> bool:
    return any(a.question["task"] == SEAT for a in release.view.open_questions())


@pytest.mark.crash
def test_only_who_may_answer_can_and_the_answer_says_who_may(stage: Stage) -> None:
    show = stage.begin("rejected")
    show.until_asked(ACCEPT, people=False)
    assert show.answer("viewer", ACCEPT, "Approve") == 403
    assert show.answer("sam", ACCEPT, "Approve") == 403
    assert show.answer("mia", ACCEPT, "Reject") == 403, "a rejection needs a reason"
    assert show.answer("mia", ACCEPT, "Reject", reason="no notes", condition="notes") == 200
    asked = show.until_asked("validation.acceptance.gate")
    assert asked.question["options"][0] == "address and ask again"
    assert show.answer("mia", "validation.acceptance.gate", "cancel", reason="next week") == 200
    release = show.until_over()
    assert release.view.outcome == "cancelled"
    assert show.run_state == "success"
    assert show.small.serves("production/eu") == {"1.0.0": 100.0}


@pytest.mark.crash
def test_a_red_suite_parks_in_its_own_task_runs_again_and_is_waived(stage: Stage) -> None:
    task = "validation.quality.regression"
    show = stage.begin("redsuite")
    show.until_asked(task)
    assert show.answer("quinn", task, "run again") == 200
    show.until(lambda r: r.view.red.get(task) == 2)
    show.until_asked(task)
    assert show.answer("quinn", task, "waive", reason="known", until="2099-01-01") == 200
    release = show.until_over()
    assert release.view.outcome in ("released", "released with exceptions")
    assert release.view.waivers[0]["by"] == "quinn"


@pytest.mark.crash
def test_marking_the_run_failed_while_exposed_puts_every_region_back(stage: Stage) -> None:
    show = stage.begin("failedrun")
    show.until(lambda r: r.view.exposed.get("production/eu") == 50.0)
    stage.client.mark_run("ops", show.dag, show.run_id, "failed")
    release = show.until_over()
    assert release.view.outcome == "rolled back"
    assert show.run_state == "failed"
    assert show.small.serves("production/eu") == {"1.0.0": 100.0}
    assert not [c for c in stage.ledger.claims.all() if c.stream == show.name]


@pytest.mark.crash
def test_pausing_while_exposed_is_refused_and_the_watchdog_settles_what_is_forced(
    stage: Stage,
) -> None:
    show = stage.begin("paused")
    (show.small.root / "state" / "slow").write_text("6")
    show.until(lambda r: "production/eu" in r.view.touched)
    path = f"/api/v2/dags/{show.dag}"
    with pytest.raises(Exception, match="hold or abort"):
        stage.client.call("ops", "PATCH", path, {"is_paused": True})
    stage.client.call("ops", "PATCH", f"{path}?force=true", {"is_paused": True})
    (show.small.root / "state" / "slow").unlink()
    release = show.until(lambda r: r.view.outcome, seconds=180)
    assert release.view.outcome == "rolled back"
    assert show.small.serves("production/eu") == {"1.0.0": 100.0}


@pytest.mark.crash
def test_rolling_back_by_hand_needs_no_gate_and_blocks_the_version(stage: Stage) -> None:
    stage.begin("byhand").until_over()
    show = stage.run("byhand", "back", "rollback").trigger(by="ops", note="customers complain")
    release = show.until_over()
    assert show.small.serves("production/eu") == {"1.0.0": 100.0}
    assert show.small.serves("production/us") == {"1.0.0": 100.0}
    assert release.view.outcome in ("rolled back", "released")


@pytest.mark.crash
def test_a_worker_killed_in_the_middle_of_a_step_doubles_and_drops_nothing(stage: Stage) -> None:
    show = stage.begin("killedworker")
    slow = show.small.root / "state" / "slow"
    show.until_asked(SEAT, people=False)
    slow.write_text("5")
    show.until(lambda r: "production/eu" in r.view.touched)
    stage.kill("scheduler")
    slow.unlink()
    release = show.until_over(seconds=300)
    assert release.view.outcome in ("released", "released with exceptions")
    steps = [line for line in show.small.effects if line.startswith("expose production")]
    assert len(steps) == len(set(steps)) == 3


@pytest.mark.crash
def test_triggerer_and_api_server_killed_while_people_think_lose_nothing(stage: Stage) -> None:
    show = stage.begin("killedrest")
    show.until_asked(SEAT, people=False)
    stage.kill("triggerer")
    stage.kill("api-server")
    stage.airflow.wait_until_healthy()
    assert show.until_over(seconds=300).view.outcome in ("released", "released with exceptions")

"""What goes wrong around a release in a real Airflow: marks, pauses, broken files, kills."""

from __future__ import annotations

import pytest

from demo.airflow_client import Refused
from tests.airflow.locking import Row
from tests.airflow.scenario import beside_the_others, on_an_airflow_of_its_own
from tests.airflow.stage import ENDED_WELL, KINDS, SIGNERS, Show, Stage, production, slow
from windlass.tasks.verbs import hold

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

PRODUCT_MANAGER, STAKEHOLDER, DEVELOPER, SEAT = SIGNERS
FIRST_STEP = "execution.production.eu.step_50"
SECOND_STEP = "execution.production.eu.step_100"
OLD, NEW = "1.0.0", "1.1.0"
ALL_ELSE = [kind for kind in KINDS if kind != "api-server"]


@beside_the_others("failed")
def test_no_mark_moves_production_and_failing_the_run_puts_every_region_back(
    stage: Stage,
) -> None:
    show = stage.run("failed")
    show.until_asked(SEAT, people=False)
    for task in ("validation.readiness.gate", "execution.open", FIRST_STEP):
        show.mark("quinn", task)
    show.until(lambda _: show.state(SECOND_STEP) == "deferred", people=False)
    assert not production(show)
    slow(show, 4)
    for seat, person in SIGNERS.items():
        show.until_asked(seat, people=False, thinking=0)
        assert show.mark(person, seat, note="seen") == 200
    show.until(lambda r: len(r.view.signatures) == len(SIGNERS), people=False)
    assert {signature["via"] for signature in show.release.view.signatures} == {"mark"}
    show.until(lambda _: production(show))
    stage.client.mark_run("ops", show.dag, show.run_id, "failed")
    slow(show, 0)
    release = show.until_over()
    assert release.view.outcome == "rolled back"
    assert show.run_state == "failed"
    assert show.small.serves("production/eu") == {OLD: 100.0}
    assert not [c for c in stage.ledger.claims.all() if c.stream == show.name]


@beside_the_others("paused")
def test_a_release_that_is_paused_by_force_and_whose_file_breaks_is_settled_by_the_watchdog(
    stage: Stage,
) -> None:
    show = stage.run("paused")
    for seat in SIGNERS:
        show.until_asked(seat, people=False, thinking=0)
    slow(show, 6)
    assert show.all_answer_at_once(SIGNERS) == [200, 200, 200, 200]
    assert [show.signed(person) for person in SIGNERS.values()] == [1, 1, 1, 1]
    show.until(lambda _: production(show))
    path = f"/api/v2/dags/{show.dag}"
    with pytest.raises(Refused, match="hold or abort"):
        stage.client.call("ops", "PATCH", path, {"is_paused": True})
    (stage.folder / "include" / "products" / "paused.yaml").write_text("product: [broken")
    stage.client.call("ops", "PATCH", f"{path}?force=true", {"is_paused": True})
    slow(show, 0)
    release = show.until(lambda r: r.view.outcome)
    assert release.view.outcome == "rolled back"
    assert show.small.serves("production/eu") == {OLD: 100.0}


@beside_the_others("urgent")
def test_an_emergency_takes_over_from_a_minor_at_half_and_goes_out(stage: Stage) -> None:
    minor = stage.run("urgent")
    minor.until_asked(SEAT, people=False)
    slow(minor, 3)
    minor.until(lambda _: production(minor))
    hold(minor.release, by="ops", reason="the shop looks odd")
    slow(minor, 0)
    minor.until(lambda r: r.view.exposed.get("production/eu") == 50.0)
    urgent = stage.run("urgent", "now", "emergency")
    urgent.trigger(by="ops", reason="fix", ref="hotfix", incident="INC-7", note="no checkout")
    release = urgent.until_over()
    assert release.view.outcome in ENDED_WELL
    assert urgent.small.serves("production/eu") == {"1.0.1": 100.0}
    assert urgent.small.serves("production/us") == {"1.0.1": 100.0}
    assert minor.until_over().view.outcome == "rolled back"
    assert minor.run_state == "failed"
    assert stage.ledger.verify(minor.name).ok
    assert stage.ledger.verify(urgent.name).ok


@on_an_airflow_of_its_own("killed")
def test_a_killed_part_of_airflow_and_all_of_it_at_once_double_and_drop_nothing(
    stage: Stage,
) -> None:
    show = stage.run("killed")
    for seat in SIGNERS:
        show.until_asked(seat, people=False, thinking=0)
    an_api_server_killed_before_its_reply_leaves_one_signature(stage, show)
    an_answer_counts_while_everything_else_is_down(stage, show)
    slow(show, 5)
    show.until(lambda _: production(show))
    stage.kill_worker_of(show, FIRST_STEP)
    show.until(lambda r: r.view.exposed.get("production/eu") == 50.0)
    show.until(lambda _: len(production(show)) == 2)
    stage.kill_everything()
    stage.start_everything()
    slow(show, 0)
    release = show.until_over()
    assert release.view.outcome in ENDED_WELL
    assert len(production(show)) == len(set(production(show))) == 3
    assert show.small.serves("production/us") == {NEW: 100.0}
    assert stage.ledger.verify(show.name).ok


@pytest.mark.deep
@on_an_airflow_of_its_own("unheard")
def test_an_answer_that_neither_airflow_nor_the_ledger_has_leaves_nothing(stage: Stage) -> None:
    show = stage.run("unheard")
    an_api_server_killed_before_the_ledger_has_it_leaves_nothing(stage, show)
    an_api_server_killed_before_airflow_has_it_leaves_nothing(stage, show)
    assert show.until_over().view.outcome in ENDED_WELL


def signs_in_the_end(show: Show, person: str, seat: str) -> None:
    """Whoever was told that it failed tries again until it is taken; it counts once."""
    show.until(
        lambda _: show.signed(person) or show.answer(person, seat, "Approve") == 200, people=False
    )
    assert show.signed(person) == 1
    assert show.answer(person, seat, "Approve") != 200
    assert show.signed(person) == 1


def an_api_server_killed_before_the_ledger_has_it_leaves_nothing(stage: Stage, show: Show) -> None:
    show.until_asked(PRODUCT_MANAGER, people=False)
    with stage.locked(Row.LEDGER, show.name):
        told = show.answers_in_vain("mia", PRODUCT_MANAGER)
        stage.until_somebody_waits_for_a_lock()
        stage.kill("api-server")
    stage.start("api-server")
    assert told.result() != "done"
    assert show.signed("mia") == 0
    signs_in_the_end(show, "mia", PRODUCT_MANAGER)


def an_api_server_killed_before_airflow_has_it_leaves_nothing(stage: Stage, show: Show) -> None:
    show.until_asked(STAKEHOLDER, people=False)
    with stage.locked(Row.ACTION, show.attempt(STAKEHOLDER)):
        told = show.answers_in_vain("sam", STAKEHOLDER)
        stage.until_somebody_waits_for_a_lock()
        stage.kill("api-server")
    stage.start("api-server")
    assert told.result() != "done"
    assert show.signed("sam") == 0
    signs_in_the_end(show, "sam", STAKEHOLDER)


def an_api_server_killed_before_its_reply_leaves_one_signature(stage: Stage, show: Show) -> None:
    """Airflow has the answer, the ledger has not, and who gave it was told that it failed.

    The task that finds it writes it down; where the dead server cost the task its try, it is asked
    again.
    """
    show.until_asked(DEVELOPER, people=False)
    attempt = show.attempt(DEVELOPER)
    with stage.locked(Row.ACTION, attempt) as airflow:
        told = show.answers_in_vain("ines", DEVELOPER)
        stage.until_somebody_waits_for_a_lock()
        with stage.locked(Row.LEDGER, show.name):
            airflow.rollback()
            stage.until_airflow_has_an_answer(attempt)
            stage.kill("api-server")
    stage.start("api-server")
    assert told.result() != "done"
    signs_in_the_end(show, "ines", DEVELOPER)


def an_answer_counts_while_everything_else_is_down(stage: Stage, show: Show) -> None:
    show.until(lambda _: show.state(SEAT) == "deferred", people=False)
    stage.kill(*ALL_ELSE)
    assert show.answer("ops", SEAT, "Approve") == 200
    assert show.signed("ops") == 1
    stage.start(*ALL_ELSE)

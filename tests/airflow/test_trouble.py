"""What goes wrong around a release in a real Airflow: marks, pauses, broken files, kills."""

from __future__ import annotations

import pytest

from demo.airflow_client import Refused
from tests.airflow.stage import ENDED_WELL, Show, Stage
from windlass.tasks.verbs import hold

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

SEAT = "validation.readiness.approval.devops"
FIRST_STEP = "execution.production.eu.step_50"
SECOND_STEP = "execution.production.eu.step_100"
OLD, NEW = "1.0.0", "1.1.0"


def slow(show: Show, seconds: float) -> None:
    """Every change of a target takes that long from now on; 0 makes it quick again."""
    path = show.small.root / "state" / "slow"
    path.write_text(str(seconds)) if seconds else path.unlink()


def production(show: Show) -> list[str]:
    """Every change of production that was begun, as production saw it."""
    return [line for line in show.small.effects if line.startswith("expose production")]


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
    show.until(lambda _: production(show))
    stage.client.mark_run("ops", show.dag, show.run_id, "failed")
    slow(show, 0)
    release = show.until_over()
    assert release.view.outcome == "rolled back"
    assert show.run_state == "failed"
    assert show.small.serves("production/eu") == {OLD: 100.0}
    assert not [c for c in stage.ledger.claims.all() if c.stream == show.name]


def test_a_release_that_is_paused_by_force_and_whose_file_breaks_is_settled_by_the_watchdog(
    stage: Stage,
) -> None:
    show = stage.run("paused")
    show.until_asked(SEAT, people=False)
    slow(show, 6)
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


def test_killed_worker_scheduler_triggerer_and_api_server_double_and_drop_nothing(
    stage: Stage,
) -> None:
    show = stage.run("killed")
    show.until_asked(SEAT, people=False)
    stage.kill("triggerer")
    stage.kill("api-server")
    stage.airflow.wait_until_healthy()
    slow(show, 5)
    show.until(lambda _: production(show))
    stage.kill_worker_of(show, FIRST_STEP)
    show.until(lambda r: r.view.exposed.get("production/eu") == 50.0)
    show.until(lambda _: len(production(show)) == 2)
    stage.kill("scheduler")
    slow(show, 0)
    release = show.until_over()
    assert release.view.outcome in ENDED_WELL
    assert len(production(show)) == len(set(production(show))) == 3
    assert show.small.serves("production/us") == {NEW: 100.0}

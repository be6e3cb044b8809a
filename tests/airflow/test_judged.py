"""How a judged release ends in a real Airflow: the release's outcome, and the run's state."""

from __future__ import annotations

import pytest

from tests.airflow.scenario import beside_the_others
from tests.airflow.stage import Show, Stage

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

JUDGE = "execution.production.eu.judge_50"
LAST_JUDGE = "execution.production.eu.judge_100"
WATCH = "execution.watch"
SETTLE, END = "execution.settle", "release.end"
OLD, NEW = "1.0.0", "1.1.0"


def everything_is_back(stage: Stage, show: Show) -> None:
    """Every region serves the old version, nothing is held, and the run says that it failed."""
    assert show.release.view.outcome == "rolled back", show.release.view.ended
    assert show.run_state == "failed"
    assert (show.state(SETTLE), show.state(END)) == ("success", "failed")
    assert show.small.serves("production/eu") == {OLD: 100.0}
    assert show.small.serves("production/us") == {OLD: 100.0}
    assert not [claim for claim in stage.ledger.claims.all() if claim.stream == show.name]
    assert stage.ledger.verify(show.name).ok


@beside_the_others("bad")
def test_a_bad_version_is_rolled_back_by_the_judge_and_blocked(stage: Stage) -> None:
    show = stage.run("bad")
    release = show.until_over()
    everything_is_back(stage, show)
    said = [v for v in release.view.verdicts.values() if v["decision"] == "rollback"]
    assert said, "by the judge, or by the watch when the judge's process came later"
    assert all(verdict["task"] in (JUDGE, WATCH) for verdict in said)
    assert "errors" in str(said[0]["reasons"])
    assert [line for line in show.small.effects if line.startswith("expose production")] == [
        f"expose production/eu {NEW} 50"
    ]
    blocked = stage.ledger.select(("version.blocked",), product="bad")
    assert [event.data["version"] for event in blocked] == [NEW]
    assert list((show.small.root / "incidents").iterdir())


@beside_the_others("broken")
def test_a_failed_step_puts_its_region_back(stage: Stage) -> None:
    show = stage.run("broken")
    show.until_over()
    everything_is_back(stage, show)
    assert show.state("execution.production.eu.step_50") == "failed"


@beside_the_others("marked")
def test_marks_at_a_judge_and_while_settle_runs_leave_every_region_back(
    stage: Stage,
) -> None:
    show = stage.run("marked")
    show.until(lambda _: show.state(JUDGE) in ("running", "deferred"))
    assert show.mark("quinn", JUDGE) == 200
    release = show.until(lambda r: r.view.exposed.get("production/eu") == 100.0)
    assert release.view.verdicts[JUDGE]["move"] == "advance"
    show.until(lambda _: show.state(LAST_JUDGE) in ("running", "deferred"))
    (show.small.root / "state" / "slow").write_text("6")
    show.mark_among_others("ops", (LAST_JUDGE, "execution.production.us.step_100"), "failed")
    show.until(lambda _: show.state(SETTLE) == "running")
    stage.client.mark_run("ops", show.dag, show.run_id, "failed")
    (show.small.root / "state" / "slow").unlink()
    show.until_over()
    everything_is_back(stage, show)

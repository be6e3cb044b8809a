"""A run that somebody fails, or deletes, wherever in production it is."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from demo.airflow_client import Refused
from tests.airflow.scenario import beside_the_others
from tests.airflow.stage import Show, Stage, production, slow
from tests.airflow.stalling import DOORS, Stalling
from windlass.tasks.verbs import hold

pytestmark = [pytest.mark.airflow, pytest.mark.deep, pytest.mark.timeout(3600)]

OLD = "1.0.0"


def everything_is_back(stage: Stage, show: Show) -> None:
    """Every region serves the old version, nothing is held, and the chain holds."""
    assert show.release.view.outcome in ("rolled back", "failed"), show.release.view.ended
    for target in ("staging", "production/eu", "production/us"):
        assert show.small.serves(target) == {OLD: 100.0}
    assert not [claim for claim in stage.ledger.claims.all() if claim.stream == show.name]
    assert stage.ledger.verify(show.name).ok


def failed_at(stage: Stage, *, product: str) -> None:
    """Somebody fails the run while a task stands at its door; the task wakes up afterwards."""
    show, task = stage.run(product), DOORS[product]
    small = show.small
    assert isinstance(small, Stalling)
    show.until(lambda _: small.stands_at(task))
    stage.client.mark_run("ops", show.dag, show.run_id, "failed")
    small.go_on()
    show.until_over()
    everything_is_back(stage, show)
    assert show.run_state == "failed"
    cleared_afterwards_it_moves_nothing(stage, show, task)


def cleared_afterwards_it_moves_nothing(stage: Stage, show: Show, task: str) -> None:
    done = show.small.effects
    show.clear("ops", task, downstream=True)
    assert show.until_run_ends() == "failed"
    assert show.small.effects == done
    everything_is_back(stage, show)


def _played(product: str) -> Any:
    scenario = partial(failed_at, product=product)
    return pytest.param(scenario, id=DOORS[product], marks=pytest.mark.product(product, scenario))


@pytest.mark.parametrize("scenario", [_played(product) for product in DOORS])
def test_a_run_that_is_failed_at_any_task_of_production_is_settled(
    stage: Stage, scenario: Any
) -> None:
    stage.end_of(scenario)


@beside_the_others("deleted")
def test_a_release_whose_dag_is_deleted_at_half_is_settled_by_the_watchdog(stage: Stage) -> None:
    """Airflow deletes no run that goes on, but a DAG of which no process is running."""
    show = stage.run("deleted")
    slow(show, 6)
    show.until(lambda _: production(show))
    hold(show.release, by="ops", reason="the shop looks odd")
    slow(show, 0)
    show.until(lambda _: show.state("execution.production.eu.step_100") == "deferred")
    with pytest.raises(Refused, match="hold or abort"):
        stage.client.delete_dag("ops", show.dag)
    stage.client.delete_dag("ops", show.dag, force=True)
    release = show.until(lambda r: r.view.outcome)
    assert release.view.outcome == "rolled back"
    everything_is_back(stage, show)

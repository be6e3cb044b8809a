"""Every single task of a release is cleared, while it runs and after it ended: nothing doubles."""

from __future__ import annotations

import json

import pytest

from tests.airflow.scenario import beside_the_others
from tests.airflow.stage import ENDED_WELL, SIGNERS, Show, Stage, production, slow
from windlass.tasks.verbs import hold, resume

pytestmark = [pytest.mark.airflow, pytest.mark.deep, pytest.mark.timeout(3600)]

NEXT_STEP = "execution.production.eu.step_100"
NEW = "1.1.0"


def footprint(show: Show) -> dict[str, list[str]]:
    """Everything that the release did to the world outside, in the world's own words."""
    root = show.small.root
    messages = root / "messages.jsonl"
    lines = messages.read_text().splitlines() if messages.exists() else []
    return {
        "targets": show.small.effects,
        "tags": show.small.git("tag").split(),
        "branches": show.small.git("branch", "--format=%(refname)").split(),
        "messages": [str(json.loads(line)["subject"]) for line in lines],
        "incidents": sorted(str(path) for path in (root / "incidents").rglob("*")),
    }


def done(show: Show) -> list[str]:
    """The tasks that Airflow has come to, setups and teardowns too."""
    states = show.stage.client.task_states(show.dag, show.run_id)
    return [task for task, state in states.items() if state is not None]


def clear_each(show: Show, *, but: tuple[str, ...] = ()) -> None:
    """One after the other, each alone; what was done stays as it is."""
    before = footprint(show)
    for task in done(show):
        if task not in but:
            show.clear("ops", task)
            assert footprint(show) == before, task


@beside_the_others("cleared")
def test_clearing_any_task_before_in_and_after_production_doubles_nothing(stage: Stage) -> None:
    show = stage.run("cleared")
    for seat in SIGNERS:
        show.until_asked(seat, people=False)
    clear_each(show)
    for seat in SIGNERS:
        show.until_asked(seat, people=False)
    slow(show, 5)
    show.until(lambda _: production(show))
    hold(show.release, by="ops", reason="nobody goes on before all is cleared")
    slow(show, 0)
    show.until(lambda r: NEXT_STEP in r.view.waiting and show.state(NEXT_STEP) == "deferred")
    clear_each(show, but=(NEXT_STEP,))  # it waits behind the step that is cleared before it
    resume(show.release, by="ops", reason="on we go")
    release = show.until_over()
    assert release.view.outcome in ENDED_WELL
    assert show.run_state == "success"
    over = footprint(show)
    assert [line for line in over["targets"] if line.startswith("expose production")] == [
        f"expose production/eu {NEW} 50",
        f"expose production/eu {NEW} 100",
        f"expose production/us {NEW} 100",
    ]
    cleared_after_its_end_it_stays_as_it_ended(stage, show)


def cleared_after_its_end_it_stays_as_it_ended(stage: Stage, show: Show) -> None:
    ended = show.release.view.outcome
    clear_each(show)
    before = footprint(show)
    show.until_run_ends()  # a run that Airflow ends in the moment it is cleared never goes on
    show.clear("ops", "planning.scope", downstream=True)
    assert show.until_run_ends() == "success"
    stage.client.clear_run("ops", show.dag, show.run_id)
    show.until_run_ends()
    assert show.run_state == "success"
    assert footprint(show) == before
    assert show.release.view.outcome == ended
    assert show.small.serves("production/us") == {NEW: 100.0}
    assert not [claim for claim in stage.ledger.claims.all() if claim.stream == show.name]
    assert stage.ledger.verify(show.name).ok

"""What is measured of a released version: use, figures, audits, users' scores, contracted data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.tasks.after import go, released
from tests.tasks.fakes import Outcome
from tests.tasks.world import World
from windlass.ports.metrics import Histogram, Reading
from windlass.spec.judging import Metric
from windlass.tasks.follow_up.benchmarks import figure
from windlass.tasks.perform import perform
from windlass.tasks.results import Ask, Done, Fail, Skip, Wait

Make = Callable[..., World]
ADOPTION, BENCHMARKS = "follow_up.adoption", "follow_up.benchmarks"
EXPERIENCE, FEEDBACK = "follow_up.experience", "follow_up.feedback"
CONTRACT = "follow_up.contract"


def following(**settings: Any) -> dict[str, Any]:
    """A product whose minor releases are followed up so."""
    quick = {"monitor": "10 min", "interval": "1 min", **settings}
    return {"release_types": {"minor": {"follow_up": quick}, "major": True}}


def counted(world: World, version: str, **counts: float) -> None:
    """From now on eu reports these counters of ``version``."""
    world.metrics.counted.setdefault("production/eu", {}).setdefault(version, {}).update(counts)


GIFTS = following(adoption={"gifts": {"exposed": "offered", "used": "taken", "target": "20%"}})


async def test_adoption_counts_who_could_and_who_did(make: Make) -> None:
    world = make(GIFTS)
    release = await released(world, ADOPTION)
    counted(world, "1.4.0", offered=200.0, taken=50.0)
    result = await perform(release, ADOPTION)
    assert isinstance(result, Done)
    assert result.evidence["features"]["gifts"] == {
        "exposed": 200.0,
        "used": 50.0,
        "share": 25.0,
        "target": 20.0,
        "trend": None,
    }


async def test_less_use_than_hoped_for_is_said_and_goes_on(make: Make) -> None:
    world = make(GIFTS)
    release = await released(world, ADOPTION)
    counted(world, "1.4.0", offered=200.0, taken=2.0)
    result = await perform(release, ADOPTION)
    assert isinstance(result, Done)
    assert result.evidence["outcome"] == "MARGINAL"
    assert result.evidence["reasons"] == ["gifts: 1 % of 200 used it; 20 % were hoped for"]


async def test_a_feature_that_nobody_counts_is_red_until_somebody_does(make: Make) -> None:
    world = make(GIFTS)
    release = await released(world, ADOPTION)
    assert isinstance(await perform(release, ADOPTION), Ask)
    counted(world, "1.4.0", offered=10.0, taken=5.0)
    world.reply(ADOPTION, "run again", "mia")
    result = await go(world, release, ADOPTION)
    assert isinstance(result, Done)
    assert result.evidence["features"]["gifts"]["share"] == 50.0


ERRORS = {"count": "http_errors_total", "of": "http_requests_total"}
FIGURES = following(benchmarks={"errors": ERRORS})


async def test_the_first_figures_have_nothing_to_be_compared_with(make: Make) -> None:
    world = make(FIGURES)
    release = await released(world, BENCHMARKS)
    result = await perform(release, BENCHMARKS)
    assert isinstance(result, Done)
    assert result.evidence["figures"]["errors"]["measured"] == pytest.approx(0.002)
    assert result.evidence["figures"]["errors"]["last"] is None


async def test_a_figure_much_worse_than_the_last_release_is_red(make: Make) -> None:
    world = make(FIGURES)
    first = await released(world, BENCHMARKS)
    await perform(first, BENCHMARKS)
    world.repository().commit("feat: more (SHOP-12)", "more.py")
    second = await released(world, BENCHMARKS, run="run-2")
    counted(world, "1.5.0", http_errors_total=50.0, http_requests_total=1000.0)
    red = await perform(second, BENCHMARKS)
    assert isinstance(red, Ask)
    assert "times worse" in red.question.facts["reasons"][0]
    counted(world, "1.5.0", http_errors_total=2.0, http_requests_total=1000.0)
    world.reply(BENCHMARKS, "run again", "dev")
    assert isinstance(await go(world, second, BENCHMARKS), Done)


@pytest.mark.parametrize(
    "metric,expected",
    [
        ({"count": "bad", "of": "all"}, 0.05),
        ({"series": "load"}, 3.0),
        ({"histogram": "h", "quantile": 0.5}, 0.1),
        ({"histogram": "h", "quantile": 0.95}, 0.5),
        ({"count": "none", "of": "nothing"}, None),
        ({"histogram": "other"}, None),
        ({"series": "other"}, None),
    ],
)
def test_figures_come_from_counters_quantiles_and_series(
    world: World, metric: Mapping[str, Any], expected: float | None
) -> None:
    buckets = Histogram({0.1: 60.0, 0.5: 98.0, float("inf"): 100.0})
    counters = {"2": {"bad": 5.0, "all": 100.0, "load": 3.0}}
    reading = Reading(world.clock.at, counters, {"2": {"h": buckets}})
    assert figure(Metric.model_validate(metric), [reading], "2") == expected


AUDIT = following(
    experience={"run": "make audit {url}", "report": {"junit": "build/audit.xml"}},
)


async def test_the_live_version_is_audited_where_users_meet_it(make: Make) -> None:
    world = make(AUDIT)
    good = b'<testsuite tests="1"><testcase name="contrast"/></testsuite>'
    bad = b'<testsuite tests="1"><testcase name="contrast"><failure/></testcase></testsuite>'
    world.pipelines.outcomes["make audit"] = Outcome(code=1, reports={"build/audit.xml": bad})
    release = await released(world, EXPERIENCE)
    red = await go(world, release, EXPERIENCE)
    assert isinstance(red, Ask)
    assert red.question.facts["reasons"][0].startswith("production/eu: ")
    assert [run.run for run in world.pipelines.ran("make audit")] == ["make audit http://eu"]
    world.pipelines.outcomes["make audit"] = Outcome(reports={"build/audit.xml": good})
    world.reply(EXPERIENCE, "run again", "quinn")
    done = await go(world, release, EXPERIENCE)
    assert isinstance(done, Done)
    assert done.evidence["result"]["production/eu"]["passed"] == 1


ASKED = {
    **following(survey={"questions": ["How is it?"], "open_for": "2 days", "least": 2}),
    "vendors": {"surveys": {"folder": {"path": "surveys"}}},
}


async def test_users_are_asked_and_their_score_counts_once_the_time_is_over(make: Make) -> None:
    world = make(ASKED)
    release = await released(world, FEEDBACK)
    waits = await perform(release, FEEDBACK)
    assert isinstance(waits, Wait)
    assert waits.until == world.clock.at + timedelta(days=2)
    (folder,) = (world.root / "surveys").glob("*/responses")
    for number, score in enumerate((5, 4, 5)):
        (folder / f"{number}.json").write_text(json.dumps({"score": score, "text": "<b>nice"}))
    world.clock.at = waits.until
    result = await perform(release, FEEDBACK)
    assert isinstance(result, Done)
    assert (result.evidence["score"], result.evidence["positive"]) == (4.67, True)


async def test_too_few_answers_say_nothing(make: Make) -> None:
    world = make(ASKED)
    release = await released(world, FEEDBACK)
    waits = await perform(release, FEEDBACK)
    world.clock.at = waits.until
    result = await perform(release, FEEDBACK)
    assert isinstance(result, Done)
    assert (result.evidence["score"], result.evidence["positive"]) == (None, None)


MIGRATES = {
    "rollout": {"migrations": {"contract": "migrate contract"}},
    "rollback_window": "24 h",
}


async def with_migration(world: World) -> Any:
    world.repository().commit("feat: table (SHOP-12)", "migrations/0002.sql")
    return await released(world, "execution.production.migrate", CONTRACT)


async def test_old_data_stays_until_no_rollback_can_need_it(make: Make) -> None:
    world = make(MIGRATES)
    release = await with_migration(world)
    waits = await perform(release, CONTRACT)
    assert isinstance(waits, Wait)
    assert world.pipelines.ran("migrate contract") == []
    world.clock.at = waits.until
    result = await go(world, release, CONTRACT)
    assert isinstance(result, Done)
    assert result.evidence["migrated"] is True
    assert len(world.pipelines.ran("migrate contract")) == 1
    assert len(world.pipelines.ran("migrate check")) >= 1


async def test_a_contract_migration_that_fails_is_a_failure(make: Make) -> None:
    world = make(MIGRATES)
    world.pipelines.outcomes["migrate contract"] = Outcome(code=1, tail="column in use")
    release = await with_migration(world)
    waits = await perform(release, CONTRACT)
    world.clock.at = waits.until
    result = await go(world, release, CONTRACT)
    assert isinstance(result, Fail)
    assert "column in use" in result.reasons[0]


async def test_nothing_is_contracted_under_an_older_version(make: Make) -> None:
    world = make(MIGRATES)
    release = await with_migration(world)
    waits = await perform(release, CONTRACT)
    world.live("1.3.0", "0" * 40, at=waits.until + timedelta(days=14))
    world.clock.at = waits.until
    assert isinstance(await perform(release, CONTRACT), Skip)


async def test_a_release_without_a_migration_contracts_nothing(make: Make) -> None:
    world = make(MIGRATES)
    release = await released(world, CONTRACT)
    result = await perform(release, CONTRACT)
    assert isinstance(result, Done)
    assert result.evidence["migrated"] is False

"""Every row of follow-up is seen red, with its reason, and green with the evidence it owes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.tasks.after import MONITOR, QUICK, go, released
from tests.tasks.cases import over
from tests.tasks.fakes import Outcome
from tests.tasks.test_follow_up_trouble import incident
from tests.tasks.world import World
from windlass.tasks.perform import perform
from windlass.tasks.registry import ROWS
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result, Wait

Do = Callable[[World], None]
FOLLOW = ("release_types", "minor", "follow_up")


def following(**settings: Any) -> dict[str, Any]:
    return over(QUICK, {"release_types": {"minor": {"follow_up": settings}}})


def nothing(world: World) -> None:
    """Leave the world as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A row after production: how its input breaks, what it then says, and how it is mended."""

    task: str
    broken: Do
    mended: Do
    reason: str
    product: Mapping[str, Any] = field(default_factory=lambda: QUICK)
    also: tuple[str, ...] = ()
    prepared: Do = nothing
    later: float = 0.0


def silent(world: World) -> None:
    world.metrics.silent.add("production/eu")


def heard(world: World) -> None:
    world.metrics.silent.clear()
    world.reply(MONITOR, "run again", "ops")


def file(name: str, text: str) -> Do:
    def write(world: World) -> None:
        path = world.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return write


def gone(name: str) -> Do:
    return lambda world: (world.root / name).unlink()


def counts(by: str, task: str, **numbers: float) -> Do:
    def count(world: World) -> None:
        world.metrics.counted["production/eu"]["1.4.0"].update(numbers)
        world.reply(task, "run again", by)

    return count


def ends(command: str, outcome: Outcome, task: str = "", by: str = "") -> Do:
    def end(world: World) -> None:
        world.pipelines.outcomes[command] = outcome
        if by:
            world.reply(task, "run again", by)

    return end


def says(task: str, option: str, kind: str, **fields: str) -> Do:
    return lambda world: world.reply(task, option, "mia", kind=kind, **fields)


def both(*parts: Do) -> Do:
    def do(world: World) -> None:
        for part in parts:
            part(world)

    return do


def answers(*scores: Any) -> Do:
    def write(world: World) -> None:
        (folder,) = (world.root / "surveys").glob("*/responses")
        for number, score in enumerate(scores):
            (folder / f"{number}.json").write_text(json.dumps({"score": score}))

    return write


REVIEWED = {"went_well": "all", "went_badly": "little"}
FORM, RED = "form", "red_check"
CASES = (
    Case(task=MONITOR, broken=silent, mended=heard, reason="NO_DATA", later=700),
    Case(
        task="follow_up.adoption",
        product=following(adoption={"gifts": {"exposed": "offered", "used": "taken"}}),
        broken=nothing,
        mended=counts("mia", "follow_up.adoption", offered=10, taken=5),
        reason="gifts: offered counts nobody",
    ),
    Case(
        task="follow_up.incidents",
        broken=file("incidents/INC-1.json", "{"),
        mended=gone("incidents/INC-1.json"),
        reason="INC-1.json",
    ),
    Case(
        task="follow_up.issues",
        broken=file("issues/SHOP-99.md", "no fields"),
        mended=gone("issues/SHOP-99.md"),
        reason="SHOP-99.md",
    ),
    Case(
        task="follow_up.contract",
        product={
            "rollout": {"migrations": {"contract": "migrate contract"}},
            "rollback_window": "1 min",
        },
        prepared=lambda w: w.repository().commit("feat: t (SHOP-12)", "migrations/2.sql") and None,
        broken=ends("migrate contract", Outcome(code=1, tail="column in use")),
        mended=ends("migrate contract", Outcome()),
        reason="column in use",
        later=120,
    ),
    Case(
        task="follow_up.verify_features",
        broken=says("follow_up.verify_features", "checked", FORM, failed_items="SHOP-12"),
        mended=both(
            says("follow_up.verify_features", "checked", FORM),
            says("follow_up.verify_features", "run again", RED),
        ),
        reason="SHOP-12 does not work, says mia",
    ),
    Case(
        task="follow_up.benchmarks",
        product=following(benchmarks={"waits": {"series": "queue"}}),
        broken=nothing,
        mended=counts("dev", "follow_up.benchmarks", queue=3),
        reason="waits has no data of 1.4.0",
    ),
    Case(
        task="follow_up.experience",
        product=following(experience={"run": "make audit", "report": {"axe": "build/a.json"}}),
        broken=ends("make audit", Outcome()),
        mended=ends(
            "make audit",
            Outcome(reports={"build/a.json": b'[{"url": "u", "violations": [], "passes": [{}]}]'}),
            "follow_up.experience",
            "quinn",
        ),
        reason="left no report",
    ),
    Case(
        task="follow_up.feedback",
        product={
            **following(survey={"questions": ["?"], "open_for": "1 h"}),
            "vendors": {"surveys": {"folder": {"path": "surveys"}}},
        },
        broken=answers(11),
        mended=answers(5),
        reason="score 11",
        later=3700,
    ),
    Case(
        task="follow_up.review",
        broken=says("follow_up.review", "reviewed", FORM, actions="zoe: pray", **REVIEWED),
        mended=says("follow_up.review", "reviewed", FORM, actions="dev: test", **REVIEWED),
        reason="'zoe: pray' is no action",
    ),
    Case(
        task="follow_up.close",
        broken=lambda w: incident(w, "INC-7"),
        mended=gone("incidents/INC-7.json"),
        reason="INC-7 (high)",
    ),
    Case(
        task="release.end",
        broken=file("documents/shop", "a file where a folder should be"),
        mended=nothing,
        reason="not published",
    ),
)


async def looked(world: World, release: Release, case: Case, limit: int = 400) -> Result:
    """Perform the task, letting people answer once, until it no longer waits."""
    for _ in range(limit):
        result = await perform(release, case.task)
        if not isinstance(result, Wait):
            break
        world.clock.pass_(result.every or 60.0)
    replies, world.replies = world.replies, []
    for asked in release.view.open_questions():
        for reply in replies:
            if reply.kind in (None, asked.question["kind"]):
                world.answer(release, asked, reply)
                result = await perform(release, case.task)
                break
    return result


def words(release: Release, result: Result) -> str:
    data = [str(event.data) for event in release.ledger.events(release.id)]
    return "\n".join((str(result), *data))


@pytest.mark.parametrize("case", CASES, ids=[case.task for case in CASES])
async def test_a_broken_input_is_red_with_its_reason_and_a_mended_one_is_green(
    case: Case, make: Callable[..., World]
) -> None:
    world = make(dict(case.product))
    case.prepared(world)
    rows = ("execution.production.migrate", *case.also, case.task)
    release = await released(world, *rows)
    if case.later:
        await perform(release, case.task)
        world.clock.pass_(case.later)
    case.broken(world)
    red = await looked(world, release, case)
    assert case.reason in words(release, red)
    if case.task != "release.end":
        assert not isinstance(red, Done)
        case.mended(world)
        green = await go(world, release, case.task)
        assert isinstance(green, Done), green
        assert set(release.plan.task(case.task).evidence) <= set(green.evidence)
    assert world.ledger.verify(release.id).ok


def test_every_row_of_follow_up_has_a_case() -> None:
    wanted = {row for row in ROWS if row.startswith(("follow_up.", "release."))}
    assert wanted == {case.task for case in CASES}

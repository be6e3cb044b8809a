"""Whatever a product looks like, its plans are sound."""

from __future__ import annotations

import json
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.spec.project import PEOPLE
from windlass.plan import ReleasePlan, compile_plan
from windlass.plan.release_plan import Nature
from windlass.spec.loader import load_product
from windlass.spec.product import Product
from windlass.spec.workflow_rows import NAMED_SUITES

FLEET = {"deployments": {"processes": {"fleet": "fleet.json"}}}
ALWAYS = {**FLEET, "source_control": {"git": {"repository": "shop.git"}}, "pipelines": "command"}
OPTIONAL: dict[str, Any] = {
    "metrics": {"prometheus_text": {"fleet": "fleet.json"}},
    **{port: {"folder": {"path": port}} for port in ("tracker", "documents", "incidents")},
    "messages": {"log": {"path": "messages"}},
    "calendar": {"ics": {"path": "calendar.ics"}},
    "backups": {"command": {"create": "a", "verify": "b", "restore": "c"}},
    "change_records": {"folder": {"path": "changes"}},
}
STEPS = st.sets(st.integers(1, 99), max_size=4).map(lambda found: [*sorted(found), 100])
NAMES = st.sampled_from([*NAMED_SUITES, "contract", "usability"])
SUITE = st.sampled_from(
    [{"run": "make test"}, {"run": "make test", "fast": True}, {"manual": "qa_engineer"}]
)
METRICS = {"errors": {"count": "e", "of": "r"}}
MIGRATIONS = st.sampled_from([None, {"expand": "up"}, {"expand": "up", "undo": "none"}])


@st.composite
def environments(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some that are not live, then one or two that are, with or without regions."""
    found: list[dict[str, Any]] = [
        {f"test{number}": {"live": False}} for number in range(draw(st.integers(0, 2)))
    ]
    for number in range(draw(st.integers(1, 2))):
        waves = [
            {
                "at_once": draw(st.none() | st.integers(1, 4)),
                "regions": {
                    f"r{number}-{wave}-{region}": {} for region in range(draw(st.integers(1, 4)))
                },
            }
            for wave in range(draw(st.integers(0, 3)))
        ]
        found.append({f"live{number}": {"live": True, "waves": waves}})
    return found


@st.composite
def products(draw: st.DrawFn) -> Product:
    """A product read from files, as people would have written it."""
    ports = draw(st.sets(st.sampled_from(sorted(OPTIONAL))))
    written: dict[str, Any] = {
        "product": "shop",
        "vendors": ALWAYS | {port: OPTIONAL[port] for port in sorted(ports)},
        "environments": draw(environments()),
        "rollout": {
            "steps": draw(STEPS),
            "later_steps": draw(STEPS),
            "migrations": draw(MIGRATIONS),
            "strategy": draw(st.sampled_from(["canary", "rolling", "all_at_once"])),
        },
        "quality": draw(st.dictionaries(NAMES, SUITE, max_size=4)),
        "risk": {"extra_steps": draw(st.sampled_from([[], [1], [1, 2]]))},
        "release_types": {"major": True},
    }
    if "metrics" in ports and draw(st.booleans()):
        written["judge"] = {"metrics": METRICS}
    if draw(st.booleans()):
        written["preset"] = "small"
    with tempfile.TemporaryDirectory() as folder:
        include = Path(folder) / "include"
        (include / "products").mkdir(parents=True)
        (include / "teams.yaml").write_text(PEOPLE, encoding="utf-8")
        path = include / "products" / "shop.yaml"
        path.write_text(json.dumps(written), encoding="utf-8")
        return load_product(path)


def descends(plan: ReleasePlan) -> dict[str, set[str]]:
    """Task → everything that comes before it."""
    found: dict[str, set[str]] = {}
    for task in plan.tasks:
        found[task.id] = {*task.after, *(one for before in task.after for one in found[before])}
    return found


@given(products())
def test_every_plan_is_a_graph_that_begins_once_and_ends_once(product: Product) -> None:
    for name in product.release_types:
        plan = compile_plan(product, name)
        before = descends(plan)
        assert len(before) == len(plan.tasks)
        assert [task.id for task in plan.tasks if not task.after] == ["planning.open"]
        assert len(before["release.end"]) == len(plan.tasks) - 1
        teardowns = [task.id for task in plan.tasks if task.nature is Nature.TEARDOWN]
        assert teardowns == ["execution.settle", "release.end"]


@given(products())
def test_no_target_is_exposed_before_the_package_and_every_gate(product: Product) -> None:
    for name in product.release_types:
        plan = compile_plan(product, name)
        before = descends(plan)
        gates = {task.id for task in plan.tasks if task.row.endswith(".gate")}
        for step in plan.rows("execution.production.step"):
            assert gates | {"execution.package"} <= before[step.id]


@given(products())
def test_every_live_target_is_stepped_up_to_everybody_in_a_rising_line(product: Product) -> None:
    for name in product.release_types:
        plan = compile_plan(product, name)
        if name == "rollback":
            continue
        before = descends(plan)
        for target in plan.live_targets:
            steps = [
                task
                for task in plan.rows("execution.production.step")
                if task.args["target"] == target.name
            ]
            assert tuple(task.args["percent"] for task in steps) == target.steps
            assert target.steps[-1] == 100
            for one, other in pairwise(steps):
                assert one.id in before[other.id]


@given(products())
def test_a_later_wave_waits_for_the_whole_of_the_one_before(product: Product) -> None:
    plan = compile_plan(product, "minor")
    before = descends(plan)
    steps = plan.rows("execution.production.step")
    for one in steps:
        for other in steps:
            if one.args["wave"] < other.args["wave"]:
                assert one.id in before[other.id]


@given(products())
def test_seats_and_seat_tasks_agree_and_nothing_planned_is_called_not_applicable(
    product: Product,
) -> None:
    for name in product.release_types:
        plan = compile_plan(product, name)
        planned = sorted(
            (seat.gate, seat.role, seat.only_if) for seat in plan.seats for _ in range(seat.count)
        )
        tasks = [task for task in plan.tasks if task.row.endswith(".approval")]
        asked = [
            (task.args["gate"], task.args["role"], task.args.get("only_if", "")) for task in tasks
        ]
        assert sorted(asked) == planned
        assert not {task.id for task in plan.tasks} & set(plan.not_applicable)
        assert ReleasePlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@given(products())
def test_a_product_that_was_frozen_compiles_to_the_same_plans(product: Product) -> None:
    again = Product.model_validate(
        json.loads(json.dumps(product.model_dump(mode="json"), sort_keys=True))
    )
    for name in product.release_types:
        assert compile_plan(again, name).digest == compile_plan(product, name).digest

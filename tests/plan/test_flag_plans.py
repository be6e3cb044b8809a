"""Where the steps of feature flags stand in a plan."""

from __future__ import annotations

import json

import pytest

from tests.spec.project import SHOP, Project
from windlass.plan.compiling import compile_plan
from windlass.plan.release_plan import ReleasePlan, flag_of, place_of
from windlass.spec.product import Product

FLAGS = """
audiences: [staff]
flags:
  new-cart: {steps: [staff, 50, 100]}
  gift-notes: {steps: [100]}
judge: {errors: {count: errors, of: requests}}
"""
TEXT = (
    SHOP.replace(
        "environments:",
        '  flags: {flagd: {path: "{environment}-{region}.json"}}\n'
        "  metrics: {prometheus_text: {fleet: fleet.json}}\nenvironments:",
        1,
    ).replace("{live: yes}", "{live: yes, waves: [{at_once: 1, regions: {eu: {}, us: {}}}]}")
    + FLAGS
)
EU = "execution.production.eu"


@pytest.fixture
def product(project: Project) -> Product:
    return project.load(TEXT)


def line(plan: ReleasePlan, first: str, last: str) -> list[str]:
    """The tasks from ``first`` to ``last``, each behind the one before."""
    found = [last]
    while found[0] != first:
        (before,) = plan.task(found[0]).after
        found.insert(0, before)
    return found


def test_the_flags_of_a_place_follow_its_code_one_after_the_other(product: Product) -> None:
    plan = compile_plan(product, "patch")
    assert line(plan, f"{EU}.judge_100", "execution.production.us.window") == [
        f"{EU}.judge_100",
        f"{EU}.new-cart.ramp_staff",
        f"{EU}.new-cart.judge_staff",
        f"{EU}.new-cart.ramp_50",
        f"{EU}.new-cart.judge_50",
        f"{EU}.new-cart.ramp_100",
        f"{EU}.new-cart.judge_100",
        f"{EU}.gift-notes.ramp_100",
        f"{EU}.gift-notes.judge_100",
        "execution.production.us.window",
    ]


def test_people_read_which_flag_goes_to_whom(product: Product) -> None:
    plan = compile_plan(product, "minor")
    titles = [plan.task(f"{EU}.new-cart.{task}").title for task in ("ramp_staff", "judge_50")]
    assert titles == ["Turn on new-cart for staff · eu", "Judge new-cart 50 % · eu"]
    assert plan.task(f"{EU}.judge_100").title == "Judge 100 % · eu"


def test_a_flag_release_deploys_and_builds_nothing(product: Product) -> None:
    plan = compile_plan(product, "flag")
    rows = {task.row for task in plan.tasks}
    code = {"validation.cut", "validation.candidate", "execution.package"}
    deploys = {"execution.environment.deploy", "execution.production.step"}
    assert not rows & (code | deploys)
    assert line(plan, f"{EU}.health", f"{EU}.new-cart.ramp_staff")[-2:] == [
        f"{EU}.health",
        f"{EU}.new-cart.ramp_staff",
    ]
    assert {"execution.watch", "execution.settle", "follow_up.monitor"} <= rows


def test_a_flag_with_a_guard_is_judged_where_code_is_not(project: Project) -> None:
    guard = "new-cart: {guard: {carts: {series: open_carts}}, steps: [staff, 50, 100]}"
    text = TEXT.replace("judge: {errors: {count: errors, of: requests}}\n", "")
    text = text.replace("new-cart: {steps: [staff, 50, 100]}", guard)
    plan = compile_plan(project.load(text), "minor")
    judges = {task.id for task in plan.rows("execution.production.judge")}
    assert f"{EU}.new-cart.judge_staff" in judges
    assert f"{EU}.gift-notes.judge_100" not in judges
    assert f"{EU}.judge_100" not in judges
    assert plan.task("execution.watch")
    assert compile_plan(project.load(text), "flag").task("follow_up.monitor")


def test_what_is_in_a_hurry_ramps_nothing(product: Product) -> None:
    for kind in ("emergency", "rollback"):
        plan = compile_plan(product, kind)
        assert plan.ramps == ()
        assert not plan.rows("execution.production.ramp")


def test_a_flag_ramps_only_in_its_environments(project: Project) -> None:
    text = TEXT.replace("flags: {flagd", "flags: {flagd").replace(
        "gift-notes: {steps: [100]}", "gift-notes: {steps: [100], environments: [abroad]}"
    )
    text = text.replace("\naudiences", "\n  - abroad: {live: yes}\naudiences")
    plan = compile_plan(project.load(text), "minor")
    assert [ramp.name for ramp in plan.ramps] == [
        "production/eu+new-cart",
        "production/us+new-cart",
        "abroad+new-cart",
        "abroad+gift-notes",
    ]


def test_a_plan_with_flags_is_read_back_as_it_was(product: Product) -> None:
    plan = compile_plan(product, "minor")
    again = ReleasePlan.from_json(json.loads(json.dumps(plan.to_json())))
    assert (again, again.digest) == (plan, plan.digest)


def test_a_plan_without_flags_is_written_as_before_there_were_any(project: Project) -> None:
    written = compile_plan(project.load(SHOP), "minor").to_json()
    assert "ramps" not in written
    assert all("flag" not in target for target in written["targets"])


def test_a_flags_target_is_named_after_its_place() -> None:
    assert place_of("production/eu+new-cart") == place_of("production/eu") == "production/eu"
    assert (flag_of("production/eu+new-cart"), flag_of("production/eu")) == ("new-cart", "")

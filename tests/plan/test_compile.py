"""A plan is a sound graph, and holds what the release type and the product's settings call for."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.spec.project import SHOP, Project
from windlass.errors import PlanError
from windlass.plan import ReleasePlan, compile_plan
from windlass.plan.release_plan import Form, Nature, Rule
from windlass.plan.rows import ROWS
from windlass.spec.loader import load_product
from windlass.tasks.conditions import CONDITIONS
from windlass.tasks.registry import ROWS as CODE

#: A project that changes only together with these tests.
INCLUDE = Path(__file__).parent / "include"
STOREFRONT = load_product(INCLUDE / "products" / "storefront.yaml")
TYPES = tuple(STOREFRONT.release_types)
PLANS = {name: compile_plan(STOREFRONT, name) for name in TYPES}

SMALL = """
product: shop
preset: small
vendors:
  source_control: {git: {repository: shop.git}}
  deployments: {processes: {fleet: fleet.json}}
  pipelines: {command: {}}
  tracker: {folder: {path: issues}}
  messages: {log: {path: messages}}
  metrics: {prometheus_text: {fleet: fleet.json}}
environments: [production: {live: yes, url: 'http://127.0.0.1:1'}]
rollout: {strategy: all_at_once}
judge: {errors: {count: e, of: r}}
quality: {regression: {run: make test}}
synthetic: {home: {path: /}}
"""


def ids(plan: ReleasePlan) -> list[str]:
    return [task.id for task in plan.tasks]


def ancestors(plan: ReleasePlan, task_id: str) -> set[str]:
    found: set[str] = set()
    stack = [task_id]
    while stack:
        for before in plan.task(stack.pop()).after:
            if before not in found:
                found.add(before)
                stack.append(before)
    return found


@pytest.fixture(params=TYPES)
def plan(request: pytest.FixtureRequest) -> ReleasePlan:
    """The storefront's plan, once per release type."""
    return PLANS[request.param]


def test_tasks_come_after_tasks_that_stand_before_them(plan: ReleasePlan) -> None:
    """No circle, no unknown name, no name twice."""
    seen: set[str] = set()
    for task in plan.tasks:
        assert set(task.after) <= seen, task.id
        assert task.id not in seen
        seen.add(task.id)


def test_every_task_does_a_row_that_there_is_code_for(plan: ReleasePlan) -> None:
    assert {task.row for task in plan.tasks} <= set(CODE)
    assert set(ROWS) == set(CODE)


def test_everything_comes_after_the_opening_and_before_the_end(plan: ReleasePlan) -> None:
    first, last = plan.tasks[0], plan.tasks[-1]
    assert (first.id, first.nature) == ("planning.open", Nature.SETUP)
    assert (last.id, last.nature) == ("release.end", Nature.TEARDOWN)
    assert ancestors(plan, last.id) == set(ids(plan)) - {last.id}
    assert all("planning.open" in ancestors(plan, task) for task in ids(plan)[1:])


def test_settle_comes_after_all_work_that_touches_a_target(plan: ReleasePlan) -> None:
    before = ancestors(plan, "execution.settle")
    assert {task.id for task in plan.tasks if task.phase in ("planning", "validation")} <= before
    execution = {task.id for task in plan.tasks if task.phase == "execution"}
    assert execution - {"execution.settle"} <= before
    assert plan.task("execution.settle").nature is Nature.TEARDOWN
    assert plan.task("execution.settle").args["setup"] == "planning.open"


def test_follow_up_comes_after_settle_not_beside_it(plan: ReleasePlan) -> None:
    for task in plan.tasks:
        if task.phase == "follow_up":
            assert "execution.settle" in ancestors(plan, task.id), task.id


def test_every_condition_is_one_that_tasks_can_ask(plan: ReleasePlan) -> None:
    asked = {task.args["only_if"] for task in plan.tasks if "only_if" in task.args}
    assert asked <= set(CONDITIONS)


def test_every_task_has_owners_a_title_and_owes_evidence(plan: ReleasePlan) -> None:
    for task in plan.tasks:
        assert task.owners, task.id
        assert task.evidence, task.id
        assert "{" not in task.title
        assert task.title == task.title.strip()


def test_titles_tell_tasks_apart(plan: ReleasePlan) -> None:
    titles = [task.title for task in plan.tasks]
    assert len(set(titles)) == len(titles)


def test_a_plan_reads_back_from_json_with_the_same_digest(plan: ReleasePlan) -> None:
    again = ReleasePlan.from_json(json.loads(json.dumps(plan.to_json())))
    assert again == plan
    assert again.digest == plan.digest


def test_the_digest_is_the_same_in_another_process_with_another_hash_seed() -> None:
    program = (
        "from windlass.plan import compile_plan; from windlass.spec.loader import load_product\n"
        "p = load_product('products/storefront.yaml')\n"
        "print(*[compile_plan(p, t).digest for t in p.release_types])"
    )
    env = {"PYTHONPATH": str(INCLUDE.parents[2] / "plugins"), "PATH": "/usr/bin:/bin"}
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=INCLUDE,
            env={**env, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert found == {" ".join(PLANS[name].digest for name in TYPES) + "\n"}


@pytest.mark.parametrize(
    "release_type, tasks", [("major", 69), ("minor", 66), ("patch", 61), ("emergency", 50)]
)
def test_the_storefronts_releases_have_their_size(release_type: str, tasks: int) -> None:
    """A number that moves says that the shape did: look, then change it here."""
    assert len(PLANS[release_type].tasks) == tasks


@pytest.mark.parametrize(
    "release_type, gates",
    [
        (
            "major",
            {
                "quality": {"qa_engineer"},
                "acceptance": {"stakeholder", "product_manager"},
                "readiness": {"product_manager", "developer", "devops"},
            },
        ),
        (
            "minor",
            {
                "acceptance": {"product_manager", "stakeholder"},
                "readiness": {"developer", "devops"},
            },
        ),
        ("patch", {"acceptance": {"product_manager"}, "readiness": {"devops"}}),
        ("emergency", {}),
        ("rollback", {}),
    ],
)
def test_seats_are_those_of_the_release_types_table(
    release_type: str, gates: dict[str, set[str]]
) -> None:
    found: dict[str, set[str]] = {}
    for seat in PLANS[release_type].seats:
        if not seat.only_if:
            found.setdefault(seat.gate, set()).add(seat.role)
    assert found == gates


def test_a_seat_that_only_some_changes_need_is_there_from_the_start() -> None:
    tasks = {task.id: task for task in PLANS["major"].tasks}
    more = tasks["validation.acceptance.approval.stakeholder_2"]
    assert more.args["only_if"] == "breaking"
    assert more.args["seat"] == 1
    assert tasks["validation.readiness.approval.qa_engineer"].args["only_if"] == "risk"


def test_a_region_is_stepped_and_judged_in_line_and_waves_follow_each_other() -> None:
    plan = PLANS["minor"]
    first, second = "execution.production.eu-west", "execution.production.us-east"
    line = [task.id for task in plan.tasks if task.id.startswith(f"{first}.")]
    names = [name.removeprefix(f"{first}.") for name in line]
    steps = [f"{what}_{percent}" for percent in (5, 25, 50, 100) for what in ("step", "judge")]
    assert names == ["window", "health", "migrate", *steps, "validate"]
    for before, after in itertools.pairwise(line):
        assert before in ancestors(plan, after)
    assert f"{first}.validate" in ancestors(plan, f"{second}.window")
    assert f"{second}.step_5" not in ids(plan)


def test_nothing_is_exposed_before_every_gate_and_the_announcement() -> None:
    before = ancestors(PLANS["minor"], "execution.production.eu-west.step_5")
    assert {
        "validation.quality.gate",
        "validation.acceptance.gate",
        "validation.readiness.gate",
        "execution.package",
        "execution.staging.smoke",
        "execution.announce",
        "execution.production.eu-west.window",
    } <= before


def test_what_may_run_side_by_side_does() -> None:
    plan = PLANS["minor"]
    for one, other in (
        ("validation.acceptance.gate", "validation.readiness.gate"),
        ("validation.quality.gate", "validation.readiness.rehearsal"),
        ("execution.watch", "execution.production.us-east.judge_100"),
    ):
        assert one not in ancestors(plan, other)
        assert other not in ancestors(plan, one)


def test_incidents_and_issues_run_whatever_became_of_the_release() -> None:
    for name in ("follow_up.incidents", "follow_up.issues"):
        task = PLANS["minor"].task(name)
        assert task.rule is Rule.ALL_DONE
        assert task.after == ("execution.settle",)


def test_a_rollback_takes_targets_in_reverse_and_stops_at_no_failure() -> None:
    plan = PLANS["rollback"]
    retracts = [task for task in plan.tasks if task.row == "execution.production.retract"]
    assert [task.args["region"] for task in retracts] == ["us-east", "eu-west"]
    assert all(task.rule is Rule.ALL_DONE and task.form is Form.STEP for task in retracts)
    assert not any(task.phase == "validation" for task in plan.tasks)


def test_what_is_not_configured_is_not_in_the_plan_and_says_why() -> None:
    plan = PLANS["minor"]
    assert plan.not_applicable["follow_up.feedback"] == "no surveys configured"
    assert plan.not_applicable["validation.readiness.backups"] == "no backups configured"
    assert PLANS["patch"].not_applicable["follow_up.review"] == "patch releases do not have it"
    assert not set(plan.not_applicable) & set(ids(plan))


def test_only_fast_suites_run_in_an_emergency() -> None:
    suites = {task.args["suite"] for task in PLANS["emergency"].rows("validation.quality.suite")}
    assert suites == {"regression", "security"}


def test_a_small_teams_patch_is_at_most_32_tasks_and_one_click(project: Project) -> None:
    plan = compile_plan(project.load(SMALL), "patch")
    assert len(plan.tasks) <= 32
    assert [(seat.gate, seat.role) for seat in plan.seats] == [("readiness", "product_manager")]
    assert len(plan.rows("validation.readiness.approval")) == 1


def test_an_environment_without_regions_and_without_staging_has_short_names(
    project: Project,
) -> None:
    plan = compile_plan(project.load(SMALL), "minor")
    assert "execution.production.step_100" in ids(plan)
    assert [target.name for target in plan.live_targets] == ["production"]
    reason = plan.not_applicable["validation.readiness.rehearsal"]
    assert reason == "no environment before the live one"


def test_a_library_is_published_without_a_judge(project: Project) -> None:
    text = SHOP + "kind: library\nrollout: {strategy: publish}\n"
    plan = compile_plan(project.load(text), "minor")
    assert "execution.production.step_100" in ids(plan)
    assert plan.not_applicable["execution.production.judge"] == "no judge metrics configured"
    assert plan.not_applicable["planning.notify"] == "no messages configured"
    assert plan.not_applicable["execution.watch"] == "no judge metrics configured"


def test_migrations_come_before_the_code_everywhere_and_contract_after_the_watch(
    project: Project,
) -> None:
    migrations = "rollout: {migrations: {expand: make up, contract: make down, undo: none}}\n"
    plan = compile_plan(project.load(SHOP + migrations), "minor")
    assert "execution.staging.migrate" in ancestors(plan, "execution.staging.deploy")
    assert "execution.production.migrate" in ancestors(plan, "execution.production.step_5")
    assert plan.task("execution.production.migrate").args["only_if"] == "migrates"
    assert "follow_up.contract" in ids(plan)
    (seat,) = [seat for seat in plan.seats if seat.only_if == "no_way_back"]
    assert (seat.gate, seat.role) == ("readiness", "product_manager")


def test_steps_that_risk_may_add_are_in_the_plan_from_the_start(project: Project) -> None:
    plan = compile_plan(project.load(SHOP + "risk: {extra_steps: [1]}\n"), "minor")
    steps = plan.rows("execution.production.step")
    assert [task.args["percent"] for task in steps] == [1, 5, 25, 50, 100]
    assert [task.args.get("only_if") for task in steps] == ["risk", None, None, None, None]


def test_the_suites_of_a_product_run_after_those_of_the_workflow(project: Project) -> None:
    text = SHOP.replace("environments:", "  pipelines: {command: {}}\nenvironments:", 1) + (
        "quality: {zebra: {run: z}, contract: {run: c}, security: {run: s}, "
        "usability: {manual: qa_engineer}}\n"
    )
    plan = compile_plan(project.load(text), "minor")
    suites = plan.rows("validation.quality.suite")
    assert [task.args["suite"] for task in suites] == ["security", "contract", "usability", "zebra"]


@pytest.mark.parametrize(
    "at_once, chains",
    [
        ("1", [["a", "b", "c", "d", "e"]]),
        ("2", [["a", "c", "e"], ["b", "d"]]),
        ("9", [["a"], ["b"], ["c"], ["d"], ["e"]]),
    ],
)
def test_at_most_so_many_regions_of_a_wave_run_at_once(
    project: Project, at_once: str, chains: list[list[str]]
) -> None:
    regions = "{a: {}, b: {}, c: {}, d: {}, e: {}}"
    text = SHOP.replace(
        "production: {live: yes}",
        f"production: {{live: yes, waves: [{{at_once: {at_once}, regions: {regions}}}]}}",
    )
    plan = compile_plan(project.load(text), "minor")

    def window(region: str) -> str:
        return f"execution.production.{region}.window"

    for chain in chains:
        for one, other in itertools.pairwise(chain):
            assert window(one) in ancestors(plan, window(other))
    for one in (chain[0] for chain in chains):
        assert not any(window(other) in ancestors(plan, window(one)) for other in "abcde")


def test_twenty_four_regions_in_five_waves_are_one_plan(project: Project) -> None:
    waves = ""
    for wave, size in enumerate((1, 3, 5, 7, 8)):
        regions = ", ".join(f"r{wave}-{number}: {{}}" for number in range(size))
        waves += f"        - {{at_once: 3, regions: {{{regions}}}}}\n"
    text = SHOP.replace(
        "  - production: {live: yes}", f"  - production:\n      live: yes\n      waves:\n{waves}"
    )
    plan = compile_plan(project.load(text), "minor")
    assert len(plan.live_targets) == 24
    assert {target.wave for target in plan.live_targets} == {0, 1, 2, 3, 4}
    assert "execution.production.r0-0.step_5" in ids(plan)
    assert "execution.production.r4-7.step_50" in ids(plan)


def test_a_type_that_the_product_has_not_is_refused() -> None:
    with pytest.raises(PlanError, match="storefront has no yearly releases, only major, minor"):
        compile_plan(STOREFRONT, "yearly")


def test_milestones_count_from_day_0() -> None:
    milestones = {item.name: item.days for item in PLANS["minor"].milestones}
    assert milestones["planning starts"] == -10
    assert milestones["production"] == 0
    assert milestones["planning starts"] < milestones["scope locked"] < 0


def test_a_patchs_rehearsal_finds_out_itself_whether_it_is_needed() -> None:
    task = PLANS["patch"].task("validation.readiness.rehearsal")
    assert task.args == {"decides": "migrates_or_stale"}

"""Planned tasks → Airflow operators in task groups; the dots of an id are the groups."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from airflow.sdk import DAG, TaskGroup

from windlass.operators import (
    ApprovalGateOperator,
    ApprovalSeatOperator,
    CheckOperator,
    DeployStepOperator,
    JudgeOperator,
    MonitorOperator,
    ReleaseOperator,
    WaitOperator,
)
from windlass.plan.release_plan import Form, Nature, PlannedTask, ReleasePlan

OPERATORS: Mapping[Form, type[ReleaseOperator]] = {
    Form.TASK: ReleaseOperator,
    Form.CHECK: CheckOperator,
    Form.SEAT: ApprovalSeatOperator,
    Form.GATE: ApprovalGateOperator,
    Form.WAIT: WaitOperator,
    Form.STEP: DeployStepOperator,
    Form.JUDGE: JudgeOperator,
    Form.MONITOR: MonitorOperator,
}

#: Words that Title Case would spoil.
LABELS = {"follow_up": "Post-release"}

#: Tries of what waits and checks: ten minutes without Airflow's API server or without a vendor end
#: no release.
RETRIES = 8
#: Tries of what users feel: after a minute and a half it is given up, and settle goes back.
ROLLOUT_RETRIES = 3
#: Tries of settle: it must come through.
SETTLE_RETRIES = 10
RETRY_DELAY = timedelta(seconds=10)
LONGEST_RETRY_DELAY = timedelta(minutes=2)
#: Above every default: what makes a release safe goes first.
FIRST = 100
#: Release types and tasks that may not stand in a queue behind ordinary work.
URGENT = frozenset({"emergency", "rollback"})


def build_tasks(dag: DAG, plan: ReleasePlan, *, product_file: str, only: str | None = None) -> None:
    """Make every task of ``plan`` in ``dag``, with its edges, setup and teardowns.

    ``only`` names the one task that a worker runs: it is made alone, without edges, because the
    worker runs it and the scheduler, which follows the edges, reads the DAG as it was serialized.
    An id that the plan does not have makes every task.
    """
    groups: dict[str, TaskGroup] = {}
    setups = frozenset(task.id for task in plan.tasks if task.nature is Nature.SETUP)
    tasks = [task for task in plan.tasks if task.id == only] or plan.tasks
    made = {
        task.id: _operator(dag, groups, plan, task, product_file, _rule(task, setups))
        for task in tasks
    }
    for task in tasks:
        made[task.id].set_upstream([made[before] for before in task.after if before in made])
    _settle_natures(plan, made)


def _rule(task: PlannedTask, setups: Collection[str]) -> str:
    """The planned rule; Airflow wants ``all_success`` right behind a setup, which never skips."""
    return "all_success" if any(before in setups for before in task.after) else task.rule.value


def _settle_natures(plan: ReleasePlan, made: Mapping[str, ReleaseOperator]) -> None:
    here = [task for task in plan.tasks if task.id in made]
    setups = [made[task.id] for task in here if task.nature is Nature.SETUP]
    for setup in setups:
        setup.as_setup()  # type: ignore[no-untyped-call] # Airflow's has no hints
    for task in here:
        if task.nature is Nature.TEARDOWN:
            made[task.id].as_teardown(setups=setups, on_failure_fail_dagrun=True)


def _operator(
    dag: DAG,
    groups: dict[str, TaskGroup],
    plan: ReleasePlan,
    task: PlannedTask,
    product_file: str,
    rule: str,
) -> ReleaseOperator:
    path, _, label = task.id.rpartition(".")
    safety = task.nature is Nature.TEARDOWN or task.form is Form.JUDGE
    urgent = safety or plan.release_type in URGENT
    return OPERATORS[task.form](
        task_id=label,
        task_group=_group(dag, groups, path),
        dag=dag,
        row=task.row,
        product_file=product_file,
        release_type=plan.release_type,
        task_display_name=task.title,
        owner=", ".join(task.owners) or "windlass",
        trigger_rule=rule,
        retries=_retries(task),
        retry_delay=RETRY_DELAY,
        retry_exponential_backoff=2.0,
        max_retry_delay=LONGEST_RETRY_DELAY,
        priority_weight=FIRST if urgent else 1,
        weight_rule="absolute",
    )


def _retries(task: PlannedTask) -> int:
    if task.nature is Nature.TEARDOWN:
        return SETTLE_RETRIES
    rolls_out = task.phase == "execution" and task.form is not Form.WAIT
    return ROLLOUT_RETRIES if rolls_out else RETRIES


def _group(dag: DAG, groups: dict[str, TaskGroup], path: str) -> TaskGroup | None:
    if not path:
        return None
    if path not in groups:
        above, _, label = path.rpartition(".")
        shown = LABELS.get(path, label.replace("_", " "))
        groups[path] = TaskGroup(
            group_id=label,
            group_display_name=shown[:1].upper() + shown[1:],
            parent_group=_group(dag, groups, above) or dag.task_group,
            dag=dag,
        )
    return groups[path]

"""A release, worked out in full before any Airflow object exists: plain frozen values.

``windlass plan`` prints one, tests read it, the factory maps it to task groups, the in-process
runner runs it, and its :attr:`ReleasePlan.digest` is what people approve.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

#: Written into every frozen plan; raised when the shape changes, with an upcaster for old plans.
PLAN_SCHEMA = 1

#: Between a place and a feature flag there, in the name of a target.
FLAG_SIGN = "+"

Args = Mapping[str, Any]


class Nature(StrEnum):
    """What a task is to Airflow: ``SETUP`` and ``TEARDOWN`` run whatever becomes of the rest."""

    WORK = "work"
    SETUP = "setup"
    TEARDOWN = "teardown"


class Rule(StrEnum):
    """When a task starts.

    ``NONE_FAILED``: everything before it is done; a task that skipped itself counts as done
    (Airflow's ``none_failed``). ``ALL_DONE``: everything before it has ended, however.
    """

    NONE_FAILED = "none_failed"
    ALL_DONE = "all_done"


class Form(StrEnum):
    """What kind of thing a task is to the people who look at it; chooses the operator's name."""

    TASK = "task"
    CHECK = "check"
    SEAT = "seat"
    GATE = "gate"
    WAIT = "wait"
    STEP = "step"
    JUDGE = "judge"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """One task of one release.

    Attributes:
        id: the task's id in Airflow and in the ledger, ``execution.production.eu-west.step_5``.
        row: the row of the workflow that it does, ``execution.production.step``; the key of
            :data:`windlass.tasks.registry.ROWS`.
        title: what a release person would say, ``Deploy 5 % · eu-west``.
        owners: the roles that own it; Airflow's ``owner``.
        after: ids of the tasks that come before it.
        args: what tells it from its siblings (environment, region, percent, suite, seat …); JSON.
        evidence: names of the facts that it owes the ledger when it is done.
    """

    id: str
    row: str
    phase: str
    title: str
    owners: tuple[str, ...]
    after: tuple[str, ...] = ()
    args: Args = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    nature: Nature = Nature.WORK
    rule: Rule = Rule.NONE_FAILED
    form: Form = Form.TASK


@dataclass(frozen=True, slots=True)
class PlannedSeat:
    """A required approval of a gate: ``count`` different people who hold ``role``.

    ``only_if`` names what the change must be for the seat to count; empty: always.
    """

    gate: str
    role: str
    count: int = 1
    binds: tuple[str, ...] = ("scope", "package", "plan")
    only_if: str = ""


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """One place the release goes to: an environment, one region of it, or a feature flag there.

    ``region`` is empty where the environment has no regions. ``wave`` counts from 0. ``steps`` are
    percents of exposure, rising, ending at 100; a flag's begin with the names of audiences.
    ``flag`` is empty where it is code that is exposed.
    """

    environment: str
    region: str
    live: bool
    wave: int
    url: str | None
    zone: str
    window: str | None
    steps: tuple[int | str, ...]
    flag: str = ""

    @property
    def percents(self) -> tuple[int, ...]:
        """The steps that are shares of all users."""
        return tuple(step for step in self.steps if isinstance(step, int))

    @property
    def place(self) -> str:
        """``production/eu-west``, or ``staging`` where there are no regions: the claim's target."""
        return f"{self.environment}/{self.region}" if self.region else self.environment

    @property
    def name(self) -> str:
        """The place; ``production/eu-west+new-cart`` for a flag there."""
        return f"{self.place}{FLAG_SIGN}{self.flag}" if self.flag else self.place


@dataclass(frozen=True, slots=True)
class Milestone:
    """A point in time relative to Day 0 (the production window), in calendar days (may be < 0)."""

    name: str
    phase: str
    days: float


@dataclass(frozen=True)  # no slots: the digest is kept once it is worked out
class ReleasePlan:
    """Everything one release of one product will do, in order. See the module's docstring.

    ``ramps``: every feature flag that may be ramped, at each of its places.
    """

    product: str
    release_type: str
    tasks: tuple[PlannedTask, ...]
    targets: tuple[PlannedTarget, ...]
    seats: tuple[PlannedSeat, ...]
    milestones: tuple[Milestone, ...]
    not_applicable: Mapping[str, str]
    spec_digest: str
    schema: int = PLAN_SCHEMA
    ramps: tuple[PlannedTarget, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the plan's canonical JSON: what people approve."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def task(self, task_id: str) -> PlannedTask:
        """The task called ``task_id``.

        Raises:
            KeyError: the plan has none; says so with the id.
        """
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise KeyError(f"{task_id} is not in the plan of {self.product}.{self.release_type}")

    def rows(self, row: str) -> tuple[PlannedTask, ...]:
        """Every task that does ``row``, in the plan's order."""
        return tuple(task for task in self.tasks if task.row == row)

    @property
    def live_targets(self) -> tuple[PlannedTarget, ...]:
        """The targets that users see, in the order they are rolled out."""
        return tuple(target for target in self.targets if target.live)

    def target(self, name: str) -> PlannedTarget:
        """The place or the feature flag called ``name``.

        Raises:
            KeyError: the plan has none.
        """
        for target in (*self.targets, *self.ramps):
            if target.name == name:
                return target
        raise KeyError(f"{name} is not in the plan of {self.product}.{self.release_type}")

    def is_live(self, target: str) -> bool:
        """Whether users see ``target``: a live place, or a feature flag there."""
        return any(place_of(target) == each.name for each in self.live_targets)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; :meth:`from_json` gives the same plan back.

        Without flags it is what it was before there were any: what people signed stays signed.
        """
        data = asdict(self)
        for target in data["targets"]:
            del target["flag"]
        return data if self.ramps else {k: v for k, v in data.items() if k != "ramps"}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReleasePlan:
        """The plan that :meth:`to_json` wrote.

        Raises:
            ValueError: it was written by a newer Windlass.
        """
        if data["schema"] > PLAN_SCHEMA:
            raise ValueError(
                f"plan schema {data['schema']} is newer than {PLAN_SCHEMA}: upgrade Windlass"
            )
        return cls(
            product=data["product"],
            release_type=data["release_type"],
            tasks=tuple(_task(row) for row in data["tasks"]),
            targets=tuple(_target(row) for row in data["targets"]),
            seats=tuple(
                PlannedSeat(**{**row, "binds": tuple(row["binds"])}) for row in data["seats"]
            ),
            milestones=tuple(Milestone(**row) for row in data["milestones"]),
            not_applicable=dict(data["not_applicable"]),
            spec_digest=data["spec_digest"],
            schema=data["schema"],
            ramps=tuple(_target(row) for row in data.get("ramps", ())),
        )


def place_of(target: str) -> str:
    """The place of ``target``, which is that place or a feature flag there."""
    return target.partition(FLAG_SIGN)[0]


def flag_of(target: str) -> str:
    """The feature flag that ``target`` is; empty for the code of a place."""
    return target.partition(FLAG_SIGN)[2]


def _target(row: Mapping[str, Any]) -> PlannedTarget:
    return PlannedTarget(**{**row, "steps": tuple(row["steps"])})


def _task(row: Mapping[str, Any]) -> PlannedTask:
    return PlannedTask(
        **{
            **row,
            "owners": tuple(row["owners"]),
            "after": tuple(row["after"]),
            "evidence": tuple(row["evidence"]),
            "nature": Nature(row["nature"]),
            "rule": Rule(row["rule"]),
            "form": Form(row["form"]),
        }
    )

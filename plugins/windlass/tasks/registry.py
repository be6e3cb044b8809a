"""Which coroutine does which row of the workflow: a plain table, imported when first asked."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import cast

from windlass.plan.release_plan import PlannedTask
from windlass.tasks.finding import Finding
from windlass.tasks.release import Release
from windlass.tasks.results import Result

Coroutine = Callable[[Release, PlannedTask], Awaitable[Result | Finding]]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the workflow.

    Attributes:
        code: ``module:function`` below ``windlass.tasks``.
        always: whether it also runs when the release is over (rolled back, cancelled …).
        light: whether performing it again while it waits is cheap enough for the triggerer.
    """

    code: str
    always: bool = False
    light: bool = False


ROWS: dict[str, Row] = {
    "planning.open": Row("planning.open:open_", always=True),
    "planning.scope": Row("planning.scope:scope"),
    "planning.dependencies": Row("planning.dependencies:dependencies"),
    "planning.risk": Row("planning.risk:risk"),
    "planning.timeline": Row("planning.timeline:timeline"),
    "planning.environments": Row("planning.environments:environment"),
    "planning.automation": Row("planning.automation:automation"),
    "planning.rollback": Row("planning.rollback:rollback"),
    "planning.monitoring": Row("planning.monitoring:monitoring"),
    "planning.notify": Row("planning.notify:notify"),
    "planning.enablement": Row("planning.enablement:enablement"),
    "planning.documents": Row("planning.documents:documents"),
    "planning.review": Row("planning.review:review"),
    "planning.change": Row("planning.change:change"),
    "validation.cut": Row("validation.cut:cut"),
    "validation.candidate": Row("validation.candidate:candidate"),
    "validation.quality.suite": Row("validation.suite:suite", light=True),
    "validation.quality.gate": Row("validation.quality:gate"),
    "validation.quality.approval": Row("gates.seat:seat", light=True),
    "validation.acceptance.demonstrate": Row("validation.demonstrate:demonstrate"),
    "validation.acceptance.approval": Row("gates.seat:seat", light=True),
    "validation.acceptance.gate": Row("gates.gate:gate", light=True),
    "validation.readiness.health": Row("validation.health:health"),
    "validation.readiness.observability": Row("validation.observability:observability"),
    "validation.readiness.backups": Row("validation.backups:backups"),
    "validation.readiness.rehearsal": Row("validation.rehearsal:rehearsal"),
    "validation.readiness.approval": Row("gates.seat:seat", light=True),
    "validation.readiness.gate": Row("gates.gate:gate", light=True),
    "execution.open": Row("execution.open:open_"),
    "execution.package": Row("execution.package:package"),
    "execution.environment.deploy": Row("execution.environment:deploy"),
    "execution.environment.migrate": Row("execution.migrate:migrate"),
    "execution.environment.smoke": Row("execution.probing:smoke"),
    "execution.environment.services": Row("execution.probing:services"),
    "execution.announce": Row("execution.announce:announce"),
    "execution.production.window": Row("execution.window:window"),
    "execution.production.health": Row("execution.probing:health"),
    "execution.production.migrate": Row("execution.migrate:migrate"),
    "execution.production.step": Row("execution.step:step"),
    "execution.production.ramp": Row("execution.ramp:ramp"),
    "execution.production.judge": Row("execution.judge:judge", light=True),
    "execution.production.validate": Row("execution.probing:validate"),
    "execution.production.retract": Row("execution.rollback:retract"),
    "execution.watch": Row("execution.watch:watch", light=True),
    "execution.settle": Row("execution.settle:settle", always=True),
    "follow_up.monitor": Row("follow_up.monitor:monitor", light=True),
    "follow_up.adoption": Row("follow_up.adoption:adoption"),
    "follow_up.incidents": Row("follow_up.incidents:incidents", always=True),
    "follow_up.issues": Row("follow_up.issues:issues", always=True),
    "follow_up.contract": Row("follow_up.contract:contract"),
    "follow_up.verify_features": Row("follow_up.verify_features:verify_features"),
    "follow_up.benchmarks": Row("follow_up.benchmarks:benchmarks"),
    "follow_up.experience": Row("follow_up.experience:experience"),
    "follow_up.feedback": Row("follow_up.feedback:feedback"),
    "follow_up.review": Row("follow_up.review:review", always=True),
    "follow_up.close": Row("follow_up.close:close"),
    "release.end": Row("follow_up.end:end", always=True),
}


@cache
def coroutine(row: str) -> Coroutine:
    """The coroutine that does ``row``.

    Raises:
        KeyError: the workflow has no such row.
    """
    module, _, function = ROWS[row].code.partition(":")
    return cast("Coroutine", getattr(importlib.import_module(f"windlass.tasks.{module}"), function))

"""Every row of the workflow: who owns it, what people call it, what it owes the ledger.

A row's name is a task id with its variable parts dropped. ``title`` may hold ``{place}`` (region
or environment), ``{percent}``, ``{share}`` (the percent, or a flag and who has it), ``{suite}``,
``{role}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from windlass.plan.release_plan import Form, Nature, Rule


@dataclass(frozen=True, slots=True)
class RowShape:
    """What all tasks of a row have in common."""

    title: str
    owners: tuple[str, ...]
    evidence: tuple[str, ...]
    form: Form = Form.TASK
    rule: Rule = Rule.NONE_FAILED
    nature: Nature = Nature.WORK


PM, DEV, OPS = ("product_manager",), ("developer",), ("devops",)
QA, STAKE = ("qa_engineer",), ("stakeholder",)
CHECK, GATE, SEAT, WAIT = Form.CHECK, Form.GATE, Form.SEAT, Form.WAIT

_PLANNING = {
    "planning.open": RowShape(
        "Open the release", PM, ("plan_digest", "captain"), nature=Nature.SETUP
    ),
    "planning.scope": RowShape("Define the scope", PM, ("items", "release_type")),
    "planning.dependencies": RowShape("Dependencies", DEV, ("dependencies",), CHECK),
    "planning.risk": RowShape("Assess the risk", PM, ("score", "factors", "adds_approval")),
    "planning.timeline": RowShape("Timeline and milestones", PM, ("milestones", "runway")),
    "planning.environments": RowShape("Verify {place}", OPS, ("live", "drift"), CHECK),
    "planning.automation": RowShape("Rehearse the rollout plan", OPS, ("rollout", "digest")),
    "planning.rollback": RowShape("Prove the way back", OPS, ("last_good",), CHECK),
    "planning.monitoring": RowShape(
        "Monitoring and alerting", OPS, ("fresh", "dispersion", "detectable"), CHECK
    ),
    "planning.notify": RowShape("Tell the stakeholders", PM, ("message",)),
    "planning.enablement": RowShape("Support and training", PM, ("briefing",)),
    "planning.documents": RowShape("Draft the documents", PM, ("documents",)),
    "planning.review": RowShape("Schedule the review", PM, ("event",)),
    "planning.change": RowShape("Change request", OPS, ("change",)),
}
_VALIDATION = {
    "validation.cut": RowShape("Cut the candidate", (*PM, *DEV), ("version", "scope")),
    "validation.candidate": RowShape("Build the package", DEV, ("package", "artifacts")),
    "validation.quality.suite": RowShape("Quality: {suite}", QA, ("suite", "result"), CHECK),
    "validation.quality.approval": RowShape("Quality sign-off: {role}", QA, ("by",), SEAT),
    "validation.quality.gate": RowShape("Quality gate", QA, ("decision",), GATE),
    "validation.acceptance.demonstrate": RowShape("Demonstrate", PM, ("page",)),
    "validation.acceptance.approval": RowShape("Acceptance: {role}", STAKE, ("by",), SEAT),
    "validation.acceptance.gate": RowShape("Acceptance gate", PM, ("decision",), GATE),
    "validation.readiness.health": RowShape("Health and error budget", OPS, ("targets",), CHECK),
    "validation.readiness.observability": RowShape(
        "Observability", OPS, ("queries", "alerts"), CHECK
    ),
    "validation.readiness.backups": RowShape("Backups and recovery", OPS, ("backups",), CHECK),
    "validation.readiness.rehearsal": RowShape(
        "Rehearse the rollback", OPS, ("recovery_seconds",), CHECK
    ),
    "validation.readiness.approval": RowShape("Go/no-go: {role}", OPS, ("by",), SEAT),
    "validation.readiness.gate": RowShape("Go/no-go", OPS, ("decision",), GATE),
}
_EXECUTION = {
    "execution.open": RowShape("Write down what is live", OPS, ("live_before",)),
    "execution.package": RowShape("Promote the package", OPS, ("package", "tag")),
    "execution.environment.migrate": RowShape("Migrate data · {place}", OPS, ("migrated",)),
    "execution.environment.deploy": RowShape("Deploy · {place}", OPS, ("serves", "package")),
    "execution.environment.smoke": RowShape("Smoke checks · {place}", QA, ("checks",), CHECK),
    "execution.environment.services": RowShape("Services · {place}", OPS, ("services",), CHECK),
    "execution.announce": RowShape("Announce the start", PM, ("announced",)),
    "execution.production.window": RowShape("Window · {place}", OPS, ("opened", "claim"), WAIT),
    "execution.production.health": RowShape("Health before · {place}", OPS, ("health",), CHECK),
    "execution.production.migrate": RowShape("Migrate data · {place}", OPS, ("migrated",)),
    "execution.production.step": RowShape(
        "Deploy {percent} % · {place}", OPS, ("percent", "package"), Form.STEP
    ),
    "execution.production.ramp": RowShape(
        "Turn on {share} · {place}", OPS, ("flag", "percent", "version"), Form.STEP
    ),
    "execution.production.judge": RowShape(
        "Judge {share} · {place}", OPS, ("decision", "reasons"), Form.JUDGE
    ),
    "execution.production.validate": RowShape("User workflows · {place}", QA, ("checks",), CHECK),
    "execution.production.retract": RowShape(
        "Roll back · {place}", OPS, ("back_to",), Form.STEP, Rule.ALL_DONE
    ),
    "execution.watch": RowShape("Watch while exposed", OPS, ("looked_at",), Form.MONITOR),
    "execution.settle": RowShape(
        "Finish or roll back", OPS, ("serving", "rolled_back"), nature=Nature.TEARDOWN
    ),
}
_FOLLOW_UP = {
    "follow_up.monitor": RowShape("Monitor the release", OPS, ("watched", "verdict"), Form.MONITOR),
    "follow_up.adoption": RowShape("Adoption", PM, ("features",)),
    "follow_up.incidents": RowShape("Incidents", OPS, ("incidents",), rule=Rule.ALL_DONE),
    "follow_up.issues": RowShape("Issues", DEV, ("issues",), rule=Rule.ALL_DONE),
    "follow_up.contract": RowShape("Contract the data", OPS, ("migrated",)),
    "follow_up.verify_features": RowShape("Features work", PM, ("features",), CHECK),
    "follow_up.benchmarks": RowShape("Benchmarks", DEV, ("figures",), CHECK),
    "follow_up.experience": RowShape("Experience and accessibility", QA, ("result",), CHECK),
    "follow_up.feedback": RowShape("Feedback", PM, ("score",)),
    "follow_up.review": RowShape("Review", PM, ("actions",), rule=Rule.ALL_DONE),
    "follow_up.close": RowShape("Close the release", PM, ("criteria", "exit_conditions"), GATE),
    "release.end": RowShape("End", PM, ("outcome", "report"), nature=Nature.TEARDOWN),
}

ROWS: Mapping[str, RowShape] = {**_PLANNING, **_VALIDATION, **_EXECUTION, **_FOLLOW_UP}

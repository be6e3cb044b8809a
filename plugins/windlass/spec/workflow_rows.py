"""The rows that a release type chooses among in ``tasks:``, ``also:`` and ``tasks_if:``.

Rows of the execution phase are not chosen: a release that goes anywhere has them.
"""

from __future__ import annotations

CHOSEN_ROWS: tuple[str, ...] = (
    "planning.scope",
    "planning.dependencies",
    "planning.risk",
    "planning.timeline",
    "planning.environments",
    "planning.automation",
    "planning.rollback",
    "planning.monitoring",
    "planning.notify",
    "planning.enablement",
    "planning.documents",
    "planning.review",
    "planning.change",
    "validation.cut",
    "validation.candidate",
    "validation.quality.regression",
    "validation.quality.integration",
    "validation.quality.performance",
    "validation.quality.security",
    "validation.quality.accessibility",
    "validation.quality.gate",
    "validation.acceptance.demonstrate",
    "validation.acceptance.gate",
    "validation.readiness.health",
    "validation.readiness.observability",
    "validation.readiness.backups",
    "validation.readiness.rehearsal",
    "validation.readiness.gate",
    "follow_up.monitor",
    "follow_up.adoption",
    "follow_up.incidents",
    "follow_up.issues",
    "follow_up.contract",
    "follow_up.verify_features",
    "follow_up.benchmarks",
    "follow_up.experience",
    "follow_up.feedback",
    "follow_up.review",
    "follow_up.close",
)

#: Suites that the workflow names; a product's own suites run beside them.
NAMED_SUITES: tuple[str, ...] = (
    "regression",
    "integration",
    "performance",
    "security",
    "accessibility",
)

#: Names that an environment may not have, because task ids of the execution phase use them.
RESERVED_ENVIRONMENTS: tuple[str, ...] = ("open", "package", "announce", "watch", "settle", "close")

#: Names that a feature flag may not have: a place's own tasks use them.
RESERVED_FLAGS: tuple[str, ...] = ("window", "health", "migrate", "validate", "retract")

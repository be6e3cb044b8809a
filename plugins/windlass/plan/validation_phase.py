"""Phase 2: one package, its checks, and the people who answer for it."""

from __future__ import annotations

from windlass.plan.drafting import Draft
from windlass.plan.seats import GATES, add_seats, has_gate
from windlass.spec.approvals import Gate
from windlass.spec.checks import Suite
from windlass.spec.workflow_rows import NAMED_SUITES


def add_validation(draft: Draft) -> None:
    """The tasks of validation, in order."""
    before = draft.leaves()
    if draft.chosen("validation.cut", None):
        before = (draft.add("validation.cut", "validation.cut", before),)
    if draft.chosen("validation.candidate", None):
        before = (draft.add("validation.candidate", "validation.candidate", before),)
    suites = _suites(draft, before)
    quality = _gate(draft, "quality", suites or before, evidence=bool(suites))
    acceptance = _demonstration(draft, before)
    readiness = _readiness_checks(draft, before)
    judged = quality or suites or before
    _gate(draft, "acceptance", (*judged, *acceptance), evidence=False)
    _gate(draft, "readiness", (*judged, *readiness), evidence=False)


def _suites(draft: Draft, before: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        draft.add(
            f"validation.quality.{name}",
            "validation.quality.suite",
            before,
            owners=(suite.manual,) if suite.manual else None,
            suite=name,
        )
        for name, suite in _chosen_suites(draft)
    )


def _chosen_suites(draft: Draft) -> list[tuple[str, Suite]]:
    """The workflow's suites in its order, then the product's own by name."""
    written = draft.policy.quality
    own = sorted(name for name in written if name not in NAMED_SUITES)
    chosen = []
    for name in (*NAMED_SUITES, *own):
        row = f"validation.quality.{name}"
        suite = written.get(name)
        if name in NAMED_SUITES and not draft.wants(row):
            continue
        if suite is None:
            draft.skip(row, f"no {name} suite configured")
        elif draft.policy.only_fast_suites and not suite.fast:
            draft.skip(row, f"{draft.policy.name} releases run fast suites only")
        else:
            chosen.append((name, suite))
    return chosen


def _demonstration(draft: Draft, before: tuple[str, ...]) -> tuple[str, ...]:
    row = "validation.acceptance.demonstrate"
    return (draft.add(row, row, before),) if draft.chosen(row, draft.no_port("documents")) else ()


def _readiness_checks(draft: Draft, before: tuple[str, ...]) -> tuple[str, ...]:
    """What is measured before people are asked for go/no-go."""
    policy, product = draft.policy, draft.product
    reachable = any(
        environment.live and (environment.url or any(region.url for region in environment.regions))
        for environment in product.environments
    )
    sees = product.alerts or (policy.judge.metrics and "metrics" in product.vendors)
    spare = any(not environment.live for environment in product.environments)
    rows = (
        ("health", None if reachable or policy.slo else "no live url and no slo configured"),
        ("observability", None if sees else "no judge metrics and no alerts configured"),
        ("backups", draft.no_port("backups") or _not_migrating(draft, "backups")),
        ("rehearsal", None if spare else "no environment before the live one"),
    )
    ids = []
    for name, needs in rows:
        row = f"validation.readiness.{name}"
        if draft.chosen(row, needs):
            ids.append(draft.add(row, row, before))
    return tuple(ids)


def _not_migrating(draft: Draft, name: str) -> str | None:
    """Why a row that only a migration calls for has nothing to do."""
    condition = draft.policy.tasks_if.get(f"validation.readiness.{name}")
    if condition == "migrates" and draft.policy.rollout.migrations is None:
        return "no migrations configured"
    return None


def _gate(draft: Draft, gate: Gate, before: tuple[str, ...], *, evidence: bool) -> tuple[str, ...]:
    """A gate and its seats; nothing when nobody signs and nothing is weighed."""
    if gate not in GATES or not has_gate(draft.policy, gate):
        draft.wants(f"validation.{gate}.gate")
        return ()
    seats = add_seats(draft, gate, before)
    if not seats and not evidence:
        draft.skip(f"validation.{gate}.gate", f"no {gate} approvals configured")
        return ()
    row = f"validation.{gate}.gate"
    return (draft.add(row, row, (*before, *seats), gate=gate),)

"""The page of one release: everything it shows, worked out from its events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from windlass.board.gates import GateView, gates_of
from windlass.board.history import HistoryPage, history_of
from windlass.board.home import standing, waiting_tasks
from windlass.board.phases import Phase, phases_of
from windlass.board.questions import QuestionView, ScopeItem, questions_of, scope_items
from windlass.board.snapshot import Snapshot
from windlass.board.words import short, when
from windlass.ledger.chain import Verification
from windlass.ledger.event import Event
from windlass.ledger.views.report_charts import Charts, charts_of
from windlass.plan.release_plan import flag_of
from windlass.tasks.follow_up.charts import exposure_picture, phase_picture, rate_pictures
from windlass.tasks.overriding import closing, may_override
from windlass.tasks.people import person_called
from windlass.tasks.verbs import MAY

#: Verbs of the page, in its order, and what each does.
VERBS = (
    ("hold", "Stay at this step and keep watching."),
    ("resume", "Go on after a hold."),
    ("postpone", "Move Day 0 before production; all that was announced moves with it."),
    ("override", "Let this release through one thing that closes production."),
    ("cancel", "End before production."),
    ("abort", "Roll back what users see, now."),
)


@dataclass(frozen=True, slots=True)
class Target:
    """A target of the rollout: what it had before, and how much of the new version it has."""

    name: str
    before: str
    percent: float | None
    state: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge said."""

    title: str
    move: str
    outcome: str
    reasons: tuple[str, ...]
    at: str


@dataclass(frozen=True, slots=True)
class Rollout:
    """Targets, pictures and verdicts."""

    targets: tuple[Target, ...]
    exposure: Markup
    rates: tuple[Markup, ...]
    left_out: int
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Verb:
    """Something the reader may do now."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """Everything the page shows; see the fields' names."""

    id: str
    dag_id: str
    run_id: str
    name: str
    title: str
    version: str
    release_type: str
    user: str
    outcome: str
    standing: str
    facts: tuple[tuple[str, str], ...]
    scope: tuple[ScopeItem, ...]
    scope_summary: str
    questions: tuple[QuestionView, ...]
    waits: tuple[tuple[str, str], ...]
    phases: tuple[Phase, ...]
    timeline: Markup
    gates: tuple[GateView, ...]
    rollout: Rollout
    verbs: tuple[Verb, ...]
    closing: tuple[tuple[str, str], ...]
    history: HistoryPage
    chain: Verification
    dry_run: bool
    now: datetime


def release_page(
    release: Snapshot,
    events: Sequence[Event],
    *,
    user: str,
    chain: Verification,
    may_change: bool,
    before: int | None = None,
) -> ReleasePage:
    """The page as ``user`` (an Airflow id) sees it.

    Args:
        events: all of the release's, in order.
        chain: whether they are as they were written.
        may_change: whether Airflow lets the user change this DAG's runs.
        before: the history ends before this event; None: it ends with the newest.
    """
    view, policy = release.view, release.product.policy(release.plan.release_type)
    frozen = policy.model_dump(mode="json", by_alias=True)
    charts = charts_of(events, view, release.plan, frozen, now=view.ended_at or release.now())
    me = person_called(release.product, user)
    closes = _closing(release, me) if may_change else ()
    return ReleasePage(
        id=release.id,
        dag_id=release.dag_id,
        run_id=release.run_id,
        name=release.name,
        title=release.title,
        version=view.version or "",
        release_type=release.plan.release_type,
        user=me,
        outcome=view.outcome or "",
        standing="" if view.outcome else standing(release),
        facts=_facts(release),
        scope=scope_items(release),
        scope_summary=str((view.scope or {}).get("summary") or ""),
        questions=questions_of(release, user),
        waits=() if view.outcome else waiting_tasks(release),
        phases=phases_of(release),
        timeline=phase_picture(charts),
        gates=gates_of(release),
        rollout=_rollout(release, charts),
        verbs=_verbs(release, me, closes) if may_change else (),
        closing=closes,
        history=history_of(events, release.plan, before=before),
        chain=chain,
        dry_run=release.dry_run,
        now=release.now(),
    )


def _facts(release: Snapshot) -> tuple[tuple[str, str], ...]:
    view, inputs = release.view, release.inputs
    ended = view.ended or {}
    report = ended.get("report") or {}
    found = (
        ("Why", ": ".join(text for text in (str(inputs.reason), inputs.note) if text)),
        ("Started by", inputs.by),
        ("Captain", view.captain or ""),
        ("Opened", when(view.opened_at)),
        ("Day 0", when(view.day_0)),
        ("Ended", when(view.ended_at)),
        ("Because", str(ended.get("why") or "")),
        ("Commit", str((view.candidate or {}).get("sha") or "")[:12]),
        ("Package", short(view.package)),
        ("Plan", short(release.plan.digest)),
        ("Report", str(report.get("documents") or report.get("html") or "")),
    )
    return tuple((name, text) for name, text in found if text)


def _rollout(release: Snapshot, charts: Charts) -> Rollout:
    view = release.view
    titles = {task.id: task.title for task in release.plan.tasks}
    return Rollout(
        targets=tuple(_target(release, name) for name in _targets(release)),
        exposure=exposure_picture(charts),
        rates=tuple(rate_pictures(charts)),
        left_out=charts.left_out,
        verdicts=tuple(
            Verdict(
                title=titles.get(task, task),
                move=str(verdict.get("move", "")),
                outcome=str(verdict.get("outcome", "")),
                reasons=tuple(str(reason) for reason in verdict.get("reasons") or ()),
                at=when(verdict["at"]),
            )
            for task, verdict in sorted(view.verdicts.items(), key=lambda item: item[1]["seq"])
        ),
    )


def _targets(release: Snapshot) -> tuple[str, ...]:
    """Every place, and the flags that the release ramps."""
    ramps = [ramp.name for ramp in release.plan.ramps if ramp.flag in release.inputs.flags]
    return (*(target.name for target in release.plan.targets), *ramps)


def _target(release: Snapshot, name: str) -> Target:
    view = release.view
    before = str((view.before.get(name) or {}).get("stable") or "")
    if name in view.forward:
        return Target(name, before, 100.0, f"no way back: rolled forward to {view.version}")
    if name in view.reverted:
        return _put_back(name, before, view.reverted[name])
    if name in view.promoted:
        return Target(name, before, 100.0, f"promoted: {view.promoted[name]}")
    if name in view.exposed and flag_of(name):
        audience = view.audience.get(name)
        return Target(name, before, view.exposed[name], f"on for {audience or 'a share of users'}")
    if name in view.exposed:
        one_way = ": no way back" if name in view.one_way else ""
        return Target(name, before, view.exposed[name], f"serves {view.version}{one_way}")
    if name in view.one_way:
        return Target(name, before, None, "migrated for good, not touched")
    return Target(name, before, None, "not touched")


def _put_back(name: str, before: str, back: Mapping[str, Any]) -> Target:
    if back.get("left"):
        return Target(name, before, back["left"], f"halted at {back['left']:g} %")
    if flag_of(name):
        return Target(name, before, 0.0, "off again")
    return Target(name, before, 0.0, f"back on {back.get('back_to') or 'nothing'}")


def _verbs(release: Snapshot, me: str, closes: tuple[tuple[str, str], ...]) -> tuple[Verb, ...]:
    """What ``me`` may do now; asked once more when it is done."""
    view = release.view
    if view.over:
        return ()
    exposed = any(release.plan.is_live(name) for name in view.touched)
    fits = {
        "hold": view.hold is None,
        "resume": view.hold is not None,
        "postpone": not exposed,
        "override": bool(closes),
        "cancel": not exposed,
        "abort": exposed,
    }
    return tuple(
        Verb(name, text)
        for name, text in VERBS
        if fits[name] and (name == "override" or may_use(release, name, me))
    )


def _closing(release: Snapshot, me: str) -> tuple[tuple[str, str], ...]:
    """What closes production and ``me`` may step over: name, and the words for it."""
    if release.view.over:
        return ()
    return tuple(
        (name, text) for name, text in closing(release).items() if may_override(release, name, me)
    )


def may_use(release: Snapshot, verb: str, me: str) -> bool:
    """Whether ``me`` is the captain or holds one of the roles that ``verb`` asks for."""
    roles = MAY[verb] or tuple(release.product.roles)
    return me == release.view.captain or any(me in release.product.holders(r) for r in roles)

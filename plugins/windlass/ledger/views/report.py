"""A release as its report tells it: values only, each claim with the events it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from windlass.ledger.views.folding import fold
from windlass.ledger.views.proofs import Proof, Proofs, Sealed
from windlass.ledger.views.release import ReleaseView
from windlass.ledger.views.release_facts import Facts
from windlass.ledger.views.report_charts import Charts, charts_of
from windlass.ledger.views.report_records import (
    Effect,
    Gate,
    Judged,
    Moment,
    Waived,
    effects_of,
    gates_of,
    judged_of,
    timeline_of,
    waived_of,
)
from windlass.ledger.views.report_steps import Step, steps_of
from windlass.ledger.views.standing import (
    Standing,
    exits_of,
    inputs_of,
    outputs_of,
    success_of,
)
from windlass.plan.release_plan import ReleasePlan


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, the state it claims, and its proofs; never without one."""

    title: str
    state: str
    text: str
    proofs: tuple[Proof, ...]
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Simulated:
    """Something that a dry run would have done: ``who`` is a task, or a port and its method."""

    who: str
    would: str
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """Where the ledger stood when the report was written; signed when there is a key."""

    seq: int
    hash: str
    key_id: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the report of one release says."""

    release: str
    product: str
    version: str
    release_type: str
    outcome: str
    why: str
    good: bool
    dry_run: bool
    facts: tuple[tuple[str, str], ...]
    head: Head
    criteria: tuple[Claim, ...]
    conditions: tuple[Claim, ...]
    inputs: tuple[Claim, ...]
    outputs: tuple[Claim, ...]
    steps: tuple[Step, ...]
    gates: tuple[Gate, ...]
    judged: tuple[Judged, ...]
    waived: tuple[Waived, ...]
    timeline: tuple[Moment, ...]
    effects: tuple[Effect, ...]
    simulated: tuple[Simulated, ...]
    not_applicable: tuple[tuple[str, str], ...]
    charts: Charts
    proofs: tuple[Proof, ...]


def build_report(
    stream: str,
    events: Iterable[Sealed],
    *,
    outcome: str,
    why: str,
    good: bool,
    head: Head,
    calls: Sequence[Mapping[str, Any]] = (),
    now: datetime,
) -> Report:
    """The report of the release ``stream``, written at ``now``.

    Args:
        events: all of them, in order; the plan and the product come from the first.
        good: whether nobody has to look at this outcome.
        calls: what a dry run wrote down instead of calling other systems.
    """
    known = list(events)
    view, proofs = fold(stream, known), Proofs(known)
    opened = view.opened or {}
    plan = ReleasePlan.from_json(opened["plan"])
    policy = opened["spec"]["release_types"][plan.release_type]
    facts = Facts(view, known, plan)
    return Report(
        release=stream,
        product=str(opened["spec"].get("title") or plan.product),
        version=view.version or "",
        release_type=plan.release_type,
        outcome=outcome,
        why=why,
        good=good,
        dry_run=bool(opened["inputs"].get("dry_run")),
        facts=_facts(view, opened, now),
        head=head,
        criteria=tuple(_claim(each, proofs) for each in success_of(facts)),
        conditions=tuple(_claim(each, proofs) for each in exits_of(facts)),
        inputs=tuple(_claim(each, proofs) for each in inputs_of(facts)),
        outputs=tuple(_claim(each, proofs) for each in outputs_of(facts)),
        steps=steps_of(view, plan, proofs),
        gates=gates_of(view, plan, proofs),
        judged=judged_of(view, plan, proofs),
        waived=waived_of(view, plan, proofs),
        timeline=timeline_of(known, plan, proofs),
        effects=effects_of(known, proofs),
        simulated=_simulated(view, proofs, calls),
        not_applicable=tuple(sorted(plan.not_applicable.items())),
        charts=charts_of(known, view, plan, policy, now=view.ended_at or now),
        proofs=proofs.cited(),
    )


def _claim(standing: Standing, proofs: Proofs) -> Claim:
    return Claim(
        standing.title,
        standing.state,
        standing.reason,
        proofs.of(*standing.seqs),
        standing.links,
    )


def _simulated(
    view: ReleaseView, proofs: Proofs, calls: Sequence[Mapping[str, Any]]
) -> tuple[Simulated, ...]:
    said = [
        Simulated(
            str(each.get("task") or "the ledger"),
            str(each["would"]) if each.get("task") else f"write {each['would']}",
            proofs.of(int(each["seq"])),
        )
        for each in view.simulated
    ]
    called = [Simulated(f"{c['port']}.{c['method']}", str(c["would"])) for c in calls]
    return (*said, *called)


def _facts(
    view: ReleaseView, opened: Mapping[str, Any], now: datetime
) -> tuple[tuple[str, str], ...]:
    inputs, candidate = opened["inputs"], view.candidate or {}
    ended = view.ended_at or now
    took = ended - view.opened_at if view.opened_at else None
    found = (
        ("Reason", ": ".join(str(x) for x in (inputs["reason"], inputs.get("note")) if x)),
        ("Started by", str(inputs["by"])),
        ("Captain", view.captain or ""),
        ("Opened", _time(view.opened_at)),
        ("Day 0", _time(view.day_0)),
        ("Forecast", "; ".join(_forecasts(view))),
        ("Took", _length(took.total_seconds()) if took else ""),
        ("Commit", str(candidate.get("sha") or "")[:12]),
        ("Package", str(candidate.get("digest") or "")),
        ("Plan", str(opened["plan_digest"])),
    )
    return tuple((name, text) for name, text in found if text)


def _forecasts(view: ReleaseView) -> list[str]:
    """What was forecast when it was planned, and what came of it."""
    lines = []
    for one in (view.forecast_met or {}).get("milestones", ()):
        p50, p90, came = (datetime.fromisoformat(one[k]) for k in ("p50", "p90", "actual"))
        how = "by P50" if came <= p50 else "by P90" if came <= p90 else "later than P90"
        lines.append(f"{one['milestone']} {_time(came)}, {how} ({_time(p90)})")
    return lines


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


def _length(seconds: float) -> str:
    """Two largest units: ``9 d 3 h``, ``4 min 12 s``."""
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{int(count)} {unit}")
    return " ".join(parts[:2]) or "0 s"

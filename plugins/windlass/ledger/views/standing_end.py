"""How it ended: facts for the five outputs and the five exit conditions, and their events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windlass.decisions.criteria import ExitFacts, OutputFacts
from windlass.ledger.views.release_facts import Facts, mapping
from windlass.ledger.views.standing_before import suites_of

MONITOR, REVIEW, CLOSE = "follow_up.monitor", "follow_up.review", "follow_up.close"
#: The mark that ``follow_up.close`` leaves once the documents are final and people have them.
FINAL = "documents final"
LOOKING = ("follow_up.incidents", "follow_up.issues")


def output_facts(facts: Facts) -> OutputFacts:
    """Read from the ledger; empty where there is none."""
    return OutputFacts(
        released_version=_version(facts),
        communication=", ".join(_pages(facts)),
        health=_health(facts),
        validation_reports=_reports(facts),
        lessons=_lessons(facts),
    )


def no_outputs(facts: Facts) -> dict[str, str]:
    """The outputs that this release does not have, and why."""
    found = {
        "communication": None if facts.has_port("documents") else "no documents configured",
        "health": None if facts.view.touched else "nothing was exposed, nothing was measured",
        "validation_reports": None if suites_of(facts) else "no suites configured",
        "lessons": facts.absent(REVIEW) or _no_review(facts),
    }
    return {name: reason for name, reason in found.items() if reason}


def output_seqs(facts: Facts) -> dict[str, tuple[int, ...]]:
    """The events that each output rests on."""
    looks = facts.every("judge.look")
    checks = [task.id for task in facts.plan.rows("execution.production.validate")]
    return {
        "released_version": facts.last("exposure.closed") or facts.every("version.promoted"),
        "communication": facts.mark(CLOSE, FINAL),
        "health": (*looks[:1], *looks[-1:], *facts.every("judge.verdict"), *facts.seqs(*checks)),
        "validation_reports": facts.seqs(*suites_of(facts).values()),
        "lessons": facts.seqs(REVIEW),
    }


def output_links(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Addresses to open."""
    reports = [mapping(r.evidence) for t in suites_of(facts).values() if (r := facts.record(t))]
    actions = [mapping(each).get("link") for each in _actions(facts)]
    return {
        "communication": tuple(_pages(facts).values()),
        "validation_reports": tuple(str(each["link"]) for each in reports if each.get("link")),
        "lessons": tuple(str(link) for link in actions if link),
    }


def exit_facts(facts: Facts) -> ExitFacts:
    """Read from the ledger; None where nobody has found out."""
    watched = facts.record(MONITOR)
    return ExitFacts(
        version=facts.view.version or "",
        serving=_serving(facts),
        watch_over=None if watched is None else watched.outcome == "done",
        replaced_by=_replaced_by(facts),
        open_critical=_critical(facts),
        told={"the channel": True} if _told(facts) else None,
        pages=dict.fromkeys(_pages(facts), True) or None,
    )


def no_exits(facts: Facts) -> dict[str, str]:
    """The conditions that do not apply to this release, and why."""
    wanted = mapping(facts.setting("follow_up")).get("exit_conditions") or ()
    names = ("monitored", "no_critical", "told", "documented")
    found = {name: "the policy does not ask for it" for name in names if name not in wanted}
    reasons = {
        "monitored": facts.absent(MONITOR),
        "no_critical": _nobody_looks(facts),
        "told": _quiet(facts),
        "documented": None if facts.has_port("documents") else "no documents configured",
    }
    return found | {name: reason for name, reason in reasons.items() if reason}


def exit_seqs(facts: Facts) -> dict[str, tuple[int, ...]]:
    """The events that each condition rests on."""
    told = _told(facts)
    return {
        "in_production": facts.last("exposure.closed") or facts.every("version.promoted"),
        "monitored": facts.seqs(MONITOR),
        "no_critical": facts.seqs(*LOOKING) or facts.last("incident.opened", "hotfix.requested"),
        "told": (told[0], told[-1]) if told else (),
        "documented": facts.mark(CLOSE, FINAL),
    }


def _version(facts: Facts) -> str:
    view = facts.view
    if view.closed or not view.promoted:
        return ""
    live = {target: view.promoted[target] for target in facts.targets() if target in view.promoted}
    return ", ".join(f"{version} on {target}" for target, version in live.items())


def _pages(facts: Facts) -> Mapping[str, str]:
    """The final pages: name → link."""
    seqs = facts.mark(CLOSE, FINAL)
    found = [event.data for event in facts.events if event.seq in seqs]
    pages = mapping(found[-1].get("pages")) if found else {}
    return {str(name).replace("_", " "): str(link) for name, link in pages.items()}


def _health(facts: Facts) -> str:
    looks, verdicts = facts.every("judge.look"), facts.every("judge.verdict")
    checks = facts.seqs(*(task.id for task in facts.plan.rows("execution.production.validate")))
    if not looks and not checks:
        return ""
    return f"{len(looks)} looks, {len(verdicts)} verdicts, {len(checks)} checks of the live version"


def _reports(facts: Facts) -> str:
    names = [name for name, task in suites_of(facts).items() if facts.done(task)]
    return f"results of {', '.join(names)}" if names else ""


def _actions(facts: Facts) -> Sequence[object]:
    record = facts.done(REVIEW)
    found = record.evidence.get("actions") if record else None
    return found if isinstance(found, list) else ()


def _lessons(facts: Facts) -> str:
    record = facts.done(REVIEW)
    if record is None or record.evidence.get("held") is not True:
        return ""
    return f"the review was held; {len(_actions(facts))} actions with owners"


def _no_review(facts: Facts) -> str | None:
    record = facts.record(REVIEW)
    if record is None or record.outcome != "skipped":
        return None
    return "; ".join(record.reasons)


def _serving(facts: Facts) -> dict[str, str | None]:
    """What each live target serves since this release, as the ledger has it."""
    view = facts.view
    found: dict[str, str | None] = {}
    for target in facts.targets():
        if target in view.forward:
            found[target] = view.forward[target]["version"]
        elif target in view.reverted:
            found[target] = view.reverted[target].get("back_to")
        elif target in view.promoted and not view.closed:
            found[target] = view.promoted[target]
        else:
            found[target] = (view.before.get(target) or {}).get("stable")
    return found


def _replaced_by(facts: Facts) -> str:
    record = facts.done(MONITOR)
    said = str(record.evidence.get("verdict") or "") if record else ""
    versions = mapping(record.evidence.get("replaced")) if record else {}
    if not said.startswith("superseded"):
        return ""
    return ", ".join(dict.fromkeys(str(version) for version in versions.values()))


def _lookers(facts: Facts) -> list[str]:
    return [task for task in LOOKING if facts.absent(task) is None]


def _nobody_looks(facts: Facts) -> str | None:
    if facts.critical_open is not None or _lookers(facts):
        return None
    return "no tracker and no incident desk configured"


def _critical(facts: Facts) -> Sequence[str] | None:
    """What is open by whoever asked last; without that, what the tasks that look have found."""
    if facts.critical_open is not None:
        return facts.critical_open
    looked = [record for task in _lookers(facts) if (record := facts.done(task)) is not None]
    if not looked:
        return None
    incidents = [
        f"{each['id']} ({each['severity']})"
        for record in looked
        for each in record.evidence.get("incidents") or ()
        if isinstance(each, Mapping)
        and each.get("open")
        and each.get("severity") in ("critical", "high")
    ]
    critical = [r.evidence.get("critical") for r in looked]
    return incidents + [str(key) for keys in critical if isinstance(keys, list) for key in keys]


def _told(facts: Facts) -> tuple[int, ...]:
    """The messages that were posted."""
    return tuple(
        event.seq
        for event in facts.events
        if event.type == "effect.done" and event.data.get("kind") == "messages.post"
    )


def _quiet(facts: Facts) -> str | None:
    if not facts.has_port("messages"):
        return "no messages configured"
    if facts.setting("tell") == "problems":
        return "the product wants to hear of problems only (tell: problems)"
    return None

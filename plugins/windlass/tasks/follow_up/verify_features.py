"""``follow_up.verify_features``: everything that was to be delivered works for users.

Items whose automatic checks passed are ticked already; a person names those that do not work.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from windlass.decisions.verdict import Outcome, Verdict
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.finding import Finding
from windlass.tasks.follow_up.asking import filled_in
from windlass.tasks.question import Answer, Field
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Result

OPTIONS = ("checked",)
FAILED = Field("failed_items", "Keys of the items that do not work, with commas; none: all work")
NOTES = Field("notes", "What you saw")
#: Rows whose green result speaks for every item.
CHECKS = ("execution.production.validate", "validation.quality.suite")


async def verify_features(release: Release, task: PlannedTask) -> Result | Finding:
    """Ask (or, by policy, only look at the checks), and weigh what does not work."""
    items = _items(release)
    checks = _checks(release)
    ticked = bool(checks) and all(state == "passed" for state in checks.values())
    if release.policy.follow_up.verify_features == "automatic":
        return _automatic(items, checks, ticked=ticked)
    found = await filled_in(
        release,
        task,
        title=f"{release.name}: do its features work?",
        facts={
            "items": [{**item, "ticked": ticked} for item in items],
            "checks": checks,
        },
        options=OPTIONS,
        fields=(FAILED, NOTES),
        check=lambda answer: _unknown(answer, items),
    )
    return found if isinstance(found, Ask) else _answered(items, checks, found)


def _items(release: Release) -> list[dict[str, str]]:
    delivered = (release.view.scope or {}).get("delivered") or ()
    return [{"key": str(each["key"]), "title": str(each.get("title", ""))} for each in delivered]


def _checks(release: Release) -> dict[str, str]:
    """How each automatic check that speaks for the items came out: passed, not green, not run."""
    found = {}
    for row in CHECKS:
        for task in release.plan.rows(row):
            record = release.view.record(task.id)
            if record is None or record.outcome == "failed":
                found[task.id] = "not run"
            elif record.outcome == "done":
                found[task.id] = "passed" if _green(record.evidence) else "not green"
    return found


def _green(evidence: Mapping[str, Any]) -> bool:
    """Whether the check itself passed: nobody waived it or vouched for it."""
    vouched = evidence.get("waived_by") or evidence.get("attested_by")
    return evidence.get("outcome", Outcome.PASS.value) == Outcome.PASS.value and not vouched


def _automatic(items: list[dict[str, str]], checks: Mapping[str, str], *, ticked: bool) -> Finding:
    works = {item["key"]: "works" if ticked else "unknown" for item in items}
    red = tuple(f"{name}: {state}" for name, state in checks.items() if state != "passed")
    if ticked:
        verdict = Verdict(Outcome.PASS, (f"{len(checks)} automatic checks passed",))
    else:
        verdict = Verdict(Outcome.INCONCLUSIVE, red or ("no automatic check speaks for it",))
    return Finding(verdict, {"features": works, "checks": dict(checks)})


def _named(answer: Answer) -> list[str]:
    text = answer.fields.get("failed_items", "")
    return [word for word in re.split(r"[\s,;]+", text) if word]


def _unknown(answer: Answer, items: list[dict[str, str]]) -> str:
    known = [item["key"] for item in items]
    wrong = [word for word in _named(answer) if word not in known]
    if not wrong:
        return ""
    allowed = ", ".join(known) or "none: this release delivered no items"
    return f"{', '.join(wrong)}: no such item; allowed: {allowed}"


def _answered(items: list[dict[str, str]], checks: Mapping[str, str], answer: Answer) -> Finding:
    failed, notes = _named(answer), answer.fields.get("notes", "")
    evidence: dict[str, Any] = {
        "features": {
            item["key"]: "does not work" if item["key"] in failed else "works" for item in items
        },
        "checks": dict(checks),
        "by": answer.by,
        "notes": notes,
    }
    if failed:
        said = f": {notes}" if notes else ""
        reasons = tuple(f"{key} does not work, says {answer.by}{said}" for key in failed)
        return Finding(Verdict(Outcome.FAIL, reasons), evidence)
    text = f"{len(items)} items work, says {answer.by}"
    return Finding(Verdict(Outcome.PASS, (text,)), evidence)

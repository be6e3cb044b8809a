"""The demo's people: each answers what their role is asked, as themselves."""

from __future__ import annotations

from windlass.ledger.views.release import Asked
from windlass.tasks.release import Release

#: What is filled into a form, by field name; anything else is left empty.
FORMS = {
    "failed_items": "",
    "notes": "seen on the live version",
    "went_well": "the canary found nothing to complain about",
    "went_badly": "nothing",
    "actions": "",
    "reason": "demo",
}


def who_answers(release: Release, asked: Asked) -> str | None:
    """Somebody who holds the role and is not excluded; None when nobody does."""
    question = asked.question
    excluded = question["facts"].get("excluded") or {}
    signed = {str(s["by"]) for s in release.view.signatures}
    people = [p for role in question["roles"] for p in release.product.holders(role)]
    people = people or [p for p in (release.view.captain,) if p]
    free = [p for p in people if p not in excluded]
    fresh = [p for p in free if p not in signed]
    return next(iter(fresh or free), None)


def what_they_say(asked: Asked) -> tuple[str, dict[str, str]] | None:
    """The answer: approve what is to be approved, submit forms; None leaves it to people."""
    question = asked.question
    if question["kind"] in ("red_check", "judge"):
        return None
    fields = {f["name"]: FORMS.get(f["name"], "") for f in question["fields"]}
    return question["options"][0], fields

"""An answer that came through Airflow, written to the ledger if the witness has not done so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from windlass.errors import InputError
from windlass.ledger.redaction import without_secrets
from windlass.tasks.answering import answer, shown_by
from windlass.tasks.people import person_called
from windlass.tasks.release import Release


def take_answer(release: Release, task_id: str, event: Mapping[str, Any]) -> None:
    """Write the answer down. One that may not count is recorded as refused, and asked again."""
    asked = shown_by(release, task_id)
    if asked is not None:
        _write(release, str(asked.question["id"]), event)


def _write(release: Release, question: str, event: Mapping[str, Any]) -> None:
    user = event.get("responded_by_user") or {}
    by = person_called(release.product, str(user.get("id") or user.get("name") or "nobody"))
    option = str(next(iter(event["chosen_options"]), ""))
    given = {
        str(name): str(value)
        for name, value in (event.get("params_input") or {}).items()
        if value is not None
    }
    fields = dict(without_secrets(given, refuse=False))
    try:
        answer(release, question, option, by=by, at=datetime.now(UTC), fields=fields)
    except InputError as problem:
        release.record(
            "person.was_refused",
            by=by,
            question=question,
            option=option,
            reason=str(problem),
            action="answer",
        )

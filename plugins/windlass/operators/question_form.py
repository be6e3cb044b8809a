"""A question as Airflow's required action shows it.

Airflow keeps the text and the assignees of the first try for ever, so nothing that can change may
stand there: the facts are on the release's page and in the task's log, and who may answer is
checked when somebody does.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from windlass.tasks.gates.gate import ACCEPT, ANSWERS
from windlass.tasks.question import Question
from windlass.tasks.release import Release

#: The release's page; relative, so that it is found where Airflow is below a path of its own.
PAGE = "releases/release"


def options_of(release: Release, question: Question) -> list[str]:
    """Every answer that the task may ever be asked for; the page says which are open today."""
    if question.kind not in ("rejected", "unanswered"):
        return list(question.options)
    accepts = release.policy.approvals.accept_risk
    more = [answer for answer in ANSWERS if accepts or answer != ACCEPT]
    return list(dict.fromkeys((*question.options, *more)))


def form_of(question: Question) -> dict[str, dict[str, Any]]:
    """The form's fields as serialized Airflow params; all optional, checked when answered."""
    return {
        field.name: {
            "value": "",
            "description": field.label,
            "schema": {"type": ["string", "null"], "maxLength": 4000},
        }
        for field in question.fields
    }


def where_to_read(release: Release) -> str:
    """The body: where the facts are. Markdown, the same for every try."""
    return (
        "What you are asked, with the evidence: "
        f"[open the release]({PAGE}?id={quote(release.id, safe='')}).\n\n"
        f"On the command line: `windlass gates --release {release.id}`."
    )

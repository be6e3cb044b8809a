"""What a request to Airflow says, as far as it can be recorded; anything may stand in it.

Airflow judges whether a body is well formed and answers 422 where it is not. Here nothing may
raise: a half of a surrogate pair, a number without end or a list where an object belongs is made
text or left out, so that what a person did is written down all the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from windlass.ledger.redaction import without_secrets

#: What is worth keeping of a request; never a whole body that a stranger may have filled.
KEPT = ("chosen_options", "params_input", "new_state", "state", "note", "task_ids", "dry_run")
#: Characters of one text, items of one list or object, levels of nesting that are kept.
LONGEST, MOST, DEEPEST = 4000, 200, 4
#: Characters of somebody's id.
NAME = 200


def body_of(raw: bytes) -> dict[str, Any]:
    """The JSON object of a body; empty when it is none."""
    try:
        data = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def option_of(body: Mapping[str, Any]) -> str:
    """The answer that was chosen; empty when there is not exactly one."""
    chosen = body.get("chosen_options")
    one = isinstance(chosen, list) and len(chosen) == 1 and isinstance(chosen[0], str)
    return text_of(chosen[0]) if one and chosen else ""


def state_of(body: Mapping[str, Any]) -> str:
    """The state that a task is set to, as Airflow reads it: in whatever letters it is written."""
    return text_of(body.get("new_state") or "").lower()


def fields_of(body: Mapping[str, Any]) -> dict[str, str]:
    """What was filled in; a note counts as the reason where none is given."""
    given = body.get("params_input")
    found = dict(given) if isinstance(given, dict) else {}
    if body.get("note"):
        found.setdefault("reason", body["note"])
    return _without_secrets({text_of(k): text_of(v) for k, v in found.items() if v is not None})


def kept(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is written down of a request."""
    return _without_secrets({n: _recordable(body[n], DEEPEST) for n in KEPT if n in body})


def _without_secrets(given: dict[str, Any]) -> dict[str, Any]:
    """The same, where somebody has put a secret into a form: what it names is cut out."""
    return dict(without_secrets(given, refuse=False))


def text_of(value: Any) -> str:
    """``value`` as text that can be recorded."""
    text = value if isinstance(value, str) else str(_recordable(value, DEEPEST))
    return text.encode("utf-8", "replace").decode()[:LONGEST]


def name_of(user: str) -> str:
    """An id as the ledger takes it: what cannot be printed is spelled out, what is long is cut."""
    shown = user if user.isprintable() else ascii(user)[1:-1]
    return shown[:NAME] or "nobody"


def _recordable(value: Any, depth: int) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    if isinstance(value, Mapping) and depth:
        items = list(value.items())[:MOST]
        return {text_of(name): _recordable(each, depth - 1) for name, each in items}
    if isinstance(value, list) and depth:
        return [_recordable(each, depth - 1) for each in value[:MOST]]
    if isinstance(value, str):
        return text_of(value)
    return "…" if isinstance(value, (Mapping, list)) else text_of(f"{value:.6g}")

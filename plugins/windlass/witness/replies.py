"""What Airflow replied to an act: which tasks it did it to, and why not to others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windlass.witness.acts import Act
from windlass.witness.payload import text_of


def done_of(act: Act, tasks: tuple[str, ...], reply: Mapping[str, Any]) -> tuple[str, ...]:
    """The tasks to which Airflow did it.

    Args:
        tasks: those that the request names; Airflow may refuse some. Of a group it names them all.
    """
    if act.task:
        return tasks
    if tasks:
        said = [one for part in reply.values() for one in _list(part, "success")]
        done = {str(one).partition("[")[0] for one in said}
        return tuple(task for task in tasks if f"{act.dag}.{act.run}.{task}" in done)
    found = [ti for ti in _list(reply, "task_instances") if isinstance(ti, Mapping)]
    return tuple(str(ti["task_id"]) for ti in found if "task_id" in ti)


def reason_of(reply: Mapping[str, Any]) -> str:
    """Why Airflow refused."""
    errors = [one for part in reply.values() for one in _list(part, "errors")]
    said = [str(one.get("error")) for one in errors if isinstance(one, Mapping)]
    return "; ".join(said) or text_of(reply.get("detail", ""))


def _list(part: Any, name: str) -> list[Any]:
    given = part.get(name) if isinstance(part, Mapping) else None
    return given if isinstance(given, list) else []

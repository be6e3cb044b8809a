"""What one request does to each of the releases it names.

Airflow has requests on many tasks and runs at once, of one DAG or of several. To the ledger each
release is one act: what was asked of it, and of it alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from windlass.ledger import Ledger
from windlass.witness.acts import ANY, Act, Kind
from windlass.witness.payload import state_of, text_of

JSON = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """An act on one release. ``tasks``: those it names; empty where it names none."""

    act: Act
    body: JSON
    tasks: tuple[str, ...] = ()


def parts_of(act: Act, body: JSON, query: str, ledger: Ledger) -> tuple[Part, ...]:
    """The request, release by release; one that names none has no part."""
    match act.kind:
        case Kind.BULK if "actions" in body:
            return _together(_of_tasks(act, body))
        case Kind.BULK_RUNS:
            return tuple(_of_runs(act, body))
        case Kind.CLEAR_RUNS:
            runs = _objects(body.get("dag_runs"))
            return tuple(Part(_on(act, Kind.CLEAR_RUN, run), body) for run in runs)
        case Kind.PAUSE_MANY:
            found = _matching(query, ledger)
            return tuple(Part(Act(Kind.PAUSE, dag), body) for dag in found)
        case Kind.CLEAR if not body.get("dag_run_id"):
            streams = ledger.streams(f"{act.dag}/", open_only=True)
            names = (info.stream.partition("/")[2] for info in streams)
            return tuple(Part(Act(Kind.CLEAR, act.dag, name), body) for name in names)
        case Kind.CLEAR:
            return (Part(_on(act, Kind.CLEAR, body), body),)
    return (Part(act, body, (act.task,) if act.task else ()),)


def _of_tasks(act: Act, body: JSON) -> Iterator[Part]:
    for action, entity in _entities(body, "task_id"):
        kind = Kind.DELETE_TASK if action == "delete" else Kind.BULK
        yield Part(_on(act, kind, entity), entity, (text_of(entity["task_id"]),))


def _of_runs(act: Act, body: JSON) -> Iterator[Part]:
    for action, entity in _entities(body, "dag_run_id"):
        kind = Kind.DELETE_RUN if action == "delete" else Kind.MARK_RUN
        yield Part(_on(act, kind, entity), entity)


def _entities(body: JSON, name: str) -> Iterator[tuple[str, JSON]]:
    """Each thing of a bulk request with what is to be done; a bare text is its ``name``."""
    for action in _objects(body.get("actions")):
        given = action.get("entities")
        for entity in given if isinstance(given, list) else ():
            known = {name: entity} if isinstance(entity, str) else entity
            if isinstance(known, Mapping) and isinstance(known.get(name), str):
                yield str(action.get("action", "")), known


def _together(parts: Iterable[Part]) -> tuple[Part, ...]:
    """One part for all the tasks of a release to which the same is done."""
    found: dict[tuple[Act, str], Part] = {}
    for part in parts:
        key = part.act, state_of(part.body)
        known = found.get(key)
        found[key] = Part(part.act, part.body, (*known.tasks, *part.tasks)) if known else part
    return tuple(found.values())


def _on(act: Act, kind: Kind, entity: JSON) -> Act:
    """``act`` on the run that ``entity`` names; what it leaves out is in the path."""
    dag, run = entity.get("dag_id") or act.dag, entity.get("dag_run_id") or act.run
    return Act(kind, text_of(dag), text_of(run))


def _objects(given: Any) -> list[JSON]:
    return [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []


def _matching(query: str, ledger: Ledger) -> list[str]:
    """The DAGs with an open release that a pattern names, as Airflow reads patterns."""
    asked = parse_qs(query)
    patterns = [*asked.get("dag_id_pattern", ()), *asked.get("dag_id_prefix_pattern", ())]
    terms = [term.strip() for pattern in patterns for term in pattern.split("|")]
    dags = {info.stream.partition("/")[0] for info in ledger.streams(open_only=True)}
    return sorted(dag for dag in dags if any(_like(term, dag) for term in terms))


def _like(term: str, dag: str) -> bool:
    """Whether a pattern of SQL may mean this name: what stands between its signs, in order."""
    at = 0
    for piece in re.split(f"[%_{ANY}]", term.lower()):
        found = dag.lower().find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True

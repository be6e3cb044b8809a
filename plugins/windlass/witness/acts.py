"""Which request does what to which release: method and path, nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
PREFIXES = ("/api/v2/dags", "/ui/dags")
#: A DAG or a run that a request on several does not name in its path.
ANY = "~"


class Kind(StrEnum):
    """What a person does."""

    ANSWER = "answer"
    MARK = "mark"
    BULK = "bulk mark"
    CLEAR = "clear"
    MARK_RUN = "mark run"
    CLEAR_RUN = "clear run"
    DELETE_RUN = "delete run"
    STATE_STORE = "state store"
    PAUSE = "pause"
    DELETE_DAG = "delete DAG"
    DELETE_TASK = "delete task"
    BULK_RUNS = "bulk mark of runs"
    CLEAR_RUNS = "clear runs"
    PAUSE_MANY = "pause DAGs"


@dataclass(frozen=True, slots=True)
class Act:
    """A write to a DAG, run or task instance; ``run`` and ``task`` are empty where wider.

    ``~`` stands where the request names several, as in Airflow's own paths.
    """

    kind: Kind
    dag: str
    run: str = ""
    task: str = ""

    @property
    def release(self) -> str:
        """The ledger's stream of that run."""
        return f"{self.dag}/{self.run}"


_PART = r"([^/]+)"
_RUN = rf"{_PART}/dagRuns/{_PART}"
_TASK = rf"{_RUN}/taskInstances/{_PART}(?:/-?\d+)?"
_ROUTES: tuple[tuple[str, str, Kind], ...] = (
    ("PATCH", rf"{_TASK}/hitlDetails", Kind.ANSWER),
    ("PATCH", _TASK, Kind.MARK),
    ("PATCH", rf"{_RUN}/taskInstances", Kind.BULK),
    ("PATCH", rf"{_RUN}/taskGroupInstances/{_PART}", Kind.BULK),
    ("PATCH", rf"{_RUN}/taskGroups/{_PART}", Kind.BULK),
    ("POST", rf"{_PART}/clearTaskInstances", Kind.CLEAR),
    ("POST", rf"{_RUN}/clear", Kind.CLEAR_RUN),
    ("PATCH", _RUN, Kind.MARK_RUN),
    ("DELETE", _RUN, Kind.DELETE_RUN),
    ("PATCH", _PART, Kind.PAUSE),
    ("DELETE", _PART, Kind.DELETE_DAG),
    ("DELETE", _TASK, Kind.DELETE_TASK),
    ("PATCH", rf"{_PART}/dagRuns", Kind.BULK_RUNS),
    ("POST", rf"{_PART}/clearDagRuns", Kind.CLEAR_RUNS),
)
_STATE_STORE = re.compile(rf"{_TASK}/state-store(?:/.*)?")
_COMPILED = tuple((method, re.compile(pattern), kind) for method, pattern, kind in _ROUTES)


def act_of(method: str, path: str) -> Act | None:
    """The act a request is, or None for one that changes no release.

    >>> act_of("PATCH", "/api/v2/dags/shop.minor/dagRuns/r1/taskInstances/a.b/-1/hitlDetails")
    Act(kind=<Kind.ANSWER: 'answer'>, dag='shop.minor', run='r1', task='a.b')
    >>> act_of("GET", "/api/v2/dags/shop.minor") is None
    True

    A release's DAG is called ``<product>.<release type>``; one without a dot is somebody else's.

    >>> act_of("PATCH", "/api/v2/dags/etl/dagRuns/r1") is None
    True
    >>> act_of("PATCH", "/api/v2/dags/~/dagRuns/~/taskInstances").kind
    <Kind.BULK: 'bulk mark'>
    """
    if method not in WRITES or not path.startswith(PREFIXES):
        return None
    below = path.partition("/dags")[2]
    rest = below.strip("/")
    if below and not below.startswith("/"):
        return None
    if not rest:
        return Act(Kind.PAUSE_MANY, ANY) if method == "PATCH" else None
    dag = unquote(rest.partition("/")[0])
    if "." not in dag and dag != ANY:
        return None
    store = _STATE_STORE.fullmatch(rest)
    if store is not None:
        return _act(Kind.STATE_STORE, store)
    for known, pattern, kind in _COMPILED:
        found = pattern.fullmatch(rest) if method == known else None
        if found is not None:
            return _act(kind, found)
    return None


def _act(kind: Kind, found: re.Match[str]) -> Act:
    groups = [unquote(part) for part in found.groups()]
    task = groups[2] if len(groups) > 2 and kind is not Kind.BULK else ""
    return Act(kind, groups[0], groups[1] if len(groups) > 1 else "", task)

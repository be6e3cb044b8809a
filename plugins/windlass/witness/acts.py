"""Which request does what to which release: method and path, nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
PREFIXES = ("/api/v2/dags/", "/ui/dags/")


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


@dataclass(frozen=True, slots=True)
class Act:
    """A write to a DAG, run or task instance; ``run`` and ``task`` are empty where wider."""

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
    """
    if method not in WRITES or not path.startswith(PREFIXES):
        return None
    rest = path.split("/dags/", 1)[1].rstrip("/")
    if "." not in unquote(rest.partition("/")[0]):
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

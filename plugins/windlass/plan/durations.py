"""How long tasks took in past releases, from what was written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

#: Newer releases say more than older ones.
NEWEST = 50


class Happened(Protocol):
    """What is read of an event of the ledger."""

    @property
    def stream(self) -> str:
        """The release."""

    @property
    def type(self) -> str:
        """``task.started`` or ``task.finished``; others are passed over."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def data(self) -> Mapping[str, Any]:
        """``task``, and for a finished one ``outcome``."""


def past_durations(events: Iterable[Happened]) -> dict[str, tuple[float, ...]]:
    """Task id → seconds from its first start to its end, one for each release that did it.

    Args:
        events: in order of time; of one product, over all its releases.
    """
    started: dict[tuple[str, str], datetime] = {}
    took: dict[str, list[float]] = {}
    for event in events:
        key = (event.stream, str(event.data.get("task")))
        if event.type == "task.started":
            started.setdefault(key, event.at)
        elif event.type == "task.finished" and event.data.get("outcome") == "done":
            began = started.pop(key, None)
            if began is not None:
                took.setdefault(key[1], []).append((event.at - began).total_seconds())
    return {task: tuple(seconds[-NEWEST:]) for task, seconds in took.items()}

"""Running what the product brings: builds, test suites, custom steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from windlass.ports.effect import Idempotency, changes_the_world


class RunState(StrEnum):
    """Where a run is. ``LOST`` means the vendor no longer knows it: nothing may be concluded."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to the run."""
        return self is not RunState.RUNNING


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to run.

    Attributes:
        marker: unique to this try; :meth:`Pipelines.find` finds the run by it.
        run: the vendor's name of it: a command line, a workflow file, a job path.
        ref: commit or tag to run at, or None for the vendor's default.
        parameters: handed to the run (environment variables for a command).
        reports: files to keep when it is over, by name.
    """

    marker: str
    run: str
    ref: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    reports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunStatus:
    """A run as it is now. ``tail`` is the end of its output, at most 4 KiB."""

    id: str
    state: RunState
    link: str | None = None
    exit_code: int | None = None
    tail: str = ""
    seconds: float | None = None


class Pipelines(Protocol):
    """Start, find, poll, read, cancel."""

    async def find(self, marker: str) -> str | None:
        """Id of the run started with ``marker``, or None when there is none."""
        ...

    @changes_the_world(Idempotency.MARKER)
    async def start(self, request: RunRequest) -> str:
        """Start a run that outlives this process. Returns its id."""
        ...

    async def poll(self, run_id: str) -> RunStatus:
        """The run as it is now."""
        ...

    async def report(self, run_id: str, name: str) -> bytes | None:
        """A file that the run left, or None when it did not."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def cancel(self, run_id: str) -> None:
        """Stop the run if it still goes on."""
        ...

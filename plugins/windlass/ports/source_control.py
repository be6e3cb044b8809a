"""Where the code lives: commits, release branches and tags."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from windlass.ports.effect import Idempotency, changes_the_world


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. ``issues`` are tracker keys named in the message; ``files`` are paths changed."""

    sha: str
    author: str
    at: datetime
    message: str
    issues: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


class SourceControl(Protocol):
    """Commits, branches and annotated tags of one repository."""

    async def resolve(self, ref: str) -> str | None:
        """The commit id that ``ref`` (branch, tag or id) names, or None when there is none."""
        ...

    async def compare(self, base: str | None, head: str) -> tuple[Commit, ...]:
        """Commits reachable from ``head`` and not from ``base`` (None: all), oldest first."""
        ...

    async def changed_lines(self, base: str | None, head: str) -> int | None:
        """Lines added and removed from ``base`` (None: nothing) to ``head``; None: cannot say."""
        ...

    async def contains(self, ref: str, sha: str) -> bool:
        """Whether ``sha`` is ``ref`` or an ancestor of it."""
        ...

    @changes_the_world(Idempotency.NATURAL_KEY)
    async def create_branch(self, name: str, sha: str) -> None:
        """Create branch ``name`` at ``sha``; the same branch at the same commit is fine.

        Raises:
            RefusedByVendor: the branch exists at another commit.
        """
        ...

    @changes_the_world(Idempotency.NATURAL_KEY)
    async def create_tag(self, name: str, sha: str, message: str) -> None:
        """Create the annotated tag ``name`` at ``sha``; the same tag there is fine.

        Raises:
            RefusedByVendor: the tag exists at another commit.
        """
        ...

    async def tag_message(self, name: str) -> str | None:
        """The message of the annotated tag ``name``, or None when there is no such tag."""
        ...

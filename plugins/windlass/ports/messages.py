"""Talking to people: one living thread per release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from windlass.ports.effect import Idempotency, changes_the_world


@dataclass(frozen=True, slots=True)
class Message:
    """What is said. Plain text; adapters escape it for their medium.

    Attributes:
        thread: the release's id: everything about it hangs together.
        subject: one line.
        body: more lines, may be empty.
        links: (label, URL) pairs.
        to: people to name, by their key in teams.yaml; empty = the channel.
        level: ``info``, ``action`` or ``problem``.
    """

    thread: str
    subject: str
    body: str = ""
    links: tuple[tuple[str, str], ...] = ()
    to: tuple[str, ...] = ()
    level: str = "info"


@dataclass(frozen=True, slots=True)
class MessageRef:
    """Where a message is: the vendor's own ids, enough to edit it."""

    channel: str
    id: str


class Messages(Protocol):
    """A channel."""

    async def find(self, thread: str, marker: str) -> MessageRef | None:
        """The message posted to ``thread`` with ``marker``, if the vendor can tell."""
        ...

    @changes_the_world(Idempotency.MARKER)
    async def post(self, message: Message, *, marker: str, under: MessageRef | None) -> MessageRef:
        """Post a new message carrying ``marker``; ``under`` the thread's first one if given."""
        ...

    @changes_the_world(Idempotency.STATE)
    async def edit(self, ref: MessageRef, message: Message) -> None:
        """Replace the text of ``ref``. Media that cannot edit append the new state instead."""
        ...

"""A question to people, and its answer: one mechanism for seats, red checks, gates and forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from windlass.ledger.canonical import canonical, sha256


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in beside the choice. ``required_for`` names options that need it."""

    name: str
    label: str
    required_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, of whom, with which answers.

    Attributes:
        task: id of the task that asks.
        kind: ``seat``, ``red_check``, ``rejected``, ``scope``, ``form`` …: fixes the options.
        title: one line.
        facts: what the person must know; plain JSON. A change of facts makes a new question.
        options: the answers, best first.
        roles: who may answer; empty = the captain.
        fields: what to fill in.
    """

    task: str
    kind: str
    title: str
    facts: Mapping[str, Any]
    options: tuple[str, ...]
    roles: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()

    @property
    def digest(self) -> str:
        """What an answer binds to: a digest of the facts, short enough for a form field."""
        text = canonical({"kind": self.kind, "facts": dict(self.facts)})
        return sha256(text)[:16]

    @property
    def id(self) -> str:
        """The question's id: the task's id and the digest of what is asked."""
        return f"{self.task}?{self.digest}"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, with the id and digest for those who only read."""
        return {**asdict(self), "id": self.id, "digest": self.digest}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Question:
        """The question that :meth:`to_json` wrote."""
        return cls(
            task=data["task"],
            kind=data["kind"],
            title=data["title"],
            facts=data["facts"],
            options=tuple(data["options"]),
            roles=tuple(data["roles"]),
            fields=tuple(
                Field(f["name"], f["label"], tuple(f["required_for"])) for f in data["fields"]
            ),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered."""

    option: str
    by: str
    at: datetime
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The ``reason`` field, empty when there is none."""
        return self.fields.get("reason", "")

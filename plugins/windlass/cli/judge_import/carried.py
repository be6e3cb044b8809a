"""What an import gives: our YAML, and a list of what could not be carried over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml


@dataclass(slots=True)
class Carried:
    """The sections of a product file, and what is missing from them.

    Attributes:
        sections: ``judge`` and, where the source says something about it, ``rollout``.
        lost: one sentence for each setting that has no counterpart.
    """

    sections: dict[str, Any] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)

    def lose(self, where: str, why: str) -> None:
        """Note a setting that is not carried over."""
        self.lost.append(f"{where}: {why}")

    def text(self) -> str:
        """The YAML, with what was lost as comments above it."""
        head = ["# Not carried over:", *(f"# - {line}" for line in self.lost), ""]
        body = yaml.safe_dump(self.sections, sort_keys=False, allow_unicode=True, width=100)
        return ("\n".join(head) + "\n" if self.lost else "") + body


def slug(name: str) -> str:
    """A name as our files take it: lower case, letters, digits and hyphens.

    >>> slug("CPU Usage (%)")
    'cpu-usage'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "metric"


def unique(name: str, taken: Mapping[str, object]) -> str:
    """The name, numbered when it is taken."""
    wanted, number = slug(name), 1
    while wanted in taken:
        number += 1
        wanted = f"{slug(name)}-{number}"
    return wanted


def mapping(value: object) -> Mapping[str, Any]:
    """The value when it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def entries(value: object) -> list[Mapping[str, Any]]:
    """The mappings in a list; empty when it is none."""
    return (
        [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []
    )

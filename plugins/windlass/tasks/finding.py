"""What a check finds: a verdict, and the facts it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from windlass.decisions.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of a check. The engine turns a red one into the policy's consequence.

    ``evidence`` is plain JSON, by name; its values come from the port that was asked.
    """

    verdict: Verdict
    evidence: Mapping[str, Any] = field(default_factory=dict)

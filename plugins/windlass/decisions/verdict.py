"""What every decision answers: an outcome and the reasons for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How a decision came out.

    ``INCONCLUSIVE`` is "cannot tell", ``NO_DATA`` is "nothing to tell from", ``ERROR`` is
    "could not ask". They are never merged, and none of them passes.
    """

    PASS = "PASS"  # noqa: S105 - an outcome, no password
    MARGINAL = "MARGINAL"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    NO_DATA = "NO_DATA"
    ERROR = "ERROR"


#: From best to worst; :func:`worst` takes the right-most.
SEVERITY: tuple[Outcome, ...] = (
    Outcome.PASS,
    Outcome.MARGINAL,
    Outcome.INCONCLUSIVE,
    Outcome.NO_DATA,
    Outcome.ERROR,
    Outcome.FAIL,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome with its reasons (never empty) and the figures it rests on.

    >>> Verdict(Outcome.FAIL, ("2 of 412 tests failed",)).passed
    False
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    figures: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.reasons:
            raise ValueError("a verdict needs at least one reason")

    @property
    def passed(self) -> bool:
        """Whether the outcome is ``PASS``: nothing else lets a release through by itself."""
        return self.outcome is Outcome.PASS


def worst(verdicts: Iterable[Verdict], *, when_none: str) -> Verdict:
    """All of ``verdicts`` as one: the worst outcome, and the reasons of those that share it.

    Args:
        verdicts: the parts.
        when_none: the reason given with ``NO_DATA`` when there are no parts.
    """
    parts = list(verdicts)
    if not parts:
        return Verdict(Outcome.NO_DATA, (when_none,))
    outcome = max((part.outcome for part in parts), key=SEVERITY.index)
    reasons = tuple(r for part in parts if part.outcome is outcome for r in part.reasons)
    return Verdict(outcome, reasons)

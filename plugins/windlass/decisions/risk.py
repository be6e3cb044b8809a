"""How risky a release is, from 0 to 100, with every factor's share and its reason.

A factor gives a share from 0 to 1 of its weight; the score is the weighted mean × 100. What is not
known counts in full: a figure nobody could read is no good news.

==========  =====================================================  ============================
factor      none of its points                                     all of its points
==========  =====================================================  ============================
size        no line changed                                        ``full_size`` lines or more
breaking    nothing breaks                                         something breaks
migrations  no migration (one that can be undone: half)            one that cannot be undone
hot_files   no file that breaks often was touched                  ``full_hot_files`` or more
idle_days   released today                                         ``full_idle_days`` ago, never
failures    no failed release in 90 days                           ``full_failures`` or more
calendar    the next freeze is ``calm_days`` away or more          it begins now
team_size   one author                                             ``full_authors`` or more
experience  every author has shipped here before                   none has
compliance  no compliance tag                                      one or more
targets     one target                                             ``full_targets`` or more
absences    every approver is there                                none is
==========  =====================================================  ============================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: Points that a factor gives at most, unless the product says otherwise.
WEIGHTS: Mapping[str, float] = {
    "size": 15,
    "breaking": 15,
    "migrations": 12,
    "hot_files": 8,
    "idle_days": 8,
    "failures": 12,
    "calendar": 6,
    "team_size": 4,
    "experience": 6,
    "compliance": 4,
    "targets": 5,
    "absences": 5,
}


class Level(StrEnum):
    """What a score is called."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFacts:
    """What is known of a release; None = could not be found out.

    Attributes:
        changed_lines: added and removed, since the last promoted version.
        breaking: how many things break.
        migrates, undoable: whether the database changes, and whether that can be undone.
        hot_files: changed files that the product calls hot.
        idle_days: days since the last release; infinity before the first.
        failures: releases of the last 90 days that were rolled back or broke something.
        days_to_freeze: days from Day 0 to the next freeze; infinity when there is none.
        authors, new_authors: people who wrote it, and those of them who never shipped here yet.
        compliance: tags.
        targets: live targets.
        approvers, absent: people who must sign, and those of them away at that time.
    """

    changed_lines: int | None = None
    breaking: int | None = None
    migrates: bool | None = None
    undoable: bool | None = None
    hot_files: tuple[str, ...] | None = None
    idle_days: float | None = None
    failures: int | None = None
    days_to_freeze: float | None = None
    authors: int | None = None
    new_authors: int | None = None
    compliance: tuple[str, ...] | None = None
    targets: int | None = None
    approvers: int | None = None
    absent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPolicy:
    """Weights, where a factor is full, and where risk is medium and high.

    ``weights`` needs not name every factor: the others keep their usual weight.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    full_size: int = 400
    full_hot_files: int = 5
    full_idle_days: float = 60
    full_failures: int = 3
    calm_days: float = 5
    full_authors: int = 10
    full_targets: int = 10
    medium: int = 30
    high: int = 70

    def __post_init__(self) -> None:
        unknown = sorted(set(self.weights) - set(WEIGHTS))
        if unknown:
            raise ValueError(f"no risk factor {', '.join(unknown)}; known: {', '.join(WEIGHTS)}")
        if any(weight < 0 for weight in self.weights.values()) or not sum(self.weight.values()):
            raise ValueError("risk weights are 0 or more, and one at least is more")

    @property
    def weight(self) -> dict[str, float]:
        """The weight of every factor."""
        return {**WEIGHTS, **self.weights}


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor: its share (0 to 1), the points it gave of the 100, and why."""

    name: str
    share: float
    points: float
    reason: str


@dataclass(frozen=True, slots=True)
class Risk:
    """``score`` from 0 to 100, its level, and the factors, the heaviest first."""

    score: int
    level: Level
    factors: tuple[Factor, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The factors that gave points, in words."""
        found = tuple(f"{f.reason}: {f.points:.0f}" for f in self.factors if f.points > 0)
        return found or ("nothing speaks against it",)


def assess(facts: RiskFacts, policy: RiskPolicy | None = None) -> Risk:
    """The risk of a release.

    >>> plain = RiskFacts(changed_lines=40, breaking=0, migrates=False, hot_files=(),
    ...     idle_days=6, failures=0, days_to_freeze=30, authors=1, new_authors=0, compliance=(),
    ...     targets=1, approvers=2, absent=0)
    >>> assess(plain).score, assess(plain).level.value, assess(plain).reasons
    (2, 'low', ('40 lines changed: 2', '6 days since the last release: 1'))
    >>> assess(RiskFacts()).score
    100
    """
    policy = policy or RiskPolicy()
    whole = sum(policy.weight.values())
    factors = []
    for name, (share, reason) in _shares(facts, policy).items():
        points = 100 * policy.weight[name] * share / whole
        factors.append(Factor(name, share, points, reason))
    factors.sort(key=lambda factor: (-factor.points, factor.name))
    score = round(sum(factor.points for factor in factors))
    return Risk(score, _level(score, policy), tuple(factors))


def _level(score: int, policy: RiskPolicy) -> Level:
    if score >= policy.high:
        return Level.HIGH
    return Level.MEDIUM if score >= policy.medium else Level.LOW


def _shares(facts: RiskFacts, policy: RiskPolicy) -> dict[str, tuple[float, str]]:
    hot, tags = facts.hot_files, facts.compliance
    return {
        "size": _up_to(facts.changed_lines, policy.full_size, "{:g} lines changed"),
        "breaking": _up_to(facts.breaking, 1, "{:g} breaking changes"),
        "migrations": _migrations(facts),
        "hot_files": _up_to(
            None if hot is None else len(hot), policy.full_hot_files, "{:g} hot files touched"
        ),
        "idle_days": _up_to(
            facts.idle_days, policy.full_idle_days, "{:g} days since the last release"
        ),
        "failures": _up_to(facts.failures, policy.full_failures, "{:g} failed releases in 90 days"),
        "calendar": _calendar(facts.days_to_freeze, policy.calm_days),
        "team_size": _up_to(facts.authors, policy.full_authors, "{:g} authors", start=1),
        "experience": _part(
            facts.new_authors, facts.authors, "authors ship here for the first time"
        ),
        "compliance": _up_to(None if tags is None else len(tags), 1, "{:g} compliance tags"),
        "targets": _up_to(facts.targets, policy.full_targets, "{:g} targets", start=1),
        "absences": _part(facts.absent, facts.approvers, "approvers are away"),
    }


def _up_to(value: float | None, full: float, text: str, *, start: float = 0) -> tuple[float, str]:
    """A share that grows in line from ``start`` to ``full``."""
    if value is None:
        return 1.0, f"not known: {text.removeprefix('{:g} ')}"
    above = max(0.0, value - start)
    share = min(1.0, above / (full - start)) if full > start else float(above > 0)
    return share, text.format(value)


def _part(some: int | None, of: int | None, text: str) -> tuple[float, str]:
    if some is None or of is None:
        return 1.0, f"not known: how many {text}"
    return (min(1.0, some / of) if of else 0.0), f"{some} of {of} {text}"


def _migrations(facts: RiskFacts) -> tuple[float, str]:
    if facts.migrates is None:
        return 1.0, "not known: whether it migrates"
    if not facts.migrates:
        return 0.0, "no migration"
    if facts.undoable:
        return 0.5, "a migration that can be undone"
    return 1.0, "a migration that cannot be undone"


def _calendar(days: float | None, calm: float) -> tuple[float, str]:
    if days is None:
        return 1.0, "not known: when the next freeze is"
    return max(0.0, 1 - days / calm) if calm else 0.0, f"{days:g} days to the next freeze"

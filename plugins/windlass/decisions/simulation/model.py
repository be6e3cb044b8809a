"""What is simulated: steps in order, the people who answer, the places that open and close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from windlass.decisions.windows.spans import Span
from windlass.decisions.windows.state import Rules
from windlass.decisions.working_days import WorkingDays
from windlass.decisions.working_hours import WorkingHours
from windlass.errors import InputError

#: With fewer past durations than this the policy's figures are used instead.
ENOUGH_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Effort:
    """How long something takes, in seconds.

    Attributes:
        typical: the median.
        spread: P90 divided by the median, 1 or more; durations are log-normal between.
        samples: past durations; when there are enough of them they are drawn from instead.
    """

    typical: float
    spread: float = 1.0
    samples: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.typical < 0 or self.spread < 1 or any(sample < 0 for sample in self.samples):
            raise InputError(f"a duration is not negative and its spread is 1 or more: {self}")


class Kind(StrEnum):
    """How a step takes its time.

    ``WORK`` runs by itself at any hour; ``PEOPLE`` counts the working time of whoever of a role is
    done first; ``SEAT`` is a signature, asked of all who hold a role; ``WINDOW`` waits until a
    place is open for long enough; ``WATCH`` lasts days.
    """

    WORK = "work"
    PEOPLE = "people"
    SEAT = "seat"
    WINDOW = "window"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Step:
    """One task of the release.

    Attributes:
        id: its name in the plan.
        kind: how it takes its time.
        effort: how long; for a seat how much working time until an answer; not for windows.
        after: the steps that come before it.
        role: whose working time (``PEOPLE``) or signature (``SEAT``).
        count: how many different people must sign.
        gate: seats of one gate are signed by different people.
        place: which place must be open.
        covers: the steps that have to fit before the place closes again.
        not_before: it does not begin earlier: Day 0 for windows, the cut-off for the cut.
        days: length of a watch.
        only_worked: whether a watch counts working days.
    """

    id: str
    kind: Kind = Kind.WORK
    effort: Effort = field(default_factory=lambda: Effort(0.0))
    after: tuple[str, ...] = ()
    role: str = ""
    count: int = 1
    gate: str = ""
    place: str = ""
    covers: tuple[str, ...] = ()
    not_before: datetime | None = None
    days: int = 0
    only_worked: bool = False


@dataclass(frozen=True, slots=True)
class Busy:
    """A time in which somebody else holds the place."""

    span: Span
    holder: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a release goes: its calendar and hours, and when others hold it."""

    rules: Rules
    busy: tuple[Busy, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """Everything one simulation reads; ``simulate`` adds the number of runs and the seed.

    Attributes:
        start: when the release starts.
        steps: in an order in which every step comes after those it waits for.
        people: name → working hours.
        roles: role → names of those who hold it.
        places: name → calendar and hours.
        milestones: name → the steps that make it; it is reached when the last is done.
        excluded: people whose signature does not count.
        working: working days, for watches.
        zone: whose days the watches are.
        horizon: what is not done by then is never done.
    """

    start: datetime
    steps: tuple[Step, ...]
    people: Mapping[str, WorkingHours]
    roles: Mapping[str, tuple[str, ...]]
    places: Mapping[str, Place]
    milestones: Mapping[str, tuple[str, ...]]
    excluded: frozenset[str] = frozenset()
    working: WorkingDays = field(default_factory=WorkingDays)
    zone: str = "UTC"
    horizon: timedelta = timedelta(days=200)

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for step in self.steps:
            self._check(step, seen)
            seen.add(step.id)
        for name, members in self.milestones.items():
            if missing := set(members) - seen:
                raise InputError(f"milestone {name} waits for unknown steps: {sorted(missing)}")

    def _check(self, step: Step, seen: set[str]) -> None:
        if step.id in seen:
            raise InputError(f"two steps are called {step.id}")
        if missing := set(step.after) - seen:
            raise InputError(f"{step.id} comes before what it waits for: {sorted(missing)}")
        if step.kind is Kind.WINDOW and step.place not in self.places:
            raise InputError(f"{step.id} waits for the unknown place {step.place!r}")

    def holders(self, role: str) -> tuple[str, ...]:
        """Who may sign for ``role``: those who hold it, have hours, and are not excluded."""
        named = self.roles.get(role, ())
        return tuple(name for name in named if name in self.people and name not in self.excluded)

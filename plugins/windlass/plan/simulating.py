"""A plan as a model to be played: which task takes whose time, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from windlass.decisions.simulation import Busy, Effort, Kind, Model, Place, Step
from windlass.decisions.windows import (
    Calendar,
    Rules,
    Scope,
    Span,
    instant_of,
    parse_windows,
    zone_named,
)
from windlass.decisions.windows.wallclock import ONE_DAY
from windlass.decisions.working_days import working_days_of
from windlass.decisions.working_hours import WorkingHours
from windlass.plan.calendars import expand
from windlass.plan.release_plan import Form, PlannedTask, ReleasePlan
from windlass.plan.schedules import (
    hours_of,
    lead_of,
    live_names,
    place_of,
    scope_of,
    watch_of,
    working_weekdays,
)
from windlass.spec.people import Person
from windlass.spec.policy import Policy
from windlass.spec.product import Product

MINUTE, HOUR = 60.0, 3600.0
#: A signature comes after this much of its owner's working time; nine of ten within three times it.
ANSWER = Effort(2 * HOUR, 3.0)
#: Before there is any history: row → how long it takes. Rows not listed take a minute.
DEFAULTS: Mapping[str, Effort] = {
    "validation.candidate": Effort(10 * MINUTE, 2.0),
    "validation.quality.suite": Effort(20 * MINUTE, 2.0),
    "validation.readiness.rehearsal": Effort(15 * MINUTE, 2.0),
    "execution.environment.deploy": Effort(5 * MINUTE, 2.0),
    "execution.environment.migrate": Effort(5 * MINUTE, 3.0),
    "execution.production.migrate": Effort(5 * MINUTE, 3.0),
    "execution.production.validate": Effort(2 * MINUTE, 2.0),
}
A_MINUTE = Effort(MINUTE, 2.0)
#: What has to fit into a region's window.
ROLLED_OUT = ("migrate", "step", "judge", "validate")
HORIZON = timedelta(days=200)


def model_of(
    product: Product,
    plan: ReleasePlan,
    start: datetime,
    day_zero: datetime | None,
    *,
    history: Mapping[str, tuple[float, ...]] | None = None,
    busy: Mapping[str, tuple[Busy, ...]] | None = None,
) -> Model:
    """The model of one release.

    Tasks that only some changes need (``only_if``) take no time: the answer is for a release
    without a breaking change, a migration or high risk.

    Args:
        product: people, calendar, policies.
        plan: what is done, in order.
        start: when the release starts.
        day_zero: production does not start earlier; ``None``: as soon as it is ready.
        history: task id → past durations in seconds.
        busy: target → when other products hold it.
    """
    live = live_names(product)
    calendar = expand(product.calendar, start - ONE_DAY, start + HORIZON + ONE_DAY, live=live)
    place = place_of(product)
    steps = _Steps(product, plan, calendar, day_zero, history or {})
    return Model(
        start=start,
        steps=tuple(steps.of(task) for task in plan.tasks),
        people={name: hours_of_person(who, calendar) for name, who in product.people.items()},
        roles=product.roles,
        places={
            target.name: Place(
                Rules(calendar, scope_of(product.product, target), hours_of(target)),
                (busy or {}).get(target.name, ()),
            )
            for target in plan.live_targets
        },
        milestones=milestone_tasks(plan),
        working=working_days_of(
            calendar, Scope(product.product), working_weekdays(product.calendar)
        ),
        zone=place.zone,
        horizon=HORIZON,
    )


def hours_of_person(person: Person, calendar: Calendar) -> WorkingHours:
    """When somebody works: their hours, without absences and the calendar's holidays."""
    zone = zone_named(person.zone)
    away = tuple(
        Span(
            instant_of(datetime.combine(absence.first, datetime.min.time()), zone),
            instant_of(datetime.combine(absence.last + ONE_DAY, datetime.min.time()), zone),
        )
        for absence in person.away
    )
    off: tuple[date, ...] = tuple(holiday.day for holiday in calendar.holidays)
    return WorkingHours(parse_windows(person.hours, person.zone), off, away, person.zone)


def rolled_out(plan: ReleasePlan, target: str) -> tuple[str, ...]:
    """The tasks that have to fit into the window of ``target``."""
    return tuple(
        task.id
        for task in plan.tasks
        if task.args.get("target") == target
        and task.row.rpartition(".")[2] in ROLLED_OUT
        and task.row.startswith("execution.production.")
    )


def milestone_tasks(plan: ReleasePlan) -> dict[str, tuple[str, ...]]:
    """The ends of the phases, and the beginning of production."""
    found: dict[str, tuple[str, ...]] = {}
    names = {"planning": "planned", "validation": "validated", "execution": "released"}
    for phase, name in names.items():
        tasks = tuple(task.id for task in plan.tasks if task.phase == phase)
        if tasks:
            found[name] = tasks
    windows = tuple(task.id for task in plan.tasks if task.form is Form.WAIT)
    if windows:
        found["production"] = windows[:1]
    watched = tuple(task.id for task in plan.tasks if task.row == "follow_up.monitor")
    if watched:
        found["watched"] = watched
    order = ("planned", "validated", "production", "released", "watched")
    return {name: found[name] for name in order if name in found}


class _Steps:
    """Turns tasks into steps."""

    def __init__(
        self,
        product: Product,
        plan: ReleasePlan,
        calendar: Calendar,
        day_zero: datetime | None,
        history: Mapping[str, tuple[float, ...]],
    ) -> None:
        self.product, self.plan, self.history = product, plan, history
        self.policy: Policy = product.policy(plan.release_type)
        self.day_zero = day_zero
        self.cut_off = None if day_zero is None else self._cut_off(calendar, day_zero)

    def of(self, task: PlannedTask) -> Step:
        """The step of one task."""
        if task.args.get("only_if"):
            return Step(task.id, after=task.after)
        if task.form is Form.SEAT:
            role, gate = str(task.args["role"]), str(task.args["gate"])
            return Step(task.id, Kind.SEAT, ANSWER, task.after, role=role, gate=gate)
        if task.form is Form.WAIT:
            return self._window(task)
        if task.row == "follow_up.monitor":
            return self._watch(task)
        if task.row == "validation.quality.suite":
            return self._suite(task)
        not_before = self.cut_off if task.row == "validation.cut" else None
        return Step(task.id, Kind.WORK, self._effort(task), task.after, not_before=not_before)

    def _window(self, task: PlannedTask) -> Step:
        target = str(task.args["target"])
        return Step(
            task.id,
            Kind.WINDOW,
            after=task.after,
            place=target,
            covers=rolled_out(self.plan, target),
            not_before=self.day_zero,
        )

    def _watch(self, task: PlannedTask) -> Step:
        length = watch_of(self.policy.follow_up)
        if length.rest:
            seconds = self.policy.follow_up.monitor.time.total_seconds()
            return Step(task.id, Kind.WORK, Effort(seconds), task.after)
        days, moved = length.days, length.working
        return Step(task.id, Kind.WATCH, after=task.after, days=days, only_worked=moved)

    def _suite(self, task: PlannedTask) -> Step:
        suite = self.policy.quality[str(task.args["suite"])]
        if suite.manual is None:
            return Step(task.id, Kind.WORK, self._effort(task), task.after)
        return Step(task.id, Kind.PEOPLE, ANSWER, task.after, role=suite.manual)

    def _effort(self, task: PlannedTask) -> Effort:
        effort = DEFAULTS.get(task.row, A_MINUTE)
        if task.row == "execution.production.judge":
            flag = self.product.flags.get(str(task.args.get("flag")))
            bake = (flag.bake if flag else None) or self.policy.rollout.bake
            effort = Effort(bake.at(int(task.args["index"])).total_seconds(), 1.3)
        if task.form is Form.GATE or task.row == "execution.watch":
            effort = Effort(0.0)  # it ends when what it waits for does
        samples = self.history.get(task.id, ()) if effort.typical else ()
        return Effort(effort.typical, effort.spread, samples)

    def _cut_off(self, calendar: Calendar, day_zero: datetime) -> datetime:
        place = place_of(self.product)
        scope = Scope(self.product.product, place.environment, place.region)
        working = working_days_of(calendar, scope, working_weekdays(self.product.calendar))
        return lead_of(self.policy.cut).before(day_zero, zone_named(place.zone), working)

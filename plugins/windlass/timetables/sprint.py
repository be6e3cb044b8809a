"""A product's cadence as Airflow reads it.

A run's ``logical_date`` and ``run_after`` are its start; its data interval is start to Day 0, so
that ``data_interval_end`` is Day 0 everywhere. (A ``logical_date`` of Day 0 would keep every task
from starting until then.) Everything the timetable knows is plain values from the YAML: two parses
of the same files serialize to the same DAG, and every process works the dates out for itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
from airflow.exceptions import AirflowTimetableInvalid
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from airflow.utils.types import DagRunType

from windlass.decisions.cadence import Schedule, Start, next_fitting, next_start
from windlass.decisions.windows import Calendar, zone_named
from windlass.errors import InputError, PlanError
from windlass.plan.calendars import years_around
from windlass.plan.schedules import Place, place_of, schedule_at
from windlass.spec.cadence import Cadence as DeclaredCadence
from windlass.spec.calendar import Calendar as DeclaredCalendar
from windlass.spec.product import Product
from windlass.spec.scalars import parse_period

#: How late a missed start may still be made.
GRACE = timedelta(days=1)


def present() -> datetime:
    """The present instant: the only clock in the timetable."""
    return datetime.now(UTC)


class SprintTimetable(Timetable):
    """Starts releases a lead time before each Day 0 of a cadence.

    Args:
        place: ``Place`` as plain values: product, environment, region, zone, window, live.
        cadence: ``cadence:`` of the product, as plain JSON values.
        calendar: the calendar file, as plain JSON values.
        lead: how long before Day 0 a run starts: ``10 days``, ``5 working days``.
        grace_seconds: how late a missed start may still be made.
        clock: gives the present; not serialized.

    Raises:
        pydantic.ValidationError: cadence or calendar are not what the files' models allow.
    """

    def __init__(
        self,
        *,
        place: Mapping[str, Any],
        cadence: Mapping[str, Any],
        calendar: Mapping[str, Any],
        lead: str,
        grace_seconds: float = GRACE.total_seconds(),
        clock: Callable[[], datetime] = present,
    ) -> None:
        self._place = Place(**{**place, "live": tuple(place["live"])})
        self._cadence = DeclaredCadence.model_validate(cadence)
        self._calendar = json.dumps(calendar, sort_keys=True)
        self._lead = parse_period(lead)
        self._grace = timedelta(seconds=grace_seconds)
        self._schedules: dict[int, Schedule] = {}
        self.clock = clock
        self.description = f"{self.summary}; starts {self._lead} before"

    @classmethod
    def of(cls, product: Product, release_type: str, grace: timedelta = GRACE) -> SprintTimetable:
        """The timetable of that release type of that product.

        Raises:
            PlanError: the product has no cadence.
        """
        if product.cadence is None:
            raise PlanError([f"{product.product} has no cadence: nothing starts by itself"])
        place = place_of(product)
        return cls(
            place={name: getattr(place, name) for name in Place.__slots__},
            cadence=product.cadence.model_dump(mode="json"),
            calendar=product.calendar.model_dump(mode="json"),
            lead=str(product.policy(release_type).lead),
            grace_seconds=grace.total_seconds(),
        )

    def serialize(self) -> dict[str, Any]:
        """Plain JSON values, the same for the same files."""
        return {
            "place": {
                name: list(value) if isinstance(value, tuple) else value
                for name in Place.__slots__
                for value in (getattr(self._place, name),)
            },
            "cadence": self._cadence.model_dump(mode="json"),
            "calendar": json.loads(self._calendar),
            "lead": str(self._lead),
            "grace_seconds": self._grace.total_seconds(),
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> SprintTimetable:
        """The timetable that :meth:`serialize` wrote."""
        return cls(**data)

    def validate(self) -> None:
        """Refuse a calendar or cadence from which no date can be worked out.

        Raises:
            AirflowTimetableInvalid: with the reason.
        """
        try:
            self.schedule(self.clock())
        except InputError as error:
            raise AirflowTimetableInvalid(str(error)) from error

    @property
    def summary(self) -> str:
        """What the list of DAGs shows."""
        days = self._cadence.every or f"{len(self._cadence.dates)} dates"
        on = f" on {', '.join(self._cadence.on)}" if self._cadence.on else ""
        return f"Day 0 every {days}{on} at {self._cadence.at} {self._cadence.zone}"

    def schedule(self, at: datetime) -> Schedule:
        """Cadence, calendar and lead, worked out for some years around ``at``."""
        if at.year not in self._schedules:
            declared, calendar = _calendar(self._calendar, self._place.live, at.year)
            self._schedules = {
                at.year: schedule_at(self._place, self._cadence, declared, self._lead, calendar)
            }
        return self._schedules[at.year]

    def next_dagrun_info_v2(
        self, *, last_dagrun_info: DagRunInfo | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The next run after ``last_dagrun_info``.

        Airflow's calendar page passes a last run whose ``run_after`` is the end of its interval
        and gives up at a run that is not later. Where lead times overlap it would show nothing, so
        there it gets the runs after that.
        """
        last = last_dagrun_info
        interval = last.data_interval if last else None
        from_the_calendar = (
            last is not None
            and interval is not None
            and last.run_after == interval.end > interval.start
        )
        past = interval.end if from_the_calendar and interval else None
        return self._next(interval, restriction, past)

    def next_dagrun_info(
        self,
        *,
        last_automated_data_interval: DataInterval | None,
        restriction: TimeRestriction,
    ) -> DagRunInfo | None:
        """The newest start that was missed within the grace, else the next one to come."""
        return self._next(last_automated_data_interval, restriction, None)

    def _next(
        self, last: DataInterval | None, restriction: TimeRestriction, past: datetime | None
    ) -> DagRunInfo | None:
        now = self.clock()
        start = next_start(
            self.schedule(_latest(now, last)),
            now,
            last=_utc(last.end) if last else None,
            grace=self._grace,
            earliest=_utc(restriction.earliest) if restriction.earliest else None,
            past=past,
            catch_up=restriction.catchup,
        )
        if start is None or (restriction.latest and start.start > restriction.latest):
            return None
        return _run_info(start)

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        """From now to the first opening after the lead time; to now when nothing opens."""
        at = _utc(run_after)
        day_zero = next_fitting(self.schedule(at), at) or at
        return DataInterval(run_after, pendulum.instance(day_zero))

    def generate_run_id(
        self,
        *,
        run_type: DagRunType,
        run_after: pendulum.DateTime,
        data_interval: DataInterval | None,
        **_extra: object,
    ) -> str:
        """``release__2026-01-20`` by the calendar (the local date of Day 0), else Airflow's own."""
        if run_type in {DagRunType.SCHEDULED, DagRunType.BACKFILL_JOB} and data_interval:
            return f"release__{data_interval.end.astimezone(self._zone()):%Y-%m-%d}"
        return run_type.generate_run_id(suffix=run_after.isoformat())

    def _zone(self) -> ZoneInfo:
        return zone_named(self._cadence.zone)


@lru_cache(maxsize=64)
def _calendar(text: str, live: tuple[str, ...], year: int) -> tuple[DeclaredCalendar, Calendar]:
    """The calendar around ``year``: worked out once a process for all products that share it."""
    declared = DeclaredCalendar.model_validate_json(text)
    return declared, years_around(declared, datetime(year, 7, 1, tzinfo=UTC), live)


def _latest(now: datetime, last: DataInterval | None) -> datetime:
    return now if last is None else max(now, _utc(last.end))


def _utc(instant: datetime) -> datetime:
    """A plain datetime: pendulum's own arithmetic is ten times slower."""
    return datetime.fromtimestamp(instant.timestamp(), UTC)


def _run_info(start: Start) -> DagRunInfo:
    begins = pendulum.instance(start.start)
    ends = pendulum.instance(start.day_zero.instant)
    return DagRunInfo(run_after=begins, data_interval=DataInterval(begins, ends))

"""A small product with a cadence, an end of development, and a calendar of its own.

Its only release type has no checks and no gates, so that a release is at its window within seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.airflow.counters import Counters
from tests.airflow.small import PRODUCT, Small

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
STOCKTAKING = "stocktaking"

OWN = """\
calendar: {name}
cadence: {{every: week, on: [{on}], at: "{at}", zone: UTC, drives: sprint}}
ready: {{source_control: ready, drives: sprint, every: 1 s}}
release_types:
  minor: no
  patch: no
  sprint:
    tasks: [validation.cut, validation.candidate]
    lead: 1 day
    cut: 1 h
    needs_reason: yes
    review_due: 5 days
    approvals: {{acceptance: [], readiness: []}}
    follow_up: {{monitor: 1 s, interval: 1 s}}
"""
CALENDAR = "calendar: {name}\nzone: UTC\nwindows: always\nfreezes:\n"
FREEZE = """\
  - name: {name}
    from: {begins:%Y-%m-%dT%H:%M:%S}
    until: {ends:%Y-%m-%dT%H:%M:%S}
    reason: everything is counted
    owner: sam
    override: [product_manager]
"""


def whole_minute(at: datetime) -> datetime:
    """What a cadence can say."""
    return at.replace(second=0, microsecond=0)


@dataclass(slots=True)
class Sprints(Small):
    """Three Day 0s a week; the first start was due an hour before anybody had the product.

    Nothing may be released for the next hours: a stocktaking.
    """

    kind: str = "sprint"
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    calendar: Path | None = None

    @property
    def day_0(self) -> datetime:
        """The first Day 0; its start is an hour ago."""
        return whole_minute(self.began - HOUR) + DAY

    @property
    def counted_until(self) -> datetime:
        """When the stocktaking is over, as it is planned at first."""
        return whole_minute(self.began) + 3 * HOUR

    def day_0s(self) -> Iterator[datetime]:
        """Every Day 0 by the weekdays alone, from the first one on."""
        wanted = {(self.day_0.weekday() + shift) % 7 for shift in (0, 2, 4)}
        at = self.day_0
        while True:
            if at.weekday() in wanted:
                yield at
            at += DAY

    def text(self, words: dict[str, str]) -> str:
        """See ``Small``."""
        days = [WEEKDAYS[(self.day_0.weekday() + shift) % 7] for shift in (0, 2, 4)]
        more = {"on": ", ".join(days), "at": f"{self.day_0:%H:%M}"}
        return PRODUCT.partition("release_types:")[0].format(**words) + OWN.format(**words, **more)

    def make(self, include: Path, dags: Path, counters: Counters | None = None) -> None:
        """See ``Small``; with a calendar file."""
        self.calendar = include / "calendars" / f"{self.name}.yaml"
        self.freeze((STOCKTAKING, self.began - HOUR, self.counted_until))
        super(Sprints, self).make(include, dags, counters)

    def freeze(self, *freezes: tuple[str, datetime, datetime]) -> None:
        """Somebody edits the calendar: from now on it holds these freezes."""
        assert self.calendar is not None
        text = CALENDAR.format(name=self.name)
        for name, begins, ends in freezes:
            text += FREEZE.format(name=name, begins=begins, ends=ends)
        self.calendar.write_text(text)

"""When releases happen: a cadence, the calendar, and what to do where they disagree."""

from __future__ import annotations

from windlass.decisions.cadence.day_zero import (
    ClosedPolicy,
    DayZero,
    day_zeros,
    is_open,
    planned_day_zeros,
)
from windlass.decisions.cadence.lead import Lead
from windlass.decisions.cadence.parse import parse_month_rule, parse_months, parse_weeks
from windlass.decisions.cadence.rules import AnyOf, Cadence, Dates, EveryWeeks, MonthRule
from windlass.decisions.cadence.schedule import (
    Schedule,
    Start,
    next_fitting,
    next_start,
    opening_from,
    starts,
)

__all__ = [
    "AnyOf",
    "Cadence",
    "ClosedPolicy",
    "Dates",
    "DayZero",
    "EveryWeeks",
    "Lead",
    "MonthRule",
    "Schedule",
    "Start",
    "day_zeros",
    "is_open",
    "next_fitting",
    "next_start",
    "opening_from",
    "parse_month_rule",
    "parse_months",
    "parse_weeks",
    "planned_day_zeros",
    "starts",
]

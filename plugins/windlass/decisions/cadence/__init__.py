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
from windlass.decisions.cadence.parse import parse_lead, parse_month_rule, parse_weeks
from windlass.decisions.cadence.rules import Cadence, Dates, EveryWeeks, MonthRule

__all__ = [
    "Cadence",
    "ClosedPolicy",
    "Dates",
    "DayZero",
    "EveryWeeks",
    "Lead",
    "MonthRule",
    "day_zeros",
    "is_open",
    "parse_lead",
    "parse_month_rule",
    "parse_weeks",
    "planned_day_zeros",
]

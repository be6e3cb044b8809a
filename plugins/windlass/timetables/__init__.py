"""Airflow timetables: when releases start by themselves."""

from __future__ import annotations

from windlass.timetables.either import SprintOrReady
from windlass.timetables.sprint import SprintTimetable

__all__ = ["SprintOrReady", "SprintTimetable"]

"""Small values: what is read, what is refused, and that writing gives back what was read."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from datetime import timedelta
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

import windlass.spec
from windlass.spec.cadence import Cadence
from windlass.spec.calendar import Freeze
from windlass.spec.checks import Report, Suite
from windlass.spec.judging import Metric
from windlass.spec.scalars import (
    CalendarPeriod,
    Command,
    Percent,
    format_duration,
    parse_duration,
    parse_period,
)
from windlass.spec.version_range import satisfies

MODULES = [
    importlib.import_module(f"windlass.spec.{module.name}")
    for module in pkgutil.iter_modules(windlass.spec.__path__)
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.split(".")[-1])
def test_the_examples_in_docstrings_are_true(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


@given(st.integers(0, 10**7))
def test_a_duration_reads_back_as_it_was_written(seconds: int) -> None:
    value = timedelta(seconds=seconds)
    assert parse_duration(format_duration(value)) == value


@given(st.integers(1, 400))
def test_working_days_read_back_too(days: int) -> None:
    period = parse_period(f"{days} working days")
    assert parse_period(str(period)) == period
    assert TypeAdapter(CalendarPeriod).validate_python(str(period)).days == days * 7 / 5


@pytest.mark.parametrize(
    "text", ["", "3", 3, "3 dayz", "-3 days", "three days", None, True, "1e3 s"]
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is not a duration; allowed: a number and a unit"):
        parse_duration(text)


@pytest.mark.parametrize("text, value", [("95%", 95), ("99.9 %", 99.9), (0, 0), (100, 100)])
def test_a_percentage_is_written_with_or_without_its_sign(text: object, value: float) -> None:
    assert TypeAdapter(Percent).validate_python(text) == value


@pytest.mark.parametrize("text", ["95 percent", True, "101%", -1, "x%"])
def test_what_is_no_percentage_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Percent).validate_python(text)


def test_a_command_is_words_and_never_meets_a_shell() -> None:
    adapter = TypeAdapter(Command)
    words = adapter.validate_python("make test ARGS='a b; rm -rf x'")
    assert words == ("make", "test", "ARGS=a b; rm -rf x")
    assert adapter.validate_python(adapter.dump_python(words)) == words
    with pytest.raises(ValidationError, match="must be a command"):
        adapter.validate_python("")


@pytest.mark.parametrize(
    "version, text, holds",
    [
        ("2.3.0", ">=2.3", True),
        ("2.2.9", ">=2.3", False),
        ("2.9.0", ">=2.3, <3", True),
        ("3.0.0", ">=2.3, <3", False),
        ("2.3.9", "~2.3", True),
        ("2.4.0", "~2.3", False),
        ("v2.4.0", "^2.3", True),
        ("2.4.0-rc.1", ">=2.4", True),
        ("1.0.0", "1", True),
    ],
)
def test_a_range_says_which_versions_will_do(version: str, text: str, holds: bool) -> None:
    assert satisfies(version, text) is holds


@pytest.mark.parametrize(
    "written, message",
    [
        ({}, "needs either every"),
        ({"every": "week", "dates": ["2026-01-06"]}, "needs either every"),
        ({"every": "week"}, "every needs on"),
        ({"every": "fortnight", "on": "tue"}, "'fortnight' is not a rhythm"),
        ({"every": "week", "on": "tues-day"}, "is not a weekday"),
        ({"every": "month", "on": "tue"}, "is not understood"),
        ({"every": "week", "on": "tue", "at": "25:00"}, "at"),
    ],
)
def test_a_cadence_that_never_comes_is_refused(written: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Cadence.model_validate(written)


@pytest.mark.parametrize(
    "change, message",
    [
        ({}, "a freeze that never ends is not one"),
        ({"until": "2026-12-01"}, "is before from"),
        ({"until": "2027-01-01", "repeat": "FREQ=SOMETIMES"}, "is not a recurrence rule"),
    ],
)
def test_a_freeze_has_an_end_and_a_rule_that_can_be_read(
    change: dict[str, str], message: str
) -> None:
    freeze = {"name": "x", "from": "2026-12-18", "reason": "r", "owner": "mia", **change}
    with pytest.raises(ValidationError, match=message):
        Freeze.model_validate(freeze)


def test_a_report_has_one_format() -> None:
    assert Report.model_validate({"junit": "a.xml"}).format == "junit"
    assert Report.model_validate({"axe": "a.json"}).path == "a.json"
    for written in ({}, {"junit": "a", "sarif": "b"}):
        with pytest.raises(ValidationError, match="must name one report"):
            Report.model_validate(written)


@pytest.mark.parametrize(
    "written", [{}, {"count": "a"}, {"count": "a", "of": "b", "series": "c"}, {"of": "b"}]
)
def test_a_metric_is_measured_in_one_way(written: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Metric.model_validate(written)


def test_a_suite_is_run_or_done_by_a_person() -> None:
    for written in ({}, {"run": "make", "manual": "qa_engineer"}):
        with pytest.raises(ValidationError, match="needs either run"):
            Suite.model_validate(written)

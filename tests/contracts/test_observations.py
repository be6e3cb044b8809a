"""What every ``logs`` and every ``errors`` adapter must do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from windlass.adapters.registry import choices
from windlass.errors import VendorUnavailable
from windlass.ports.observations import Errors, Logs

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
EU = "production/eu-west"
Say = Callable[..., None]


@pytest.fixture
def say(tmp_path: Path) -> Say:
    """Logs a line as the product does, ``minute`` minutes after noon."""

    def write(version: str, level: str, message: str, minute: float = 0, **more: Any) -> None:
        line = {
            "time": (NOON + timedelta(minutes=minute)).isoformat(),
            "level": level,
            "version": version,
            "message": message,
            **more,
        }
        path = tmp_path / "logs" / "eu-west" / "replica-1.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(json.dumps(line) + "\n")

    return write


@pytest.fixture(params=choices("logs"))
def logs(request: pytest.FixtureRequest, make: Callable[..., Any]) -> Logs:
    return make("logs", request.param, {"files": {"path": "logs/{region}"}}[request.param])


@pytest.fixture(params=choices("errors"))
def errors(request: pytest.FixtureRequest, make: Callable[..., Any]) -> Errors:
    return make("errors", request.param, {"files": {"path": "logs/{region}"}}[request.param])


async def test_lines_of_the_version_since_then_are_counted(logs: Logs, say: Say) -> None:
    say("1.1.0", "error", "too early", -1)
    say("1.0.0", "error", "other version")
    say("1.1.0", "info", "fine")
    say("1.1.0", "WARN", "slow")
    say("1.1.0", "error", "broken", 1)
    say("1.1.0", "FATAL", "gone\nfor good", 2)
    found = await logs.count(EU, "1.1.0", "error", NOON)
    assert (found.lines, found.matching) == (4, 2)
    assert found.examples == ("gone for good", "broken")
    assert (await logs.count(EU, "1.1.0", "warning", NOON)).matching == 3
    assert (await logs.count(EU, "9.9.9", "error", NOON)).lines == 0


async def test_a_target_without_logs_is_a_question_that_could_not_be_asked(
    logs: Logs, errors: Errors, say: Say
) -> None:
    with pytest.raises(VendorUnavailable, match="no log file"):
        await errors.new_groups("1.1.0", NOON)
    say("1.1.0", "info", "fine")
    with pytest.raises(VendorUnavailable, match="no log file"):
        await logs.count("production/us-east", "1.1.0", "error", NOON)


async def test_errors_that_are_the_same_error_are_one_group(errors: Errors, say: Say) -> None:
    for number in range(3):
        message = f"order {number} of 'mia{number}' is unknown"
        say("1.1.0", "error", message, number, error="LookupError")
    say("1.1.0", "error", "no stock", 1, error="ValueError")
    first, second = await errors.new_groups("1.1.0", NOON)
    assert (first.count, first.version, first.first_seen) == (3, "1.1.0", NOON)
    assert first.title == "LookupError: order * of * is unknown"
    assert (second.count, second.title) == (1, "ValueError: no stock")
    assert first.id != second.id
    assert not first.critical


async def test_what_another_version_had_before_is_not_new(errors: Errors, say: Say) -> None:
    say("1.0.0", "error", "known", -60, error="KeyError")
    say("1.1.0", "error", "known", 1, error="KeyError")
    say("1.1.0", "error", "earlier", -5, error="TypeError")
    say("1.1.0", "error", "earlier", 1, error="TypeError")
    assert await errors.new_groups("1.1.0", NOON) == ()
    assert await errors.new_groups("1.0.0", NOON - timedelta(hours=2)) != ()


async def test_a_critical_line_makes_its_group_critical(errors: Errors, say: Say) -> None:
    say("1.1.0", "error", "payment lost", 1, error="LostPayment")
    say("1.1.0", "critical", "payment lost", 2, error="LostPayment")
    (group,) = await errors.new_groups("1.1.0", NOON)
    assert group.critical

"""What every ``incidents`` and every ``change_records`` adapter must do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from windlass.adapters.registry import choices
from windlass.errors import InputError, RefusedByVendor
from windlass.ports.incidents import ChangeRecord, ChangeRecords, Incident, Incidents


@pytest.fixture(params=choices("incidents"))
def incidents(request: pytest.FixtureRequest, make: Callable[..., Any]) -> Incidents:
    return make("incidents", request.param, {"folder": {"path": "incidents"}}[request.param])


@pytest.fixture(params=choices("change_records"))
def records(request: pytest.FixtureRequest, make: Callable[..., Any]) -> ChangeRecords:
    return make("change_records", request.param, {"folder": {"path": "changes"}}[request.param])


async def opened(
    incidents: Incidents, marker: str, severity: str = "high", **more: str
) -> Incident:
    said = {"title": "Errors on checkout", "text": "6 % of requests", "service": "storefront"}
    return await incidents.open(
        marker=marker, severity=severity, version="1.2.0", **{**said, **more}
    )


async def test_an_incident_is_opened_once_per_marker(incidents: Incidents) -> None:
    assert await incidents.find("m") is None
    made = await asyncio.gather(*(opened(incidents, "m") for _ in range(3)))
    assert made[0] == made[1] == made[2] == await incidents.find("m")
    assert (made[0].open, made[0].severity, made[0].service, made[0].version) == (
        True, "high", "storefront", "1.2.0",
    )  # fmt: skip
    assert made[0].opened_at.tzinfo is not None
    assert made[0].link


async def test_open_incidents_of_a_service_come_worst_first(incidents: Incidents) -> None:
    for number, severity in enumerate(("low", "critical", "medium")):
        await opened(incidents, f"m-{number}", severity)
    await opened(incidents, "other", service="payments")
    found = await incidents.open_incidents("storefront")
    assert [incident.severity for incident in found] == ["critical", "medium", "low"]
    assert await incidents.open_incidents("nothing") == ()


async def test_incidents_are_found_by_version(incidents: Incidents) -> None:
    made = await opened(incidents, "m")
    assert await incidents.linked_to("1.2.0") == (made,)
    assert await incidents.linked_to("1.2") == ()


async def test_a_severity_that_is_none_is_refused(incidents: Incidents) -> None:
    with pytest.raises(InputError, match=r"'urgent'.*critical, high, medium, low"):
        await opened(incidents, "m", "urgent")


async def change(records: ChangeRecords, key: str, *, standard: bool = False) -> ChangeRecord:
    return await records.open(key=key, title="Release 1.1.0", text="plan", standard=standard)


async def test_a_change_is_opened_once_per_key(records: ChangeRecords) -> None:
    assert await records.find("k") is None
    made = await asyncio.gather(*(change(records, "k") for _ in range(3)))
    assert made[0] == made[1] == made[2] == await records.find("k")
    assert (made[0].key, made[0].state, made[0].title) == ("k", "assess", "Release 1.1.0")


async def test_a_standard_change_is_approved_from_the_start(records: ChangeRecords) -> None:
    assert (await change(records, "k", standard=True)).state == "approved"


async def test_a_change_is_moved_and_moving_it_again_changes_nothing(
    records: ChangeRecords,
) -> None:
    made = await change(records, "k", standard=True)
    for _ in range(2):
        await records.move(made.id, "implementing", "step 5 %")
        found = await records.find("k")
        assert found is not None
        assert found.state == "implementing"


async def test_what_is_closed_stays_closed(records: ChangeRecords) -> None:
    made = await change(records, "k")
    await records.move(made.id, "closed", "done")
    with pytest.raises(RefusedByVendor, match="closed"):
        await records.move(made.id, "implementing", "again")


async def test_an_unknown_change_or_state_is_refused(records: ChangeRecords) -> None:
    with pytest.raises(RefusedByVendor, match="CHG-9"):
        await records.move("CHG-9", "closed", "")
    with pytest.raises(InputError, match="'paused'"):
        await records.move("CHG-9", "paused", "")


async def test_a_remark_is_its_newest_note_and_changes_nothing_else(records: ChangeRecords) -> None:
    made = await change(records, "shop.minor/run-1")
    for _ in range(2):
        await records.remark(made.id, "Day 0 is now Thursday")
    found = await records.find("shop.minor/run-1")
    assert found is not None
    assert (found.state, found.note) == (made.state, "Day 0 is now Thursday")

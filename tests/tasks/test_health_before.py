"""Just before production is touched: whose incidents stop a release, and whose do not."""

from __future__ import annotations

import json

import pytest

from tests.tasks.world import World
from windlass.tasks.perform import perform
from windlass.tasks.results import Done, Result

HEALTH = "execution.production.eu.health"


def suffering(world: World) -> None:
    """Users cannot pay, and it is known."""
    path = world.root / "incidents" / "INC-7.json"
    path.parent.mkdir(exist_ok=True)
    incident = {
        "id": "INC-7", "title": "nobody can pay", "severity": "critical", "open": True,
        "service": "shop", "version": "1.3.0", "opened_at": "2026-03-10T09:00:00+00:00",
    }  # fmt: skip
    path.write_text(json.dumps(incident))


async def look(world: World, release_type: str, **inputs: str) -> Result:
    """What the check before eu is touched says of a release that changes nothing else."""
    release = world.open(release_type, rows=("execution.production.health",), **inputs)
    return await perform(release, HEALTH)


async def test_an_open_incident_stops_a_release_with_its_name(world: World) -> None:
    suffering(world)
    result = await look(world, "minor")
    assert "critical incident INC-7 is open: nobody can pay" in str(result)
    assert not isinstance(result, Done)


@pytest.mark.parametrize(
    "release_type, inputs",
    [
        pytest.param("patch", {"incident": "INC-7"}, id="the release names the incident it ends"),
        pytest.param("emergency", {"incident": "INC-8"}, id="users suffer, whatever its name"),
    ],
)
async def test_an_incident_does_not_stop_what_ends_it(
    world: World, release_type: str, inputs: dict[str, str]
) -> None:
    suffering(world)
    result = await look(world, release_type, **inputs)
    assert isinstance(result, Done), result
    assert result.evidence["open_incidents"] == ["INC-7"]

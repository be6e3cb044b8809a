"""The registry file of a local fleet: where its agent and the routers of its places answer.

::

    {"agent_url": "http://127.0.0.1:4000",
     "places": {"eu-west": {"router_url": "http://127.0.0.1:4001",
                            "admin_url": "http://127.0.0.1:4002"}}}
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from windlass.adapters.records import load
from windlass.errors import NotConfigured, TerminalError, VendorUnavailable
from windlass.spec.suggest import allowed, did_you_mean


@dataclass(frozen=True, slots=True)
class Place:
    """Where one target of a local fleet answers: the fleet's agent and the place's router."""

    name: str
    agent_url: str
    router_url: str
    admin_url: str


def place_of(registry: Path, target: str) -> Place:
    """The place of ``target``: named like its region, or like its environment without regions.

    Raises:
        VendorUnavailable: there is no registry file: the fleet is not up.
        NotConfigured: the fleet has no such place.
        TerminalError: the file does not hold what it should.
    """
    if not registry.is_file():
        raise VendorUnavailable(f"{registry}: no such file; is the fleet up?")
    document = load(registry)
    name = target.rpartition("/")[2]
    try:
        places = document["places"]
        if name not in places:
            raise NotConfigured(
                f"{registry} has no place {name!r} for {target}{allowed(places)}"
                f"{did_you_mean(name, places)}"
            )
        found = places[name]
        return Place(
            name, str(document["agent_url"]), str(found["router_url"]), str(found["admin_url"])
        )
    except (KeyError, TypeError) as error:
        raise TerminalError(f"{registry}: not a fleet's registry: {error!r}") from error

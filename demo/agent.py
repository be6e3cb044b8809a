"""The agent: starts and stops replicas for whoever deploys, over HTTP on 127.0.0.1.

What deploys lives in short tasks that end, or are killed, long before the replicas should. So the
replicas are children of the demo, and the task asks for them here. Every call sets a state and
may be repeated.

    GET    /places                              the registry: routers, replicas, pids
    PUT    /places/P/releases/V                 {"artifact": path, "digest"?: "sha256:…",
                                                "replicas": n}: install and run; answers
                                                {"digest", "backends": [{version, url, pid, …}]}
    DELETE /places/P/releases/V                 stop its replicas; 409 while the router still
                                                gives them weight or requests are in flight
    POST   /places/P/releases/V/migrate         {"artifact"?, "digest"?, "to"?: n}: run the
                                                version's migrations on the place's database

422 says what is wrong with the wish, 500 that a process failed, with the end of its log.
"""

from __future__ import annotations

import json
import re
from http.client import responses
from pathlib import Path
from typing import Any

from demo import databases, wire
from demo.connections import Connections, Lost, NotSent
from demo.fleet import Fleet, Place
from demo.processes import DidNotStart
from demo.releases import VERSION, BadRelease, install, installed_digest

MOST_REPLICAS = 8
_PATH = re.compile(r"/places/([a-z0-9-]+)/releases/([0-9A-Za-z.-]+)(/migrate)?")


Wish = dict[str, Any]


class InUse(Exception):
    """The replicas still have traffic."""


class Agent:
    """Answers for one fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    async def answer(self, request: wire.Message) -> wire.Message:
        """The answer to one request."""
        status, document = await self._decide(request)
        body = json.dumps(document).encode() + b"\n"
        return wire.response(status, responses[status], body, "application/json")

    async def _decide(self, request: wire.Message) -> tuple[int, dict[str, Any]]:
        method, path = (word.decode("latin-1") for word in request.words[:2])
        if (method, path) == ("GET", "/places"):
            return 200, self.fleet.as_json()
        found = _PATH.fullmatch(path)
        verb = {"PUT": self.run, "DELETE": self.stop, "POST": self.migrate}.get(method)
        if found is None or verb is None or (method == "POST") != bool(found[3]):
            return 404, {"error": f"no {method} {path}"}
        try:
            return 200, await verb(self.fleet.place(found[1]), found[2], _wish(request.body))
        except (BadRelease, ValueError) as error:
            return 422, {"error": str(error)}
        except InUse as error:
            return 409, {"error": str(error)}
        except (DidNotStart, databases.MigrationFailed, NotSent, Lost) as error:
            return 500, {"error": str(error)}

    async def run(self, place: Place, version: str, wish: Wish) -> dict[str, Any]:
        """Install a package and have `replicas` of it."""
        count = wish.get("replicas")
        if not isinstance(count, int) or not 1 <= count <= MOST_REPLICAS:
            raise ValueError(f"replicas: a whole number from 1 to {MOST_REPLICAS}")
        digest = self._install(version, wish)
        replicas = await self.fleet.scale(place, version, count)
        return {"digest": digest, "backends": [replica.as_json() for replica in replicas]}

    async def stop(self, place: Place, version: str, wish: Wish) -> dict[str, Any]:
        """Stop a version's replicas, once the router is done with them."""
        del wish
        if not VERSION.fullmatch(version):
            raise ValueError(f"version {version!r}: expected MAJOR.MINOR.PATCH")
        if place.of(version):
            await self._require_idle(place, version)
            await self.fleet.scale(place, version, 0)
        return {"backends": []}

    async def migrate(self, place: Place, version: str, wish: Wish) -> dict[str, Any]:
        """Run a version's migrations."""
        digest = self._install(version, wish)
        home = self.fleet.home
        done = await databases.migrate(home, place.name, version, wish.get("to"))
        return {"digest": digest, **done}

    def _install(self, version: str, wish: Wish) -> str:
        package = wish.get("artifact")
        if package is not None:
            install(self.fleet.home, version, Path(package), wish.get("digest"))
        found = installed_digest(self.fleet.home, version)
        if wish.get("digest") not in {None, found}:
            raise BadRelease(f"{version} is installed from {found}, not {wish['digest']}")
        return found

    async def _require_idle(self, place: Place, version: str) -> None:
        urls = {replica.url for replica in place.of(version)}
        admin = Connections(place.admin_url)
        ask = wire.request("GET", "/admin/backends", f"{admin.host}:{admin.port}", b"")
        state = json.loads((await admin.exchange(ask, 5.0)).body)
        admin.close()
        for backend in [*state["backends"], *state["draining"]]:
            busy = backend["weight"] if backend in state["backends"] else 0
            if backend["url"] in urls and (busy or backend["in_flight"]):
                raise InUse(
                    f"{backend['url']} ({version}) has weight {backend['weight']:g} and"
                    f" {backend['in_flight']} requests in flight: set its weight to 0 and wait"
                )


def _wish(body: bytes) -> Wish:
    found = json.loads(body or b"{}")
    if not isinstance(found, dict):
        raise BadRelease("expected a JSON object")
    return found

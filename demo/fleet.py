"""The processes of all places: a router each, and replicas of the versions that run there."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo import processes
from demo.home import Home
from demo.processes import Child
from demo.releases import BadRelease, installed_digest

REPOSITORY_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Replica:
    """One process that serves one version."""

    version: str
    digest: str
    url: str
    child: Child

    def as_json(self) -> dict[str, Any]:
        """The replica as the registry and the agent show it."""
        return {
            "version": self.version,
            "digest": self.digest,
            "url": self.url,
            "pid": self.child.pid,
            "running": self.child.running,
            "log": str(self.child.log),
        }


@dataclass(slots=True)
class Place:
    """A region, or staging: its router and its replicas.

    Where it `migrates`, a replica brings the database to its own schema before it serves. That is
    for staging, where candidates come and go; in a region, migrating is a step of the release.
    """

    name: str
    router: Child
    url: str
    admin_url: str
    migrates: bool = False
    replicas: list[Replica] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    def of(self, version: str) -> list[Replica]:
        """The replicas of a version."""
        return [replica for replica in self.replicas if replica.version == version]


class Fleet:
    """Starts and stops processes under `home`, and keeps the registry file true.

    Children die with the thread that started them: use one fleet from the main thread's loop.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.places: dict[str, Place] = {}
        self.agent_url: str | None = None
        self._started = 0

    async def add_place(self, name: str, *, migrates: bool = False) -> Place:
        """Start the router of a new place."""
        ready = self._ready(f"{name}.router")
        command = [sys.executable, "-m", "demo.router", "--region", name, "--ready", str(ready)]
        child = processes.spawn(
            f"router of {name}",
            command,
            folder=REPOSITORY_ROOT,
            log=self.home.log(name, "router"),
        )
        addresses = json.loads(await self._wait(child, ready))
        self.places[name] = Place(name, child, addresses["url"], addresses["admin_url"], migrates)
        self.write_registry()
        return self.places[name]

    async def scale(self, place: Place, version: str, count: int) -> list[Replica]:
        """Have exactly `count` running replicas of an installed version; the replicas.

        New ones answer before this returns. Surplus ones are stopped, last first. The router is
        left as it is: traffic is moved there.

        Raises:
            BadRelease: The version is not installed.
            DidNotStart: A replica ended before it answered.
        """
        digest = installed_digest(self.home, version)
        async with place.lock:
            ended = [replica for replica in place.of(version) if not replica.child.running]
            self._forget(place, ended)
            missing = count - len(place.of(version))
            if missing > 0:
                place.replicas += await self._start(place, version, digest, missing)
            elif missing < 0:
                await self._stop(place, place.of(version)[missing:])
            self.write_registry()
            return place.of(version)

    async def _start(self, place: Place, version: str, digest: str, count: int) -> list[Replica]:
        begun = []
        for _ in range(count):
            self._started += 1
            name = f"{version}-{self._started}"
            ready = self._ready(f"{place.name}.{name}")
            command = [sys.executable, "-m", "storefront", "serve", "--region", place.name]
            command += ["--database", str(self.home.database(place.name)), "--ready", str(ready)]
            command += ["--migrate"] if place.migrates else []
            release = self.home.release(version)
            child = processes.spawn(
                f"{name} in {place.name}",
                command,
                folder=release,
                log=self.home.log(place.name, name),
                path=[release],
            )
            begun.append((child, ready))
        try:
            return [
                Replica(version, digest, await self._wait(child, ready), child)
                for child, ready in begun
            ]
        except processes.DidNotStart:
            await asyncio.to_thread(processes.stop, [child for child, _ in begun])
            raise

    async def _stop(self, place: Place, replicas: list[Replica]) -> None:
        await asyncio.to_thread(processes.stop, [replica.child for replica in replicas])
        self._forget(place, replicas)

    def _forget(self, place: Place, replicas: Iterable[Replica]) -> None:
        for replica in replicas:
            place.replicas.remove(replica)

    def place(self, name: str) -> Place:
        """The place called `name`.

        Raises:
            BadRelease: There is none; says which there are.
        """
        if name not in self.places:
            raise BadRelease(f"no place {name!r}; there are {', '.join(self.places)}")
        return self.places[name]

    def as_json(self) -> dict[str, Any]:
        """What runs where."""
        places = {
            place.name: {
                "router_url": place.url,
                "admin_url": place.admin_url,
                "router_pid": place.router.pid,
                "database": str(self.home.database(place.name)),
                "backends": [replica.as_json() for replica in place.replicas],
            }
            for place in self.places.values()
        }
        return {"pid": os.getpid(), "agent_url": self.agent_url, "places": places}

    def write_registry(self) -> None:
        """Write the registry file at once, never half of it."""
        self.home.root.mkdir(parents=True, exist_ok=True)
        partial = self.home.registry.with_suffix(".partial")
        partial.write_text(json.dumps(self.as_json(), indent=2) + "\n", encoding="utf-8")
        partial.replace(self.home.registry)

    def stop(self) -> list[str]:
        """Stop everything, replicas before routers; names what had to be killed."""
        replicas = [r.child for place in self.places.values() for r in place.replicas]
        killed = processes.stop(replicas)
        killed += processes.stop([place.router for place in self.places.values()])
        self.places.clear()
        self.write_registry()
        return killed

    def _ready(self, name: str) -> Path:
        self.home.run.mkdir(parents=True, exist_ok=True)
        file = self.home.run / f"{name}.ready"
        file.unlink(missing_ok=True)
        return file

    async def _wait(self, child: Child, ready: Path) -> str:
        return await asyncio.to_thread(processes.ready, child, ready)

"""The storefront's whole world, up and running in one folder.

    python -m demo.world --home .demo

makes the repository (version 1.0.0 tagged), builds its package, starts a router and replicas for
each region and for staging, fills the tracker, and sends traffic until Ctrl-C. A second world in
another folder lives beside it: all ports are free ones, and `registry.json` names them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from demo import databases, processes, wire
from demo.agent import Agent
from demo.connections import Connections
from demo.fleet import REPOSITORY_ROOT, Fleet, Place
from demo.home import Home
from demo.listener import Listener
from demo.processes import Child
from demo.releases import install
from demo.repository import FIRST_VERSION, Repository

REGIONS = ("eu-west", "us-east")
STAGING = "staging"
REPLICAS = 2
RATE = 180.0
TRAFFIC_SECONDS = 20.0


class World:
    """Repository, tracker, places, agent and traffic under one folder."""

    def __init__(self, home: Home, *, rate: float = RATE) -> None:
        self.home = home
        self.rate = rate
        self.fleet = Fleet(home)
        self.traffic: Child | None = None
        self._agent = Listener(Agent(self.fleet).answer)

    async def start(self) -> None:
        """Bring everything up; what was in the folder before goes."""
        self._clear()
        repository = Repository.create(self.home.repository)
        package = build(self.home, repository, f"v{FIRST_VERSION}")
        install(self.home, FIRST_VERSION, package)
        shutil.copytree(Path(__file__).parent / "issues", self.home.issues)
        self.fleet.agent_url = await self._agent.start()
        for name in (*REGIONS, STAGING):
            await self.start_place(name, 1 if name == STAGING else REPLICAS)
        if self.rate:
            self.start_traffic()

    def _clear(self) -> None:
        if self.home.root.exists():
            if any(self.home.root.iterdir()) and not self.home.registry.exists():
                raise FileExistsError(f"{self.home.root} is not a demo's folder: take another")
            self._require_stopped()
            shutil.rmtree(self.home.root)
        self.home.root.mkdir(parents=True)
        self.fleet.write_registry()

    def _require_stopped(self) -> None:
        owner = self.home.read_registry().get("pid")
        if owner is not None and owner != os.getpid() and Path(f"/proc/{owner}").exists():
            raise FileExistsError(f"a demo runs in {self.home.root} (pid {owner}): stop it first")

    async def start_place(self, name: str, replicas: int) -> None:
        """Start a router, a database and replicas of the first version."""
        place = await self.fleet.add_place(name, migrates=name == STAGING)
        await databases.migrate(self.home, name, FIRST_VERSION)
        await self.fleet.scale(place, FIRST_VERSION, replicas)
        await give_traffic(place, FIRST_VERSION)

    def start_traffic(self) -> None:
        """Start shoppers in every region."""
        command = [sys.executable, "-m", "demo.traffic", "--rate", str(self.rate)]
        command += ["--summary", str(self.home.traffic)]
        for name in REGIONS:
            command += ["--region", f"{name}={self.fleet.places[name].url}"]
        log = self.home.log("traffic", "traffic")
        self.traffic = processes.spawn("traffic", command, folder=REPOSITORY_ROOT, log=log)

    async def stop(self) -> list[str]:
        """Stop everything, traffic first; names what had to be killed."""
        await self._agent.close()
        killed = processes.stop([self.traffic], TRAFFIC_SECONDS) if self.traffic else []
        return killed + self.fleet.stop()


def build(home: Home, repository: Repository, ref: str) -> Path:
    """Build the package at a tag or branch with the repository's own `make package`; the file."""
    home.artifacts.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.artifacts) as scratch:
        tree = Path(scratch) / "tree"
        repository.clone(ref, tree)
        command = ["make", "--silent", "package", f"PYTHON={sys.executable}"]
        subprocess.run(command, cwd=tree, check=True, stdout=subprocess.DEVNULL)
        manifest = json.loads((tree / "dist" / "artifact.json").read_text(encoding="utf-8"))
        package = home.artifacts / str(manifest["file"])
        shutil.copy(tree / "dist" / manifest["file"], package)
    package.with_suffix(".json").write_text(json.dumps(manifest, indent=2) + "\n")
    return package


async def give_traffic(place: Place, version: str) -> None:
    """Make the version's replicas the only ones behind the place's router."""
    backends = [
        {"version": version, "url": replica.url, "weight": 100 / len(place.of(version))}
        for replica in place.of(version)
    ]
    admin = Connections(place.admin_url)
    body = json.dumps({"backends": backends}).encode()
    host = f"{admin.host}:{admin.port}"
    reply = await admin.exchange(
        wire.request("PUT", "/admin/backends", host, body, If_Match="*"), seconds=5.0
    )
    admin.close()
    if reply.status != 200:
        raise RuntimeError(f"the router of {place.name} said {reply.status}: {reply.body!r}")


async def run(home: Home, rate: float) -> None:
    """Be up until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    world = World(home, rate=rate)
    try:
        await world.start()
        for name, place in world.fleet.places.items():
            print(f"{name}: {place.url}  (admin {place.admin_url})", flush=True)
        print(f"agent: {world.fleet.agent_url}\nregistry: {home.registry}", flush=True)
        await stop.wait()
    finally:
        killed = await world.stop()
    print(f"stopped{': killed ' + ', '.join(killed) if killed else ''}")


def main() -> None:
    """Run a world."""
    parser = argparse.ArgumentParser(prog="python -m demo.world")
    parser.add_argument("--home", type=Path, default=Path(".demo"))
    parser.add_argument("--rate", type=float, default=RATE, help="per second and region; 0: none")
    arguments = parser.parse_args()
    asyncio.run(run(Home(arguments.home.resolve()), arguments.rate))


if __name__ == "__main__":
    main()

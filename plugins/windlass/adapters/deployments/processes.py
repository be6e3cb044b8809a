"""Local processes behind a router with weights; an agent has the processes, we move the traffic.

The registry file of the fleet says where agent and routers answer (:mod:`.fleet_registry`). Agent:
``PUT|DELETE /places/P/releases/V``; router: ``GET|PUT /admin/backends`` with ``If-Match``. Each
call can be killed anywhere and repeated: processes come before traffic, traffic goes before
processes, and what an earlier, killed call left over is cleared by the next one. It knows no
audiences.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from windlass.adapters import http_client
from windlass.adapters.artifact_files import check, is_available, path_of
from windlass.adapters.deployments import routed
from windlass.adapters.deployments.fleet import Agent, Router
from windlass.adapters.durable_files import held
from windlass.adapters.fleet_registry import Place, place_of
from windlass.adapters.safe_names import file_name
from windlass.adapters.state_folder import state_folder
from windlass.errors import InputError, TerminalError, VendorUnavailable
from windlass.ports.connection import Connect
from windlass.ports.deployments import Artifact, Exposure
from windlass.spec.vendors import ProcessesSettings

#: Seconds to wait for another caller of this machine; what is left of the deadline does the work.
PATIENCE = 90.0


class ProcessDeployments:
    """Every call sets a state, one call per place at a time; undo is complete."""

    undo = "full"
    visible_within = 0.0
    deadline = 180.0

    def __init__(
        self,
        settings: ProcessesSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
        client: Callable[..., httpx.AsyncClient] = http_client.client,
    ) -> None:
        self._client = client
        self._root = root
        self._registry = root / settings.fleet
        self._replicas = settings.replicas
        self._drain = settings.drain.total_seconds()
        self._ready = settings.ready.total_seconds()
        self._locks = state_folder(root, "deployments")

    async def current(self, target: str) -> Exposure:
        """See the port; read from the router."""
        async with self._http() as http:
            place = self._place(target)
            digests = await Agent(http, place).versions()
            known = {version: digest for version, digest in digests.items() if digest}
            return routed.exposure(await Router(http, place).table(), known)

    async def available(self, artifact: Artifact) -> bool:
        """See the port; the file is read and its SHA-256 compared."""
        return await is_available(self._root, artifact)

    async def rehearse(self, target: str, artifact: Artifact, percent: float) -> str:
        """See the port."""
        check(artifact, percent)
        if not await self.available(artifact):
            raise TerminalError(
                f"{artifact.location} is not there or is not {artifact.digest} any more"
            )
        place = self._place(target)
        async with self._http() as http:
            await Agent(http, place).versions()
            table = await Router(http, place).table()
        stable = routed.stable_beside(table, artifact.version)
        rest = f", {100 - percent:g} % to {stable}" if stable else " (nothing else runs there)"
        return (
            f"{place.name}: run {self._replicas} replicas of {artifact.version}, "
            f"then give it {percent if stable else 100:g} % of the traffic{rest}"
        )

    async def expose(self, target: str, artifact: Artifact, percent: float) -> None:
        """See the port. A first version, with nothing beside it, gets all of the traffic.

        Raises:
            RefusedByVendor: the package is not there or is another one.
            VendorUnavailable: replicas did not become ready, or an old one does not drain.
        """
        check(artifact, percent)
        async with self._alone(target) as (place, http):
            agent, router = Agent(http, place), Router(http, place)
            urls = await agent.run(self._located(artifact), self._replicas)
            await router.change(lambda t: routed.shifted(t, artifact.version, urls, percent))
            await self._clear(router, agent)

    async def retract(self, target: str, version: str, back_to: Artifact | None) -> None:
        """See the port."""
        if back_to is not None and back_to.version == version:
            raise InputError(f"cannot take {version} out of {target} and go back to it at once")
        async with self._alone(target) as (place, http):
            agent, router = Agent(http, place), Router(http, place)
            if back_to is None:
                await router.change(routed.silent, silence=True)
            else:
                back = back_to.version
                urls = await agent.run(self._located(back_to), self._replicas)
                await router.change(lambda t: routed.shifted(t, back, urls, 100.0))
            await self._clear(router, agent)

    async def _clear(self, router: Router, agent: Agent) -> None:
        """See the versions without traffic to the end of their requests, then stop them."""
        table = await router.table()
        serving = {backend.version for backend in table if backend.weight > 0}
        idle = routed.idle_versions(table) | (set(await agent.versions()) - serving)
        if not idle:
            return
        await self._drained(router, idle)
        await router.change(
            lambda t: tuple(b for b in t if b.weight > 0 or b.version not in idle),
            silence=not serving,
        )
        for version in sorted(idle):
            await agent.stop(version)

    async def _drained(self, router: Router, versions: frozenset[str]) -> None:
        end = time.monotonic() + self._drain
        while open_requests := await router.in_flight(versions):
            if time.monotonic() > end:
                raise VendorUnavailable(
                    f"{', '.join(sorted(versions))} still has {open_requests} requests in flight "
                    f"{self._drain:g} s after it lost its traffic; it gets no new ones"
                )
            await asyncio.sleep(0.02)

    @asynccontextmanager
    async def _alone(self, target: str) -> AsyncIterator[tuple[Place, httpx.AsyncClient]]:
        """The place of ``target`` and a client, one caller of this machine at a time."""
        place = self._place(target)
        lock = self._locks / f"{file_name(target)}.lock"
        async with held(lock, patience=PATIENCE), self._http() as http:
            yield place, http

    def _http(self) -> httpx.AsyncClient:
        return self._client(timeout=self._ready + 5.0)

    def _place(self, target: str) -> Place:
        return place_of(self._registry, target)

    def _located(self, artifact: Artifact) -> Artifact:
        return replace(artifact, location=str(path_of(self._root, artifact)))

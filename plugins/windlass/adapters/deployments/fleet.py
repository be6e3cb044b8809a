"""The two servers of a local fleet's place: its router, and the agent that has the processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from windlass.adapters.deployments.routed import Backend, Table
from windlass.adapters.fleet_registry import Place
from windlass.adapters.http_client import request
from windlass.errors import RefusedByVendor, TerminalError, VendorUnavailable
from windlass.ports.deployments import Artifact

#: How often a change is tried when somebody else changes the router in between.
TRIES = 20


class Router:
    """The admin side of one router; every change is bound to the state it was worked out from."""

    def __init__(self, http: httpx.AsyncClient, place: Place) -> None:
        self._http = http
        self._url = f"{place.admin_url}/admin/backends"

    async def table(self) -> Table:
        """Every backend, those that were removed and still finish requests aside."""
        return (await self._read())[0]

    async def in_flight(self, versions: frozenset[str]) -> int:
        """Open requests at the backends of ``versions``, removed ones too."""
        document = _object(await request(self._http, "GET", self._url))
        found = [*_backends(document, "backends"), *_backends(document, "draining")]
        return sum(backend.in_flight for backend in found if backend.version in versions)

    async def change(self, wanted: Callable[[Table], Table], *, silence: bool = False) -> Table:
        """Make the table what ``wanted`` makes of it; asked again when somebody came first.

        Args:
            wanted: from the backends there are to those that should be.
            silence: whether the router may be left without traffic.

        Raises:
            VendorUnavailable: somebody came first each of :data:`TRIES` times.
        """
        for _ in range(TRIES):
            table, tag = await self._read()
            wish = wanted(table)
            body = {"backends": [backend.wish() for backend in wish], "allow_silence": silence}
            answer = await self._put(body, tag)
            if answer is not None:
                return _backends(answer, "backends")
        raise VendorUnavailable(f"{self._url}: somebody else keeps changing it")

    async def _put(self, body: dict[str, Any], tag: str) -> dict[str, Any] | None:
        try:
            answer = await self._http.put(self._url, json=body, headers={"If-Match": tag})
        except httpx.TransportError as error:
            raise VendorUnavailable(f"PUT {self._url}: {error!r}") from error
        if answer.status_code == 412:
            return None
        if answer.is_success:
            return _object(answer)
        said = f"PUT {self._url}: {answer.status_code} {answer.text.strip()[:500]}"
        raise VendorUnavailable(said) if answer.status_code >= 500 else RefusedByVendor(said)

    async def _read(self) -> tuple[Table, str]:
        answer = await request(self._http, "GET", self._url)
        if "ETag" not in answer.headers:
            raise TerminalError(f"{self._url} gives no ETag: changes could not be made safely")
        return _backends(_object(answer), "backends"), answer.headers["ETag"]


class Agent:
    """Starts and stops the processes of one place; every call sets a state."""

    def __init__(self, http: httpx.AsyncClient, place: Place) -> None:
        self._http, self._place = http, place
        self._url = f"{place.agent_url}/places/{place.name}/releases"

    async def run(self, artifact: Artifact, replicas: int) -> list[str]:
        """Have ``replicas`` ready processes of the package; their addresses.

        Raises:
            RefusedByVendor: the package is not there or has another digest.
        """
        wish = {
            "artifact": artifact.location,
            "digest": artifact.digest,
            "replicas": replicas,
        }
        answer = await request(self._http, "PUT", f"{self._url}/{artifact.version}", json=wish)
        document = _object(answer)
        if document.get("digest") != artifact.digest:
            raise TerminalError(
                f"{self._place.name} runs {artifact.version} from {document.get('digest')}, "
                f"not {artifact.digest}"
            )
        return [backend.url for backend in _backends(document, "backends")]

    async def stop(self, version: str) -> None:
        """Stop every process of ``version``.

        Raises:
            VendorUnavailable: it still has traffic or requests in flight.
        """
        await request(self._http, "DELETE", f"{self._url}/{version}")

    async def versions(self) -> dict[str, str]:
        """The versions that have processes here, each with its digest ("" when not told)."""
        document = _object(await request(self._http, "GET", f"{self._place.agent_url}/places"))
        try:
            found = document["places"][self._place.name]["backends"]
            return {str(one["version"]): str(one.get("digest") or "") for one in found}
        except (KeyError, TypeError) as error:
            raise TerminalError(f"{self._place.agent_url}/places: {error!r} is missing") from error


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError as error:
        raise TerminalError(f"{answer.request.url}: not JSON: {answer.text[:200]!r}") from error
    if not isinstance(document, dict):
        raise TerminalError(f"{answer.request.url}: expected an object, got {answer.text[:200]!r}")
    return document


def _backends(document: dict[str, Any], key: str) -> Table:
    try:
        return tuple(
            Backend(
                str(one["version"]),
                str(one["url"]),
                float(one.get("weight", 0.0)),
                int(one.get("in_flight", 0)),
            )
            for one in document.get(key, ())
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TerminalError(f"{key} of a fleet's server: {error!r}") from error

"""HTTP requests to what runs, as its users send them: httpx, redirects followed up to five times.

The answer's body is cut at 64 KiB. Certificates are verified.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx

from windlass.adapters import http_client
from windlass.errors import InputError
from windlass.ports.connection import Connect
from windlass.ports.probes import ProbeAnswer

LARGEST_BODY = 64 * 1024
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class HttpProbes:
    """One request at a time, each on a connection of its own, so that none is answered by luck."""

    def __init__(
        self,
        settings: object = None,
        *,
        root: Path,
        connect: Connect,
    ) -> None:
        """Needs nothing."""

    async def request(
        self, url: str, *, method: str = "GET", body: str | None = None, timeout: float = 5.0
    ) -> ProbeAnswer:
        """See the port. A body that is JSON is sent as JSON.

        Raises:
            InputError: not an HTTP URL, or not an HTTP method.
        """
        if not url.startswith(("http://", "https://")):
            raise InputError(f"{url!r} is not a URL to probe; allowed: http://… and https://…")
        if method not in _METHODS:
            raise InputError(
                f"{method!r} is no HTTP method; allowed: {', '.join(sorted(_METHODS))}"
            )
        headers = {"User-Agent": "windlass-probe"}
        if body is not None:
            headers["Content-Type"] = (
                "application/json" if body.startswith(("{", "[")) else "text/plain"
            )
        began = time.monotonic()
        try:
            async with http_client.client(
                timeout=timeout, follow_redirects=True, max_redirects=5
            ) as http:
                request = http.build_request(method, url, content=body, headers=headers)
                return await _ask(http, request, timeout)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            problem = str(error) or type(error).__name__
            return ProbeAnswer(0, time.monotonic() - began, problem=problem)


async def _ask(http: httpx.AsyncClient, request: httpx.Request, timeout: float) -> ProbeAnswer:
    """The answer with at most :data:`LARGEST_BODY` of its body, all within ``timeout``."""
    began = time.monotonic()
    async with asyncio.timeout(timeout):
        response = await http.send(request, stream=True)
        try:
            read = b""
            async for chunk in response.aiter_bytes():
                read += chunk
                if len(read) >= LARGEST_BODY:
                    break
        finally:
            await response.aclose()
    return ProbeAnswer(
        status=response.status_code,
        seconds=time.monotonic() - began,
        body=read[:LARGEST_BODY].decode(response.encoding or "utf-8", errors="replace"),
        headers={name.lower(): value for name, value in response.headers.items()},
    )

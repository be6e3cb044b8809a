"""One way to speak HTTP: shared TLS set-up, no proxy for this machine, errors in our words."""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any

import httpx

from windlass.errors import RefusedByVendor, VendorUnavailable

#: Statuses that say "not now".
_LATER = frozenset({408, 409, 412, 423, 425, 429})
_LOCAL = ("all://127.0.0.1", "all://localhost", "all://[::1]")


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def client(*, timeout: float, **more: Any) -> httpx.AsyncClient:
    """A client for one conversation. ``timeout`` is in seconds, for each phase of a request."""
    more.setdefault("mounts", dict.fromkeys(_LOCAL))
    return httpx.AsyncClient(verify=_tls(), timeout=timeout, **more)


async def request(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    **more: Any,
) -> httpx.Response:
    """Ask and get a good answer.

    Raises:
        VendorUnavailable: no answer, or one that says "not now".
        RefusedByVendor: the answer says no; carries what the vendor said.
    """
    try:
        response = await http.request(method, url, **more)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        said = str(error) or type(error).__name__
        raise VendorUnavailable(f"{method} {url}: {said}") from error
    if response.is_success:
        return response
    said = f"{method} {url}: {response.status_code} {response.text.strip()[:500]}"
    if response.status_code >= 500 or response.status_code in _LATER:
        raise VendorUnavailable(said)
    raise RefusedByVendor(said)

"""A weighted router that drains: one process per region.

Clients talk to the public port; operators to the admin port (`demo.router_admin`). A request goes
to a backend by weight. A backend that takes no connection is passed over for that request, because
nothing was sent; a request that was sent is never sent twice. A backend set to weight 0 or removed
gets no new requests and finishes those it has.

    python -m demo.router --region eu-west --ready .demo/run/eu-west.router.json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import time
from pathlib import Path

from demo import wire
from demo.backends import Backend, BackendTable
from demo.connections import Lost, NotSent
from demo.exposition import RouterCounters
from demo.listener import Listener
from demo.router_admin import Admin

ANSWER_SECONDS = 10.0
REASONS = {502: "Bad Gateway", 503: "Service Unavailable"}


def router_error(status: int, reason: str) -> wire.Message:
    """An error of the router's own, told apart by the header `X-Router-Error`."""
    body = json.dumps({"error": reason}).encode() + b"\n"
    return wire.response(status, REASONS[status], body, "application/json", X_Router_Error=reason)


class Router:
    """Passes requests of one region to its backends."""

    def __init__(self, region: str) -> None:
        self.table = BackendTable()
        self.counters = RouterCounters(region)

    async def forward(self, request: wire.Message) -> wire.Message:
        """The answer of the backend whose turn it is."""
        passed_over: list[Backend] = []
        while (backend := self.table.choose(passed_over)) is not None:
            backend.in_flight += 1
            try:
                return await self._ask(backend, request)
            except NotSent:
                self.counters.refused(backend.version)
                passed_over.append(backend)
            finally:
                backend.in_flight -= 1
        self.counters.failed("no_backend")
        return router_error(503, "no_backend")

    async def _ask(self, backend: Backend, request: wire.Message) -> wire.Message:
        began = time.monotonic()
        try:
            reply = await backend.connections.exchange(request, ANSWER_SECONDS)
        except Lost:
            # The version did not answer, so it counts against the version as well.
            self.counters.answered(backend.version, 502, time.monotonic() - began)
            self.counters.failed("backend_lost")
            return router_error(502, "backend_lost")
        self.counters.answered(backend.version, reply.status, time.monotonic() - began)
        return reply


async def run(region: str, port: int, admin_port: int, ready: Path | None) -> None:
    """Serve until SIGTERM or SIGINT; `ready` receives both addresses once they answer."""
    router = Router(region)
    admin = Admin(router.table, router.counters)
    public = Listener(router.forward, lambda: router.counters.failed("bad_request"))
    private = Listener(admin.answer)
    addresses = {"url": await public.start(port), "admin_url": await private.start(admin_port)}
    if ready is not None:
        partial = ready.with_suffix(".partial")
        partial.write_text(json.dumps(addresses), encoding="utf-8")
        partial.replace(ready)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await public.close()
    await private.close()


def main() -> None:
    """Run one router."""
    parser = argparse.ArgumentParser(prog="python -m demo.router")
    parser.add_argument("--region", required=True)
    parser.add_argument("--port", type=int, default=0, help="public; 0 takes a free one")
    parser.add_argument("--admin-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ready", type=Path, help="file that receives the two addresses")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.region, arguments.port, arguments.admin_port, arguments.ready))


if __name__ == "__main__":
    main()

"""The shop over HTTP: a thread per connection, keep-alive, a stop that finishes its requests."""

from __future__ import annotations

import signal
import threading
import time
import uuid
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from storefront import journal
from storefront.release import VERSION
from storefront.shop import Answer, Request, Shop, as_json

QUIET_SECONDS = 0.2
"""A stopping server leaves once nothing was in flight for this long."""


class Server(ThreadingHTTPServer):
    """Serves a shop and counts what is in flight."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, shop: Shop, region: str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.shop = shop
        self.region = region
        self.stopping = False
        self._lock = threading.Lock()
        self._in_flight = 0
        self._last_end = time.monotonic()

    @property
    def url(self) -> str:
        """Where this server answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def began(self, step: int) -> None:
        """A request began (+1) or ended (-1)."""
        with self._lock:
            self._in_flight += step
            self._last_end = time.monotonic()

    def stop(self) -> None:
        """Finish what is in flight, then leave `serve_forever`; returns at once."""
        if not self.stopping:
            self.stopping = True
            self._last_end = time.monotonic()
            threading.Thread(target=self._leave).start()

    def _leave(self) -> None:
        while self._in_flight or time.monotonic() - self._last_end < QUIET_SECONDS:
            time.sleep(0.02)
        self.shutdown()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        self.server.began(+1)
        try:
            self._send(self._answer())
        finally:
            self.server.began(-1)

    do_GET = do_PUT = do_POST = do_HEAD = _serve  # noqa: N815 - names the base class looks for

    def _answer(self) -> Answer:
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            "GET" if self.command == "HEAD" else self.command,
            self.path.partition("?")[0],
            self.headers.get("X-Request-Id") or uuid.uuid4().hex,
            self.rfile.read(length),
        )
        try:
            answer = self.server.shop.answer(request)
        except Exception as error:  # noqa: BLE001 - a bug in one request must not end the server
            journal.write("error", self.server.region, request, error)
            return as_json(500, {"error": "internal error", "type": type(error).__name__})
        if answer.status >= 500:
            journal.write("warning", self.server.region, request, answer.body.strip())
        return answer

    def _send(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.close_connection = self.close_connection or self.server.stopping
        head = (
            f"HTTP/1.1 {answer.status} {responses[answer.status]}\r\n"
            f"Content-Type: {answer.kind}\r\nContent-Length: {len(body)}\r\n"
            f"X-Storefront-Version: {VERSION}\r\n"
            + ("Connection: close\r\n" if self.close_connection else "")
            + "\r\n"
        ).encode()
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the router counts requests, the journal has the errors."""


def serve(port: int, shop: Shop, region: str, ready: Path | None) -> None:
    """Serve until SIGTERM or SIGINT; `ready` receives the address once the port is open."""
    server = Server(port, shop, region)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    if ready is not None:
        partial = ready.with_suffix(".partial")
        partial.write_text(server.url, encoding="utf-8")
        partial.replace(ready)
    server.serve_forever(poll_interval=0.05)
    server.server_close()

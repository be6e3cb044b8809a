"""What users of a small product get, as the counters that its judge scrapes.

There is no traffic: how many requests a version had follows from its share of the target and the
time that passed, and how many of them failed from its rate of errors. ``errors`` in the product's
state folder is the new version's rate; without it the new version is as good as the old one.
``errors-on`` is the rate of those users who have a flag.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REQUESTS_A_SECOND = 200.0
USUAL_ERRORS = 0.01
#: A label, as Prometheus writes it, and how many percent of the users it is about.
Halves = Callable[[], Mapping[str, float]]


@dataclass(slots=True)
class Target:
    """One target's counters; they only ever grow."""

    state: Path
    file: str
    first: str
    halves: Halves
    requests: dict[str, float] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)
    at: float = field(default_factory=time.monotonic)

    def text(self) -> str:
        """Everything up to now, as Prometheus text."""
        now = time.monotonic()
        passed, self.at = now - self.at, now
        shares: dict[str, float] = json.loads((self.state / self.file).read_text())
        for version, share in shares.items():
            for label, part in self.halves().items():
                arm = f'version="{version}"' + (f",{label}" if label else "")
                count = passed * REQUESTS_A_SECOND * share / 100 * part / 100
                bad = count * self._rate(version, label)
                self.requests[arm] = self.requests.get(arm, 0.0) + count
                self.errors[arm] = self.errors.get(arm, 0.0) + bad
        lines = [
            f"{name}{{{arm}}} {int(count)}"
            for name, counts in (
                ("http_requests_total", self.requests),
                ("http_errors_total", self.errors),
            )
            for arm, count in counts.items()
        ]
        return "\n".join(lines) + "\n"

    def _rate(self, version: str, label: str) -> float:
        concerned = {"errors": version != self.first, "errors-on": label.endswith('"on"')}
        told = [self.state / name for name, holds in concerned.items() if holds]
        return max(
            (float(file.read_text()) for file in told if file.exists()), default=USUAL_ERRORS
        )


class Counters:
    """A server for the counters of every target that it was told of."""

    def __init__(self) -> None:
        targets: dict[str, Target] = {}
        turn = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with turn:
                    body = targets[self.path].text().encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self._targets = targets
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def add(self, name: str, state: Path, file: str, first: str, halves: Halves) -> str:
        """Count for one more target; the address to scrape."""
        self._targets[f"/{name}/{file}"] = Target(state, file, first, halves)
        return f"http://127.0.0.1:{self._server.server_address[1]}/{name}/{file}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

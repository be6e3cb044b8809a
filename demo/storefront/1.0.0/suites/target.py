"""The shop that a suite runs against, and how to talk to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
START_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `body` as text."""

    status: int
    body: str
    version: str

    @property
    def document(self) -> dict[str, object]:
        """The body as JSON."""
        found: dict[str, object] = json.loads(self.body)
        return found


@dataclass(frozen=True, slots=True)
class Target:
    """A running shop."""

    url: str

    def ask(self, method: str, path: str, document: object = None, *, name: str = "") -> Reply:
        """One request; `name` is its request id, which decides what the stock feed does."""
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(self.url + path, data=body, method=method)
        request.add_header("X-Request-Id", name or f"suite {method} {path}")
        try:
            with urllib.request.urlopen(request, timeout=10) as found:
                return Reply(found.status, found.read().decode(), found.headers[VERSION_HEADER])
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.read().decode(), error.headers[VERSION_HEADER] or "")


VERSION_HEADER = "X-Storefront-Version"


@contextmanager
def target() -> Iterator[Target]:
    """The shop at TARGET_URL, or a private copy of this tree for as long as the suite runs."""
    url = os.environ.get("TARGET_URL", "")
    if url:
        if not url.startswith(("http://", "https://")):
            raise SystemExit(f"TARGET_URL={url!r}: expected http://… or https://…")
        yield Target(url.rstrip("/"))
        return
    with tempfile.TemporaryDirectory() as folder, _private_copy(Path(folder)) as found:
        yield found


@contextmanager
def _private_copy(folder: Path) -> Iterator[Target]:
    database, ready = folder / "shop.sqlite", folder / "ready"
    shop = [sys.executable, "-m", "storefront"]
    migrate = [*shop, "migrate", "--database", str(database)]
    subprocess.run(migrate, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    serve = [*shop, "serve", "--database", str(database), "--ready", str(ready)]
    with subprocess.Popen(serve, cwd=ROOT) as process:
        try:
            yield Target(_wait(ready, process))
        finally:
            process.terminate()


def _wait(ready: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + START_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"the shop did not start (exit code {process.poll()})")
        time.sleep(0.02)
    return ready.read_text(encoding="utf-8")

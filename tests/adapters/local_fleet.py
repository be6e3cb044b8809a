"""A real little fleet for tests: the demo's router and agent, and packages of a tiny service."""

from __future__ import annotations

import asyncio
import hashlib
import io
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from demo.agent import Agent
from demo.fleet import Fleet
from demo.home import Home
from demo.listener import Listener
from windlass.ports.deployments import Artifact

SERVICE = """
import pathlib, signal, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if "slow" in self.path:
            time.sleep(0.3)
        body = b"VERSION"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass

arguments = dict(zip(sys.argv[2::2], sys.argv[3::2]))
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
ready = pathlib.Path(arguments["--ready"])
partial = ready.with_suffix(".partial")
partial.write_text(f"http://127.0.0.1:{server.server_address[1]}")
partial.replace(ready)
server.serve_forever(poll_interval=0.02)
"""


def package(folder: Path, version: str) -> Artifact:
    """The package of ``version``: answers its version to every request."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"storefront-{version}.tar"
    with tarfile.open(path, "w") as archive:
        source = SERVICE.replace("VERSION", version).encode()
        for name, content in (("storefront/__init__.py", b""), ("storefront/__main__.py", source)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Artifact(version, str(path), f"sha256:{digest}")


@asynccontextmanager
async def running(root: Path, *places: str) -> AsyncIterator[Fleet]:
    """A fleet with empty places under ``root``; nothing of it is left afterwards."""
    fleet = Fleet(Home(root))
    listener = Listener(Agent(fleet).answer)
    fleet.agent_url = await listener.start()
    try:
        for place in places:
            await fleet.add_place(place)
        yield fleet
    finally:
        await listener.close()
        await asyncio.to_thread(fleet.stop)

"""The board on a port of its own, without the rest of Airflow's API server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from windlass.board.prefix import PREFIX
from windlass.connections import configured_ledger


@contextmanager
def served(database: Path, user: str) -> Iterator[str]:
    """The board's address; ``user`` is whoever looks at it, the ledger is a SQLite file."""
    from airflow.api_fastapi.app import create_auth_manager

    from tests.board.web import Web

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WINDLASS_LEDGER_URL", f"sqlite:///{database}")
        create_auth_manager()
        server = uvicorn.Server(
            uvicorn.Config(Web().as_user(user).root, port=0, log_level="warning")
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        try:
            port = server.servers[0].sockets[0].getsockname()[1]
            yield f"http://127.0.0.1:{port}{PREFIX}/"
        finally:
            server.should_exit = True
            thread.join()
            configured_ledger().close()

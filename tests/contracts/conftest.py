"""What the contract suites share: adapters are made through the registry, as tasks get them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from windlass.adapters.registry import build
from windlass.errors import NotConfigured
from windlass.ports.connection import ConnectionInfo

Make = Callable[..., Any]


@pytest.fixture
def connections() -> dict[str, ConnectionInfo]:
    """Connections by id; a suite adds those its servers need."""
    return {}


@pytest.fixture
def make(tmp_path: Path, connections: dict[str, ConnectionInfo]) -> Make:
    """``make(port, vendor, settings)``: the adapter, with the temporary folder as the project."""

    def connect(name: str) -> ConnectionInfo:
        if name not in connections:
            raise NotConfigured(f"no connection {name!r}")
        return connections[name]

    def made(port: str, vendor: str, settings: dict[str, Any] | None) -> object:
        return build(port, vendor, settings, root=tmp_path, connect=connect)

    return made


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., str]:
    """``git("commit", …)`` in the folder ``repo``, which it makes, as a fixed author."""
    repo = tmp_path / "repo"
    repo.mkdir()

    def run(*words: str) -> str:
        identity = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
        done = subprocess.run(
            ["git", *identity, *words], cwd=repo, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    run("init", "--quiet", "--initial-branch=main")
    return run

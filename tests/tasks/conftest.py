"""The plain world, fresh for each test; its ledger is migrated and its repository made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tasks.world import World, make_world
from windlass.ledger import open_ledger


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what every world starts from is made once."""
    return tmp_path_factory.mktemp("templates")


@pytest.fixture(scope="session")
def migrated(templates: Path) -> Path:
    """An empty ledger."""
    path = templates / "ledger.db"
    open_ledger(f"sqlite:///{path}", migrate=True).close()
    return path


@pytest.fixture
def make(tmp_path: Path, templates: Path, migrated: Path) -> Iterator[Any]:
    """``make({...})``: a world whose product differs by these changes."""
    made: list[World] = []

    def one(changes: dict[str, Any] | None = None) -> World:
        root = tmp_path / f"world-{len(made)}"
        root.mkdir()
        made.append(make_world(root, templates, migrated, changes))
        return made[-1]

    yield one
    for world in made:
        world.end()


@pytest.fixture
def world(make: Any) -> World:
    """The plain world."""
    return make()

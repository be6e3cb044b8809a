"""One Airflow for the whole folder: starting it takes longer than most releases."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.airflow.stage import Stage

#: A product per scenario, so that releases run side by side.
SCENARIOS = (
    "good",
    "marked",
    "wrongmark",
    "redsuite",
    "rejected",
    "failedrun",
    "killedworker",
    "killedrest",
    "paused",
    "byhand",
)


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """Airflow with a product for every scenario; :meth:`Stage.begin` starts their releases."""
    folder = Path(tempfile.mkdtemp(prefix="windlass-stage-"))
    built = Stage.build(folder, SCENARIOS)
    (built.products["redsuite"].root / "red").touch()
    try:
        yield built
    finally:
        built.close()

"""One Airflow for the whole folder: starting it takes longer than most releases."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.airflow.sprints import Sprints
from tests.airflow.stage import Stage

#: A product per scenario: their releases run side by side, each up to its first question.
SCENARIOS = ("good", "red", "rejected", "failed", "paused", "killed", "urgent")
#: Those whose patch is judged at every step.
JUDGED = ("bad", "marked", "broken")
#: One more, whose releases the calendar and the end of development start too.
SPRINTS = "sprints"


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """Airflow with a product for every scenario and a release of each under way."""
    folder = Path(tempfile.mkdtemp(prefix="windlass-stage-"))
    built = Stage.build(folder, SCENARIOS, JUDGED, (Sprints(SPRINTS, folder / SPRINTS),))
    try:
        (built.products["red"].root / "red").touch()
        (built.products["bad"].root / "state" / "errors").write_text("0.3")
        (built.products["broken"].root / "state" / "broken").touch()
        for name in SCENARIOS:
            built.run(name).trigger()
        for name in JUDGED:
            built.run(name, kind="patch").trigger(reason="fix")
        built.run(SPRINTS, kind="sprint").trigger(reason="fix")
        yield built
    finally:
        built.close()

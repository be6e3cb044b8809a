"""What every test shares: how Hypothesis searches, and how Airflow stays out of the quick tests."""

from __future__ import annotations

import gc
import os
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.airflow_home import settle_in

# A shared machine is slow at random: a deadline would find the machine, not a bug.
settings.register_profile(
    "quick", deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", settings.get_profile("quick"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

#: Says that every test of a file needs Airflow, so that only such tests import it.
NEEDS_AIRFLOW = re.compile(r"^pytestmark = .*\bpytest\.mark\.(airflow|browser)\b", re.MULTILINE)


def pytest_configure(config: pytest.Config) -> None:
    """Give Airflow a home of its own before anything imports it."""
    home = tempfile.TemporaryDirectory(prefix="windlass-airflow-", ignore_cleanup_errors=True)
    config.add_cleanup(home.cleanup)
    settle_in(Path(home.name))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave alone the files whose every test was left out: importing Airflow takes seconds."""
    chosen = str(config.getoption("markexpr"))
    if collection_path.suffix != ".py" or not chosen.startswith("not airflow"):
        return None
    return True if NEEDS_AIRFLOW.search(collection_path.read_text(encoding="utf-8")) else None


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the garbage collector need not look at it again."""
    gc.collect()
    gc.freeze()

"""A project in a temporary folder: what people would write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spec.project import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with three people; the current folder is its root."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WINDLASS_INCLUDE", raising=False)
    return Project(tmp_path)

"""Adapters that other packages bring are found by their entry points."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from windlass.adapters import registry
from windlass.errors import NotConfigured
from windlass.ports.connection import ConnectionInfo

CODE = """
from pydantic import BaseModel

class Settings(BaseModel):
    project: str

class CardTracker:
    settings_model = Settings

    def __init__(self, settings, *, root, connect):
        self.settings = settings
"""
POINTS = """[windlass.adapters]
tracker.cards = windlass_cards:CardTracker
tracker.folder = windlass_cards:CardTracker
tracker.gone = windlass_cards:NoSuchClass
"""


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that brings a tracker, as if it were installed."""
    about = tmp_path / "windlass_cards-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: windlass-cards\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(POINTS)
    (tmp_path / "windlass_cards.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "windlass_cards", raising=False)


def connect(name: str) -> ConnectionInfo:
    raise NotConfigured(name)


def test_an_installed_adapter_is_built_with_its_own_settings(tmp_path: Path) -> None:
    made = registry.build("tracker", "cards", {"project": "X"}, root=tmp_path, connect=connect)
    assert made.settings.project == "X"
    with pytest.raises(NotConfigured, match="project"):
        registry.build("tracker", "cards", {}, root=tmp_path, connect=connect)


def test_it_is_among_the_choices_and_cannot_replace_a_built_in_one() -> None:
    assert registry.choices("tracker") == ("cards", "folder", "gone")
    assert registry.adapter_class("tracker", "folder").__name__ == "FolderTracker"
    with pytest.raises(NotConfigured, match=r"'card'; allowed: cards, folder.*did you mean"):
        registry.adapter_class("tracker", "card")


def test_one_that_cannot_be_imported_is_named() -> None:
    with pytest.raises(NotConfigured, match=r"tracker\.gone cannot be imported"):
        registry.adapter_class("tracker", "gone")

"""Vendors of other packages are read like the built-in ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.spec.project import SHOP, Project

ADAPTERS = """
from windlass.spec.model import SpecModel


class Settings(SpecModel):
    board: str


class Boards:
    settings_model = Settings


class Cards:
    pass


class Odd:
    settings_model = dict
"""
ENTRIES = """
[windlass.adapters]
tracker.boards = acme_boards:Boards
tracker.cards = acme_boards:Cards
tracker.odd = acme_boards:Odd
tracker.gone = acme_boards:Gone
"""


@pytest.fixture(autouse=True)
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package that brings trackers, as pip would have put it there."""
    place = tmp_path / "site"
    info = place / "acme_boards-1.0.dist-info"
    info.mkdir(parents=True)
    (place / "acme_boards.py").write_text(ADAPTERS, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-boards\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRIES, encoding="utf-8")
    monkeypatch.syspath_prepend(place)
    yield
    sys.modules.pop("acme_boards", None)


def with_tracker(settings: str) -> str:
    return SHOP.replace("environments:", f"  tracker: {settings}\nenvironments:", 1)


def test_its_settings_are_checked_by_its_own_model(project: Project) -> None:
    product = project.load(with_tracker("{boards: {board: SHOP}}"))
    vendor = product.vendor("tracker")
    assert vendor is not None
    assert vendor.settings.board == "SHOP"
    assert type(product).model_validate(product.model_dump(mode="json")) == product
    assert project.problems(with_tracker("{boards: {bord: SHOP}}")) == [
        "5: vendors.tracker.boards.board: is missing",
        "5: vendors.tracker.boards.bord: unknown key; allowed: board; did you mean 'board'?",
    ]


def test_without_a_model_the_settings_are_taken_as_written(project: Project) -> None:
    vendor = project.load(with_tracker("{cards: {list: 7}}")).vendor("tracker")
    assert vendor is not None
    assert vendor.settings.model_dump() == {"list": 7}


@pytest.mark.parametrize(
    "settings, expected",
    [
        (
            "{board: {}}",
            "unknown tracker vendor 'board'; allowed: boards, cards, ",
        ),
        ("{odd: {}}", "tracker.odd: settings_model must be a pydantic model"),
        ("{gone: {}}", "the adapter tracker.gone cannot be imported"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line(
    project: Project, settings: str, expected: str
) -> None:
    (problem,) = project.problems(with_tracker(settings))
    assert problem.startswith("5: vendors.tracker: ")
    assert expected in problem

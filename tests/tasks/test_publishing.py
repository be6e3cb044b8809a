"""What files say about people and freezes reaches open releases; their plan stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.tasks import shop
from tests.tasks.world import START, World
from windlass.ledger import Ledger, open_ledger
from windlass.tasks.calendars import calendar_heads
from windlass.tasks.publishing import publish_files, publish_for
from windlass.tasks.teams import calendar_of_today, holders_of, who_holds_at


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    with open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", migrate=True) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    include = tmp_path / "include"
    (include / "calendars").mkdir(parents=True)
    (include / "products").mkdir()
    (include / "teams.yaml").write_text(shop.TEAMS)
    (include / "calendars" / "company.yaml").write_text(shop.CALENDAR)
    path = include / "products" / "shop.yaml"
    path.write_text(shop.SHOP)
    return path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_files_that_did_not_change_are_published_once(ledger: Ledger, file: Path) -> None:
    assert publish_files(ledger, file, at=START) == ()
    assert publish_files(ledger, file, at=START + timedelta(hours=1)) == ()
    assert len(ledger.events("documents/teams/shop")) == 1


def test_who_held_a_role_is_answered_for_the_moment_asked_about(ledger: Ledger, file: Path) -> None:
    publish_files(ledger, file, at=START)
    edit(file.parents[1] / "teams.yaml", "devops: ops", "devops: quinn")
    later = START + timedelta(hours=1)
    publish_files(ledger, file, at=later)
    known = holders_of(ledger, "shop")
    assert who_holds_at(known, "devops", START) == ("ops",)
    assert who_holds_at(known, "devops", later) == ("quinn",)
    assert who_holds_at(known, "on_call", later) == ("quinn",)


def test_a_broken_file_is_said_and_changes_nothing(ledger: Ledger, file: Path) -> None:
    publish_files(ledger, file, at=START)
    edit(file.parents[1] / "teams.yaml", "people:", "colour: red\npeople:")
    problems = publish_files(ledger, file, at=START + timedelta(hours=1))
    assert "colour" in " ".join(problems)
    assert who_holds_at(holders_of(ledger, "shop"), "devops", START + timedelta(days=1)) == ("ops",)
    file.unlink()
    assert publish_files(ledger, file, at=START)


def test_a_freeze_that_is_added_is_published(ledger: Ledger, file: Path) -> None:
    publish_files(ledger, file, at=START)
    freeze = {"name": "sales", "from": "2026-03-09", "until": "2026-03-11", "reason": "sales"}
    path = file.parents[1] / "calendars" / "company.yaml"
    path.write_text(f"{shop.CALENDAR}freezes: [{ {**freeze, 'owner': 'mia'} }]\n")
    assert publish_files(ledger, file, at=START + timedelta(hours=1)) == ()
    from windlass.spec.loader import load_product

    names = [f.name for f in calendar_of_today(ledger, load_product(file)).freezes]
    assert names == ["sales"]


def test_a_freeze_reaches_a_release_whose_tasks_all_wait(world: World, file: Path) -> None:
    """Its window waits without a worker, so it is the watchdog that reads the calendar's file."""
    world.product = world.product.model_copy(update={"source": str(file)})
    release = world.open(rows=("execution.production.window",))
    assert publish_for(release) == ()
    before = calendar_heads(release)
    freeze = {"name": "sales", "from": "2026-03-09", "until": "2026-03-11", "reason": "sales"}
    path = file.parents[1] / "calendars" / "company.yaml"
    path.write_text(f"{shop.CALENDAR}freezes: [{ {**freeze, 'owner': 'mia'} }]\n")
    assert publish_for(release) == ()
    after = calendar_heads(release)
    assert any(after[name] > seq for name, seq in before.items())
    file.unlink()
    assert publish_for(release) == ()

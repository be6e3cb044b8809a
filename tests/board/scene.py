"""A shop in the middle of a rollout, written into any ledger; for pictures and a browser's eyes."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo.reviewers import what_they_say, who_answers
from tests.tasks import shop
from tests.tasks.world import LEDGER_POLL, LIVE, PATIENCE, Clock, World, template
from windlass.ledger import Ledger
from windlass.ledger.views.release import Asked
from windlass.tasks.answering import answer
from windlass.tasks.release import Release
from windlass.tasks.runner import run_release

#: From the opening to the production window.
LEAD = timedelta(days=8)
#: Since the production window.
SINCE = timedelta(minutes=12)
#: The last judge, and how often it has looked when the scene is left.
JUDGE, LOOKS = "execution.production.us.judge_100", 5


class Scene:
    """A world's clock that jumps until the last judge has looked a few times."""

    def __init__(self, clock: Clock, release: Release) -> None:
        self.clock, self.release = clock, release

    def now(self) -> datetime:
        """The instant it is in the world."""
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        """Jump.

        Raises:
            TimeoutError: the scene is as it is to be seen.
        """
        if len(self.release.view.looks.get(JUDGE, ())) >= LOOKS:
            raise TimeoutError(f"{JUDGE} has looked {LOOKS} times")
        self.clock.pass_(seconds)


async def everybody(release: Release, asked: Asked) -> None:
    """Everybody answers what they are asked, as in the demo."""
    person, words = who_answers(release, asked), what_they_say(asked)
    if person is None or words is None:
        return
    option, fields = words
    question = str(asked.question["id"])
    answer(release, question, option, by=person, at=release.now(), fields=fields)


def rolling_out(ledger: Ledger, folder: Path, templates: Path) -> Release:
    """A release that the last judge is looking at; it was opened eight days ago."""
    root = folder / "shop"
    root.mkdir(parents=True)
    shutil.copytree(template(templates) / "shop.git", root / "shop.git")
    drill = (datetime.now(UTC) - timedelta(days=40)).date().isoformat()
    changes = {"backup": {"drill": drill}}
    product = shop.product(templates, json.dumps(changes)).model_copy(update={"root": str(root)})
    (root / "runbook.md").write_text("Restore the newest backup.\n")
    world = World(root, ledger, product)
    world.clock.at = datetime.now(UTC) - LEAD - SINCE
    world.live(LIVE, world.repository().head(f"v{LIVE}^{{commit}}"), at=world.clock.at)
    world.live("2.4.0", "a1b2c3d4", product="payments", at=world.clock.at)
    world.issue("SHOP-12", "Gift notes", version="")
    world.issue("SHOP-14", "Refuse quantities below one", kind="bug", version="")
    release = world.open(day_0=world.clock.at + LEAD, run="2026-w12")
    running = run_release(
        release,
        time=Scene(world.clock, release),
        people=everybody,
        patience=PATIENCE,
        ledger_poll=LEDGER_POLL,
    )
    with pytest.raises(TimeoutError):
        asyncio.run(running)
    return release

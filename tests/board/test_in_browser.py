"""A reviewer's way through a real Airflow with a real browser: from the navigation to an answer.

The pictures of ``docs/how-to/review-a-release.md`` are taken here, when ``WINDLASS_PICTURES`` names
the folder to put them in.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.airflow_client import Refused
from tests.airflow.small import Small
from tests.airflow.stage import Stage
from tests.board.browsing import browser, logged_in  # noqa: F401 - a fixture
from tests.board.scene import rolling_out

pytestmark = [pytest.mark.airflow, pytest.mark.browser, pytest.mark.timeout(420)]

PRODUCT = "board"
SEAT = "validation.acceptance.approval.product_manager"
LARGEST_PICTURE = 300 * 1024


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Airflow with one release under way, and the shop in the middle of a rollout."""
    folder = Path(tempfile.mkdtemp(prefix="windlass-board-"))
    built = Stage.build(folder, [Small(PRODUCT, folder / PRODUCT, "minor")])
    try:
        built.run(PRODUCT).trigger()
        _pause_the_watchdog(built)
        (folder / "templates").mkdir()
        rolling_out(built.ledger, folder, folder / "templates")
        yield built
    finally:
        built.close()
        shutil.rmtree(folder, ignore_errors=True)


def _pause_the_watchdog(stage: Stage) -> None:
    """It would look after the shop's release, which has no run in this Airflow."""
    dag = "/api/v2/dags/windlass.watchdog"
    busy = f"{dag}/dagRuns/~/taskInstances?state=running&state=queued"

    def paused() -> bool:
        try:
            stage.client.call("admin", "PATCH", dag, {"is_paused": True})
        except Refused as problem:
            if problem.status != 404:
                raise
            return False
        return True

    _until(paused)
    _until(lambda: stage.client.call("admin", "GET", busy)["total_entries"] == 0)


@pytest.fixture
def page(stage: Stage, browser: Browser) -> Iterator[Page]:  # noqa: F811
    """Mia's browser."""
    with logged_in(stage.airflow, browser) as made:
        yield made


def picture(page: Page, name: str) -> None:
    """Save what the page shows, if pictures are wanted; it must be small enough for a page."""
    data = page.screenshot(type="png")
    assert len(data) < LARGEST_PICTURE
    folder = os.environ.get("WINDLASS_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.png").write_bytes(data)


@pytest.mark.deep
def test_a_reviewer_finds_the_question_answers_it_and_the_task_goes_on(
    stage: Stage, page: Page
) -> None:
    run = stage.run(PRODUCT)
    run.until_asked(SEAT, people=False)
    page.goto(stage.airflow.url)
    page.get_by_role("link", name="Releases").click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Waits for you")).to_be_visible()
    expect(frame.get_by_text("mia", exact=True).first).to_be_visible()
    card = frame.get_by_role("link", name="board").filter(has_text="Acceptance: Product manager")
    expect(card).to_be_visible()
    picture(page, "board")
    card.click()
    expect(frame.get_by_role("heading", name="Acceptance: Product manager")).to_be_visible()
    picture(page, "release")
    frame.get_by_role("button", name="Approve").click()
    expect(frame.get_by_role("status")).to_contain_text("Your answer is in the ledger")
    (signed,) = run.release.view.signatures
    assert (signed["by"], signed["said"]) == ("mia", "approve")
    _until(lambda: run.state(SEAT) == "success")


def test_a_run_has_a_tab_with_its_release(stage: Stage, page: Page) -> None:
    run = stage.run(PRODUCT)
    run.until(lambda release: release.view.open_questions(), people=False)
    page.goto(f"{stage.airflow.url}/dags/{run.dag}/runs/{run.run_id}")
    page.get_by_role("link", name="Release", exact=True).click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_contain_text(PRODUCT)


def test_a_required_action_leads_to_the_release(stage: Stage, page: Page) -> None:
    run = stage.run(PRODUCT)
    task = "validation.acceptance.approval.stakeholder"
    run.until_asked(task, people=False)
    page.goto(f"{stage.airflow.url}/required_actions")
    expect(page.get_by_text("Acceptance: Stakeholder").first).to_be_visible()
    picture(page, "required-actions")
    base = f"{stage.airflow.url}/dags/{run.dag}/runs/{run.run_id}"
    page.goto(f"{base}/tasks/{task}/required_actions")
    link = page.get_by_role("link", name="open the release")
    expect(link).to_be_visible()
    picture(page, "required-action")
    page.goto(str(link.evaluate("a => a.href")))
    expect(page.get_by_role("heading", name="Acceptance: Stakeholder")).to_be_visible()


def test_the_keyboard_alone_is_enough(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.airflow.url}/releases/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("main a").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/releases/release\?id="))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_told_from_what_is_behind_it(stage: Stage, page: Page, scheme: str) -> None:
    """WCAG's 4.5 to 1, measured on every text that the pages show, in light and in dark."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # one of two literals, from a table
    for path in ("/releases/", "/releases/release?id=shop.minor%2F2026-w12"):
        page.goto(f"{stage.airflow.url}{path}")
        assert page.evaluate(FAINT) == []


def test_a_release_that_rolls_out_shows_what_the_judge_sees(stage: Stage, page: Page) -> None:
    page.goto(f"{stage.airflow.url}/releases/release?id=shop.minor%2F2026-w12")
    expect(page.get_by_role("row", name="Judge 10 % · eu").first).to_be_visible()
    expect(page.get_by_role("img", name="Share of bad events").first).to_be_visible()
    page.get_by_role("heading", name="Rollout").evaluate("heading => heading.scrollIntoView()")
    picture(page, "rollout")


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if holds():
            return
        time.sleep(0.5)
    raise AssertionError("it never came about")


#: Texts whose contrast with what is painted behind them is below what WCAG AA asks for.
FAINT = """() => {
  const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  };
  const found = [];
  for (const e of document.querySelectorAll("body *:not(svg *)")) {
    const text = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join("");
    if (!text || !e.checkVisibility()) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push(`${text.slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return found;
}"""

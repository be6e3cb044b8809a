"""What the board looks like in a real browser: its colours, its keyboard, a rollout in progress.

The app is served alone; ``tests/airflow/test_board.py`` opens it inside a real Airflow.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.board.browsing import browser, patient, picture  # noqa: F401 - a fixture
from tests.board.scene import rolling_out
from tests.board.serving import served
from windlass.ledger import open_ledger

pytestmark = [pytest.mark.airflow, pytest.mark.browser]

RELEASE = "release?id=shop.minor%2F2026-w12"


@pytest.fixture(scope="module")
def board(
    tmp_path_factory: pytest.TempPathFactory,
    templates: Path,
    migrated: Path,
) -> Iterator[str]:
    """Address of a board that mia looks at, with the shop in the middle of a rollout."""
    folder = tmp_path_factory.mktemp("board")
    database = Path(shutil.copy(migrated, folder / "ledger.db"))
    with open_ledger(f"sqlite:///{database}") as ledger:
        rolling_out(ledger, folder, templates)
    with served(database, "mia") as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:  # noqa: F811
    """A browser's page."""
    with patient(browser) as made:
        yield made


def test_the_keyboard_alone_is_enough(board: str, page: Page) -> None:
    page.goto(board)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("main a").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/releases/release\?id="))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_told_from_what_is_behind_it(board: str, page: Page, scheme: str) -> None:
    """WCAG's 4.5 to 1, measured on every text that the pages show, in light and in dark."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # one of two literals, from a table
    for path in ("", RELEASE):
        page.goto(f"{board}{path}")
        assert page.evaluate(FAINT) == []


def test_a_release_that_rolls_out_shows_what_the_judge_sees(board: str, page: Page) -> None:
    page.goto(f"{board}{RELEASE}")
    expect(page.get_by_role("row", name="Judge 10 % · eu").first).to_be_visible()
    expect(page.get_by_role("img", name="Share of bad events").first).to_be_visible()
    page.get_by_role("heading", name="Rollout").evaluate("heading => heading.scrollIntoView()")
    picture(page, "rollout")


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

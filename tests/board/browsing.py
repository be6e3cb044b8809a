"""A browser, people who log in with it as people do, and pictures of what they see.

The pictures of ``docs/how-to/review-a-release.md`` are taken when ``WINDLASS_PICTURES`` names the
folder to put them in.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from demo.embedded_airflow import EmbeddedAirflow

#: A page of Airflow's own has much to load on a busy machine; milliseconds.
PATIENCE = 60_000
LARGEST_PICTURE = 300 * 1024


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium: the system's where there is one, else Playwright's own."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield running
        running.close()


@contextmanager
def patient(browser: Browser) -> Iterator[Page]:
    """A page of a browser that nobody has used before."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 860},
        reduced_motion="reduce",  # nobody sees it move, and without a GPU every frame is dear
    )
    context.set_default_timeout(PATIENCE)
    try:
        yield context.new_page()
    finally:
        context.close()


@contextmanager
def logged_in(airflow: EmbeddedAirflow, browser: Browser, user: str = "mia") -> Iterator[Page]:
    """A browser in which ``user`` has logged in.

    Airflow's pages ask for news as long as they are open: open it when there is something to see.
    """
    with patient(browser) as made:
        made.goto(f"{airflow.url}/auth/login")
        made.fill("input[name=username]", user)
        made.fill("input[name=password]", airflow.passwords[user])
        made.click("button[type=submit]")
        made.wait_for_url(lambda url: "/auth/login" not in url)
        yield made


def picture(page: Page, name: str) -> None:
    """Save what the page shows, if pictures are wanted; it must be small enough for a page."""
    data = page.screenshot(type="png")
    assert len(data) < LARGEST_PICTURE
    folder = os.environ.get("WINDLASS_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.png").write_bytes(data)

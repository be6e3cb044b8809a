"""A browser, and people who log in with it as people do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from demo.embedded_airflow import EmbeddedAirflow

#: A page of Airflow's own has much to load on a busy machine; milliseconds.
PATIENCE = 30_000


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
def logged_in(airflow: EmbeddedAirflow, browser: Browser, user: str = "mia") -> Iterator[Page]:
    """A browser in which ``user`` has logged in."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(PATIENCE)
    made = context.new_page()
    made.goto(f"{airflow.url}/auth/login")
    made.fill("input[name=username]", user)
    made.fill("input[name=password]", airflow.passwords[user])
    made.click("button[type=submit]")
    made.wait_for_url(lambda url: "/auth/login" not in url)
    try:
        yield made
    finally:
        context.close()

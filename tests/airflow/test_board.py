"""A reviewer's way through a real Airflow with a real browser: from the navigation to an answer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.airflow.stage import Stage
from tests.board.browsing import browser, logged_in, picture  # noqa: F401 - a fixture

pytestmark = [pytest.mark.airflow, pytest.mark.browser, pytest.mark.timeout(900)]

PRODUCT = "board"
SEAT = "validation.acceptance.approval.product_manager"


@pytest.mark.deep
@pytest.mark.product(PRODUCT)
def test_a_reviewer_finds_the_question_answers_it_and_the_task_goes_on(
    stage: Stage,
    browser: Browser,  # noqa: F811
) -> None:
    run = stage.run(PRODUCT)
    run.until_asked(SEAT, people=False)
    with logged_in(stage.airflow, browser) as page:
        page.goto(stage.airflow.url)
        page.get_by_role("link", name="Releases").click()
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", name="Waits for you")).to_be_visible()
        expect(frame.get_by_text("mia", exact=True).first).to_be_visible()
        question = "Acceptance: Product manager"
        card = frame.get_by_role("link", name="board").filter(has_text=question)
        expect(card).to_be_visible()
        picture(page, "board")
        card.click()
        expect(frame.get_by_role("heading", name=question)).to_be_visible()
        picture(page, "release")
        frame.get_by_role("button", name="Approve").click()
        expect(frame.get_by_role("status")).to_contain_text("Your answer is in the ledger")
        (signed,) = run.release.view.signatures
        assert (signed["by"], signed["said"]) == ("mia", "approve")
        run.until(lambda _: run.state(SEAT) == "success", people=False)


@pytest.mark.product(PRODUCT)
def test_a_run_has_a_tab_with_its_release(stage: Stage, browser: Browser) -> None:  # noqa: F811
    run = stage.run(PRODUCT)
    run.until(lambda release: release.view.open_questions(), people=False)
    with logged_in(stage.airflow, browser) as page:
        page.goto(f"{stage.airflow.url}/dags/{run.dag}/runs/{run.run_id}")
        page.get_by_role("link", name="Release", exact=True).click()
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", level=1)).to_contain_text(PRODUCT)


@pytest.mark.product(PRODUCT)
def test_a_required_action_leads_to_the_release(stage: Stage, browser: Browser) -> None:  # noqa: F811
    run = stage.run(PRODUCT)
    task = "validation.acceptance.approval.stakeholder"
    run.until_asked(task, people=False)
    with logged_in(stage.airflow, browser) as page:
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

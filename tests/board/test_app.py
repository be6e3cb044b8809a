"""The pages over HTTP: who gets in, what a form may do, what comes back."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.routing import APIRoute

from tests.board.conftest import Shown
from tests.board.web import Web
from windlass.board.app import create_app
from windlass.ledger import verify_export

pytestmark = pytest.mark.airflow

SEAT = "validation.acceptance.approval.stakeholder"
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


def question(shown: Shown, task: str = SEAT) -> str:
    asked = [a for a in shown.release.view.open_questions() if a.question["task"] == task]
    return str(asked[-1].question["id"])


def paths() -> list[str]:
    """Every path of the app."""
    routes = create_app().routes
    assert all(isinstance(route, APIRoute) for route in routes), "no mounts, no static files"
    return [route.path for route in routes]  # type: ignore[attr-defined] # every route of ours has a path


@pytest.mark.parametrize("path", paths())
@pytest.mark.parametrize("method", VERBS)
def test_a_stranger_gets_nothing_by_any_method(web: Web, path: str, method: str) -> None:
    """405 is said before anybody is asked who they are, and says nothing else."""
    reply = web.client.request(method, f"/releases{path}?id=shop.minor%2Frun-1")
    assert reply.status_code in (401, 405)
    assert "shop" not in reply.text


@pytest.mark.parametrize("path", paths())
def test_every_route_answers_a_stranger_with_401(web: Web, path: str) -> None:
    method = "POST" if path in ("/answer", "/act") else "GET"
    reply = web.client.request(method, f"/releases{path}?id=shop.minor%2Frun-1")
    assert reply.status_code == 401


def test_a_token_that_is_none_gets_nobody_in(web: Web) -> None:
    reply = web.client.get("/releases/", headers={"Authorization": "Bearer nonsense"})
    assert reply.status_code in (401, 403)


def test_the_first_page_greets_with_what_waits_for_the_user(web: Web) -> None:
    text = web.as_user("sam").get("/").text
    assert "Acceptance: Stakeholder" in text
    assert 'href="release?id=shop.minor%2Frun-1#validation.acceptance' in text


def test_a_page_brings_no_script_and_nothing_from_elsewhere(web: Web, waiting: Shown) -> None:
    web.as_user("sam")
    for reply in (web.get("/"), web.release(waiting.release.id)):
        assert reply.status_code == 200
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
        assert "<script" not in reply.text
        assert not re.search(r'(src|href|action)="(https?:)?//', reply.text)
        assert not re.search(r"\son\w+=|\sstyle=", reply.text)


def test_what_people_wrote_is_shown_as_text(web: Web, waiting: Shown) -> None:
    hostile = '<img src=x onerror="alert(1)">{{ 7 * 7 }}'
    waiting.release.record("hold.placed", reason=hostile)
    text = web.as_user("sam").release(waiting.release.id).text
    assert "<img" not in text
    assert "&lt;img src=x" in text
    assert "{{ 7 * 7 }}" in text


def test_a_signature_given_on_the_page_is_in_the_ledger_in_the_users_name(
    web: Web, waiting: Shown
) -> None:
    reply = web.as_user("sam").post(
        "/answer", waiting.release.id, question=question(waiting), option="Approve"
    )
    assert reply.status_code == 303
    assert reply.headers["location"] == "release?id=shop.minor%2Frun-1&said=answered"
    (signed,) = waiting.release.view.signatures
    assert (signed["by"], signed["role"], signed["said"]) == ("sam", "stakeholder", "approve")


def test_a_rejection_needs_a_reason_and_what_was_written_is_kept(web: Web, waiting: Shown) -> None:
    reply = web.as_user("sam").post(
        "/answer",
        waiting.release.id,
        question=question(waiting),
        option="Reject",
        field__condition="under one second",
    )
    assert reply.status_code == 422
    assert "needs &#39;reason&#39;" in reply.text
    assert 'value="under one second"' in reply.text
    assert not waiting.release.view.signatures


def test_who_does_not_hold_the_role_is_refused_with_those_who_do(web: Web, waiting: Shown) -> None:
    reply = web.as_user("quinn").post(
        "/answer", waiting.release.id, question=question(waiting), option="Approve"
    )
    assert reply.status_code == 422
    assert "stakeholder: sam" in reply.text
    assert not waiting.release.view.signatures


def test_a_question_that_changed_meanwhile_is_not_answered(web: Web, waiting: Shown) -> None:
    reply = web.as_user("sam").post(
        "/answer", waiting.release.id, question=f"{SEAT}?0123456789abcdef", option="Approve"
    )
    assert reply.status_code == 422
    assert "open it again" in reply.text


def test_who_may_only_look_in_airflow_may_only_look_here(web: Web, waiting: Shown) -> None:
    web.as_user("sam", role="viewer")
    page = web.release(waiting.release.id)
    reply = web.post("/answer", waiting.release.id, question=question(waiting), option="Approve")
    assert page.status_code == 200
    assert "<form" not in page.text
    assert reply.status_code == 403
    assert not waiting.release.view.signatures


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://airflow.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://airflow.example.evil.example"},
        {"Origin": "null"},
        {"Referer": "http://airflow.example/releases/"},
        {},
    ],
)
def test_a_form_from_elsewhere_does_nothing(
    web: Web, waiting: Shown, headers: dict[str, str]
) -> None:
    before = waiting.release.view.seq
    web.as_user("sam")
    answered = web.post("/answer", waiting.release.id, headers, question=question(waiting))
    held = web.post("/act", waiting.release.id, headers, verb="hold", reason="x")
    assert (answered.status_code, held.status_code) == (403, 403)
    assert waiting.release.view.seq == before


def test_a_browser_that_only_says_its_origin_may_send_forms(web: Web, waiting: Shown) -> None:
    origin = {"Origin": "http://airflow.example"}
    reply = web.as_user("ops").post("/act", waiting.release.id, origin, verb="hold", reason="x")
    assert reply.status_code == 303


def test_what_is_no_form_is_refused(web: Web, waiting: Shown) -> None:
    web.as_user("sam")
    json_type = {"Sec-Fetch-Site": "same-origin", "Content-Type": "text/plain"}
    assert web.post("/act", waiting.release.id, json_type, verb="hold").status_code == 415
    assert web.post("/act", waiting.release.id, verb="hold", reason="x" * 70_000).status_code == 413


@pytest.mark.parametrize(
    "user, verb, reason, status",
    [
        ("ops", "hold", "the network", 303),
        ("ops", "hold", " ", 422),
        ("ops", "cancel", "the network", 422),
        ("mia", "cancel", "not wanted any more", 303),
        ("mia", "resume", "nothing was held", 422),
        ("mia", "postpone", "no new Day 0 where it is always open", 422),
        ("mia", "override", "no target", 422),
        ("mia", "delete", "no such verb", 422),
    ],
)
def test_verbs_ask_for_a_role_and_a_reason(
    web: Web, waiting: Shown, user: str, verb: str, reason: str, status: int
) -> None:
    before = waiting.release.view.seq
    reply = web.as_user(user).post("/act", waiting.release.id, verb=verb, reason=reason)
    assert reply.status_code == status
    assert (waiting.release.view.seq > before) is (status == 303)


def test_what_a_page_says_after_an_act_is_never_from_the_address(web: Web, waiting: Shown) -> None:
    web.as_user("sam")
    assert "is held" in web.release(waiting.release.id, "&said=hold").text
    assert "you+won" not in web.release(waiting.release.id, "&said=you+won").text


def test_an_unknown_release_is_said_to_be_unknown(web: Web) -> None:
    reply = web.as_user("sam").release("shop.minor/nothing")
    assert reply.status_code == 404
    assert "the ledger has no release" in reply.text


def test_the_export_verifies_elsewhere(web: Web, waiting: Shown) -> None:
    reply = web.as_user("sam").get("/export?id=shop.minor%2Frun-1")
    assert reply.headers["content-disposition"] == 'attachment; filename="shop.minor-run-1.json"'
    found = verify_export(reply.text)
    assert found.ok
    assert found.events == len(json.loads(reply.text)["events"]) == waiting.release.view.seq


def test_inside_airflows_frame_nothing_leads_into_a_second_airflow(
    web: Web, waiting: Shown
) -> None:
    web.as_user("sam")
    framed = web.client.get(
        "/releases/release?id=shop.minor%2Frun-1", headers={"Sec-Fetch-Dest": "iframe"}
    )
    assert 'href="../' in web.release(waiting.release.id).text
    assert 'href="../' not in framed.text


def test_a_new_day_0_given_on_the_page_is_in_utc_and_in_the_ledger(
    web: Web, waiting: Shown
) -> None:
    reply = web.as_user("mia").post(
        "/act", waiting.release.id, verb="postpone", reason="the fair", to="2020-03-04T10:00"
    )
    assert reply.status_code == 422
    assert 'value="2020-03-04T10:00"' in reply.text
    soon = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%dT%H:%M}"
    reply = web.post("/act", waiting.release.id, verb="postpone", reason="the fair", to=soon)
    assert reply.headers["location"].endswith("&said=postpone")
    assert f"{waiting.release.view.day_0:%Y-%m-%dT%H:%M %Z}" == f"{soon} UTC"

"""Whatever stands in an answer or a note: no error of ours, no lost answer, nothing that acts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.witness.conftest import SEAT, Desk
from windlass.tasks.attesting import take_mark
from windlass.witness.payload import body_of, fields_of, kept, option_of

NASTY = (
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "@here <!channel> ![](http://x)",
    "\u202egnp.exe\u0000\x1b[2J",
    "'; DROP TABLE events; --",
    "{{ 7 * 7 }} ${jndi:ldap://x}",
    "\ud800 half",
    "x" * 5000,
    "",
)
texts = st.sampled_from(NASTY) | st.text(max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
choices = st.sampled_from([["Approve"], ["Reject"], ["Approve", "Reject"], []]) | values
params = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("reason", "condition", "until", "digest"), texts | values)
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "chosen_options": choices,
        "params_input": params | values,
        "note": texts | values,
        "new_state": st.sampled_from(["success", "failed"]) | values,
    },
)
raw = bodies.map(lambda body: json.dumps(body).encode()) | st.binary(max_size=40)
#: Events after which another release is taken: reading a long one takes longer.
SOILED = 60
people = st.sampled_from(["sam", "mia", "nobody", "<b>sam</b>", "sam\u202e", "x" * 400])
anything = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=100,
)
deeply = settings(anything, max_examples=5000)


def no_answer_is_lost(desk: Desk, user: str, body: bytes, *, answer: bool) -> None:
    """200 to an answer: it is in the ledger. Anything else: it is not, and a reason was given."""
    before = desk.release.view.seq
    status = desk.patch(user, body, answer=answer)
    assert status < 500
    answers = [
        event
        for event in desk.world.ledger.events(desk.release.id, after=before)
        if event.type == "question.answered"
    ]
    if answer:
        assert len(answers) == (status == 200)
    if answers:
        assert answers[0].by == "sam"
    if answers or desk.release.view.seq > SOILED:
        desk.fresh()


@anything
@given(body=raw, user=people, answer=st.booleans())
def test_whatever_is_sent_the_api_goes_on_and_no_answer_is_lost(
    desk: Desk, body: bytes, user: str, answer: bool
) -> None:
    no_answer_is_lost(desk, user, body, answer=answer)


@pytest.mark.deep
@deeply
@given(body=raw, user=people)
def test_thousands_of_answers(desk: Desk, body: bytes, user: str) -> None:
    no_answer_is_lost(desk, user, body, answer=True)


@pytest.mark.deep
@deeply
@given(body=raw, user=people)
def test_thousands_of_marks(desk: Desk, body: bytes, user: str) -> None:
    no_answer_is_lost(desk, user, body, answer=False)


@pytest.mark.parametrize("reason", NASTY[:-1])
def test_a_hostile_reason_is_kept_as_it_is_and_does_nothing(desk: Desk, reason: str) -> None:
    body = {"chosen_options": ["Reject"], "params_input": {"reason": reason, "condition": "c"}}
    assert desk.patch("sam", json.dumps(body).encode()) == 200
    (signature,) = desk.release.view.signatures
    assert signature["reason"] == reason.encode("utf-8", "replace").decode()[:4000].strip()


@pytest.mark.parametrize("name", ["password", "CREDENTIAL", "apiKey"])
def test_a_secret_in_a_form_is_cut_out_and_the_answer_counts(desk: Desk, name: str) -> None:
    """Refused, the answer was lost or the person was told that the ledger could not be written."""
    body = {"chosen_options": ["Approve"], "params_input": {name: "hunter2"}, "note": {name: "x"}}
    assert desk.patch("sam", json.dumps(body).encode()) == 200
    assert len(desk.release.view.signatures) == 1
    told = [str(dict(event.data)) for event in desk.world.ledger.events(desk.release.id)]
    assert not [text for text in told if "hunter2" in text]


def test_a_body_nested_beyond_reason_is_airflow_s_to_refuse(desk: Desk) -> None:
    assert desk.patch("sam", b"[" * 100_000) == 422


def test_an_answer_to_what_is_not_asked_any_more_is_refused_and_said_so(desk: Desk) -> None:
    good = json.dumps({"chosen_options": ["Approve"]}).encode()
    assert desk.patch("sam", good) == 200
    assert desk.patch("sam", good) == 409
    assert len(desk.release.view.signatures) == 1


def test_the_same_person_s_mark_with_a_hostile_note_is_one_signature(desk: Desk) -> None:
    body = {"new_state": "success", "note": "<img src=x onerror=alert(1)>"}
    assert desk.patch("sam", json.dumps(body).encode(), answer=False) == 200
    assert [s["via"] for s in desk.release.view.signatures] == ["mark"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(body=bodies)
def test_reading_a_body_never_raises_and_what_is_kept_can_be_written_down(
    body: dict[str, Any],
) -> None:
    read = body_of(json.dumps(body).encode())
    option_of(read).encode()
    json.dumps(
        {**fields_of(read), "kept": kept(read)}, allow_nan=False, ensure_ascii=False
    ).encode()


def test_a_mark_of_a_task_that_no_plan_has_counts_for_nothing(desk: Desk) -> None:
    said = take_mark(desk.release, "x" * 300, by="sam", at=desk.world.clock.now(), note="")
    assert "counts for nothing" in said
    assert not desk.release.view.signatures
    assert desk.release.view.record(SEAT) is None

"""What a mark in the grid counts as."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from windlass.decisions.attestations import Mark, MarkPolicy, Weight, weigh_mark
from windlass.decisions.holders import Holders, Tenure

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOLDERS = Holders({"qa_engineer": (Tenure("quinn", AT - timedelta(days=1)),)})


@pytest.mark.parametrize(
    "person, policy, is_check, expected",
    [
        ("quinn", MarkPolicy.ACCEPT, True, Weight.ATTESTED),
        ("quinn", MarkPolicy.WAIVER, True, Weight.WAIVER),
        ("quinn", MarkPolicy.REFUSE, True, Weight.ASK_AGAIN),
        ("quinn", MarkPolicy.REFUSE, False, Weight.ATTESTED),
        ("quinn", MarkPolicy.WAIVER, False, Weight.ATTESTED),
        ("sam", MarkPolicy.ACCEPT, True, Weight.ASK_AGAIN),
        ("sam", MarkPolicy.ACCEPT, False, Weight.ASK_AGAIN),
    ],
)
def test_a_mark_counts_by_who_made_it_and_what_the_policy_says(
    person: str, policy: MarkPolicy, is_check: bool, expected: Weight
) -> None:
    mark = Mark("validation.quality.regression", person, AT, "looked at it by hand")
    weighed = weigh_mark(mark, ("qa_engineer",), HOLDERS, policy=policy, is_check=is_check)
    assert weighed.weight is expected
    assert person in weighed.reason or weighed.weight is Weight.ASK_AGAIN


def test_a_mark_without_a_note_is_asked_again_where_a_note_is_required() -> None:
    mark = Mark("follow_up.monitor", "quinn", AT, " ")
    weighed = weigh_mark(mark, ("qa_engineer",), HOLDERS, note_required=True)
    assert weighed.weight is Weight.ASK_AGAIN
    assert "add a note" in weighed.reason


def test_the_role_must_be_held_when_the_mark_was_made() -> None:
    mark = Mark("follow_up.monitor", "quinn", AT - timedelta(days=2), "fine")
    assert weigh_mark(mark, ("qa_engineer",), HOLDERS).weight is Weight.ASK_AGAIN

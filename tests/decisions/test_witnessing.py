"""What Airflow's audit log has and the witness does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.witnessing import Logged, Seen, missed

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT = NOW - timedelta(hours=1)
MARK = Logged(7, AT, "patch_task_instance", "mark", "validation.quality.regression", "quinn")
SEEN = Seen(AT - timedelta(seconds=1), "mark", MARK.task)


def test_what_the_witness_wrote_down_is_not_missed() -> None:
    assert missed([MARK], [SEEN], NOW) == ()


@pytest.mark.parametrize(
    "seen",
    [
        replace(SEEN, at=AT - timedelta(minutes=2)),
        replace(SEEN, at=AT + timedelta(minutes=2)),
        replace(SEEN, task="validation.cut"),
        replace(SEEN, action="clear"),
    ],
)
def test_another_act_explains_nothing(seen: Seen) -> None:
    assert missed([MARK], [seen], NOW) == (MARK,)


def test_one_thing_written_down_explains_one_act() -> None:
    again = replace(MARK, id=8, at=AT + timedelta(seconds=5))
    assert missed([again, MARK], [SEEN], NOW) == (again,)


def test_the_command_line_goes_past_the_witness() -> None:
    row = replace(MARK, event="cli_task_clear", action="")
    assert missed([row], [SEEN], NOW) == (row,)


def test_what_is_still_being_written_down_is_not_judged() -> None:
    assert missed([replace(MARK, at=NOW - timedelta(minutes=1))], [], NOW) == ()


acts = st.lists(
    st.tuples(
        st.sampled_from(["answer", "mark", "clear runs"]),
        st.sampled_from(["a", "b", ""]),
        st.integers(3, 600),
    ),
    max_size=12,
)


@given(acts=acts, dropped=st.sets(st.integers(0, 11)))
def test_as_many_are_missed_as_were_not_written_down(
    acts: list[tuple[str, str, int]], dropped: set[int]
) -> None:
    """Written down at the very moment each, whatever their order: the rest is what is missed."""
    rows = [
        Logged(n, NOW - timedelta(minutes=ago), "event", action, task, "mia")
        for n, (action, task, ago) in enumerate(acts)
    ]
    seen = [Seen(row.at, row.action, row.task) for row in rows if row.id not in dropped]
    assert len(missed(rows, seen, NOW)) == len(rows) - len(seen)
    assert missed(reversed(rows), reversed(seen), NOW) == missed(rows, seen, NOW)

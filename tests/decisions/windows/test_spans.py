"""Set arithmetic on stretches of time."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.windows.spans import Span, joined_up, merged, within_both, without

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
PAIRS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)


def spans(pairs: list[tuple[int, int]]) -> list[Span]:
    return [Span(EPOCH + timedelta(hours=a), EPOCH + timedelta(hours=b)) for a, b in pairs]


def hours(found: object) -> set[int]:
    return {
        hour
        for span in found  # type: ignore[attr-defined] # spans, from a table
        for hour in range(41)
        if span.covers(EPOCH + timedelta(hours=hour))
    }


@given(PAIRS)
def test_merging_keeps_the_time_and_leaves_no_two_that_touch(pairs: list[tuple[int, int]]) -> None:
    joined = merged(spans(pairs))
    assert hours(joined) == hours(spans(pairs))
    assert all(a.end < b.start for a, b in itertools.pairwise(joined))
    assert list(joined_up(joined)) == joined


@given(PAIRS, PAIRS)
def test_taking_away_and_intersecting_are_set_operations(
    ones: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    left, right = merged(spans(ones)), merged(spans(others))
    assert hours(without(left, right)) == hours(left) - hours(right)
    assert hours(within_both(left, right)) == hours(left) & hours(right)

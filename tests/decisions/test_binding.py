"""What a signature is bound to, and what changed since, in words people can act on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.binding import Bound, Evidence, difference, short, unbound

A1, B2 = "sha256:" + "a1" * 32, "sha256:" + "b2" * 32


@pytest.mark.parametrize(
    "signed, now, told",
    [
        ({"package": A1}, {"package": A1}, ()),
        ({"package": A1}, {"package": B2}, ("the package changed: a1a1a1a1a1a1 → b2b2b2b2b2b2",)),
        ({}, {"package": A1}, ("the package was not part of what was signed",)),
        ({"package": A1}, {}, ("the package is not known now",)),
        (
            {"package": A1},
            {"package": Evidence(A1, passed=True)},
            ("the package is not the kind of thing that was signed",),
        ),
    ],
)
def test_a_signature_stands_for_the_very_same_thing_only(
    signed: dict[str, Bound], now: dict[str, Bound], told: tuple[str, ...]
) -> None:
    assert unbound(["package"], signed, now) == told


def test_what_a_seat_does_not_bind_to_may_change() -> None:
    assert unbound(["scope"], {"scope": "s", "plan": "p"}, {"scope": "s", "plan": "q"}) == ()


def test_worse_evidence_says_in_which_way() -> None:
    then = Evidence(A1, passed=True, counts={"high": 1, "low": 9})
    now = Evidence(A1, passed=False, counts={"high": 2}, waivers=frozenset({"w7"}))
    (told,) = unbound(["scan"], {"scan": then}, {"scan": now})
    assert told == (
        "the scan got worse: green → red; high: 1 → 2; low: 9 → not measured; new waiver w7"
    )


@pytest.mark.parametrize(
    "then, now, of, lines",
    [
        ("1.3.2", "1.3.1", "rollback target", ("rollback target: 1.3.2 → 1.3.1",)),
        (None, "1.3.1", "", ("value: none → 1.3.1",)),
        (1, True, "x", ("x: 1 → True",)),
        ({"a": 1}, {"a": 1}, "scope", ()),
        ({"a": 1}, {"b": ""}, "scope", ("scope.a: 1 → gone", "scope.b: new, (empty)")),
        ({"web": A1}, {"web": B2}, "package", ("package.web: a1a1a1a1a1a1 → b2b2b2b2b2b2",)),
        (
            {"issues": [{"key": "S-1", "title": "x"}, {"key": "S-2", "title": "y"}]},
            {"issues": [{"key": "S-2", "title": "z"}, {"key": "S-3", "title": "w"}]},
            "scope",
            (
                "scope.issues: + S-3",
                "scope.issues: − S-1",
                "scope.issues[S-2].title: y → z",
            ),
        ),
        (
            [{"name": "eu"}, {"name": "us"}],
            [{"name": "us"}, {"name": "eu"}],
            "regions",
            ("regions: the order changed to us, eu",),
        ),
        (["a", "b"], ["b", "a"], "waves", ("waves: [a, b] → [b, a]",)),
        ((5, 100), [5, 50, 100], "steps", ("steps: [5, 100] → [5, 50, 100]",)),
        (
            [{"name": "eu"}, {"name": "eu"}],
            [{"name": "eu"}],
            "regions",
            ("regions: [{'name': 'eu'}, {'name': 'eu'}] → [{'name': 'eu'}]",),
        ),
    ],
)
def test_each_change_is_one_line(then: Any, now: Any, of: str, lines: tuple[str, ...]) -> None:
    assert difference(then, now, of=of) == lines


def test_a_plan_that_was_written_and_read_again_is_no_difference() -> None:
    plan = {"targets": [{"name": "eu", "steps": (5, 100)}], "seats": ()}
    assert difference(plan, json.loads(json.dumps(plan)), of="plan") == ()


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b", A1]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "x", "y"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values, values)
def test_there_are_lines_exactly_when_something_changed(then: Any, now: Any) -> None:
    same = json.dumps(then, sort_keys=True) == json.dumps(now, sort_keys=True)
    assert (difference(then, now, of="x") == ()) == same
    assert difference(then, then) == ()


def test_a_digest_is_shown_short_with_or_without_its_algorithm() -> None:
    assert short(A1) == short("a1" * 32) == "a1a1a1a1a1a1"

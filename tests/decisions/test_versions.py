"""Versions: SemVer's own examples, refusals with exact texts, and what a type allows."""

from __future__ import annotations

import itertools

import pytest
import semver
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.verdict import Outcome
from windlass.decisions.versions import (
    ALLOWED,
    Bump,
    Version,
    jump,
    new_version,
    type_allows,
)
from windlass.errors import InputError

ORDERED = (
    *("1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2"),
    *("1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"),
)


@pytest.mark.parametrize("low, high", list(itertools.combinations(ORDERED, 2)))
def test_precedence_is_as_the_standard_has_it(low: str, high: str) -> None:
    assert Version.parse(low) < Version.parse(high)
    assert Version.parse(high) > Version.parse(low)
    assert Version.parse(low) != Version.parse(high)


words = st.from_regex(r"\A[0-9A-Za-z-]{1,5}\Z")
versions = st.builds(
    lambda a, b, c, pre, build: (
        f"{a}.{b}.{c}"
        + (f"-{'.'.join(pre)}" if pre else "")
        + (f"+{'.'.join(build)}" if build else "")
    ),
    *[st.integers(0, 12)] * 3,
    st.lists(words, max_size=3),
    st.lists(words, max_size=2),
)


@given(versions, versions)
def test_what_is_a_version_and_which_is_higher_agrees_with_another_implementation(
    one: str, other: str
) -> None:
    valid = [semver.Version.is_valid(text) for text in (one, other)]
    ours = []
    for text in (one, other):
        try:
            ours.append(Version.parse(text))
        except InputError:
            ours.append(None)
    assert [v is not None for v in ours] == valid
    for text, version in zip((one, other), ours, strict=True):
        assert version is None or str(version) == text
    if all(valid):
        assert ours[0] is not None
        assert ours[1] is not None
        expected = semver.Version.parse(one).compare(other)
        assert (ours[0] > ours[1]) - (ours[0] < ours[1]) == expected
        assert (ours[0] == ours[1]) == (expected == 0)
        if expected == 0:
            assert hash(ours[0]) == hash(ours[1])


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("1.2", "'1.2': did you mean 1.2.0?"),
        ("1", "'1': did you mean 1.0.0?"),
        ("v1.2.3", "'v1.2.3': did you mean 1.2.3?"),
        ("v1.2.3; rm -rf /", "'v1.2.3; rm -rf /': holds characters that no version has"),
        ("1.2.3\n", "'1.2.3\\n': holds characters that no version has"),
        ("1.2.٣", "'1.2.\\u0663': holds characters that no version has"),
        ("../1.2.3", "'../1.2.3': holds characters that no version has"),
        ("", "'': is empty"),
        ("01.2.3", "'01.2.3': a number starts with 0"),
        ("1.2.3-rc.01", "'1.2.3-rc.01': a number starts with 0"),
        ("1.2.3.4", "'1.2.3.4': is not SemVer"),
        ("latest", "'latest': is not SemVer"),
        ("1.2.3-", "'1.2.3-': is not SemVer"),
        ("9" * 65, f"'{'9' * 64}…': is longer than 64 characters"),
    ],
)
def test_what_is_no_version_is_refused_with_what_is_wrong_and_what_is_allowed(
    text: str, wrong: str
) -> None:
    with pytest.raises(InputError) as refused:
        Version.parse(text)
    assert str(refused.value) == f"version {wrong}; {ALLOWED}"


@given(st.text(max_size=80))
def test_whatever_is_typed_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        answer = str(Version.parse(text))
    except InputError as refused:
        answer = str(refused)
    assert answer == text or ALLOWED in answer
    assert answer.isprintable()


@pytest.mark.parametrize("text", ["1.3.2", "1.3.1", "0.9.0", "1.3.2-rc.1", "1.3.2+build.7"])
def test_a_version_not_above_the_last_promoted_is_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        new_version(text, "1.3.2")
    assert str(refused.value) == (
        f"version {text}: not above 1.3.2, the last one promoted; allowed: 1.3.3 or higher"
    )


def test_any_version_may_be_the_first() -> None:
    assert new_version("0.0.1", None) == Version(0, 0, 1)


@pytest.mark.parametrize(
    "text, by, expected",
    [
        ("1.4.2", Bump.NONE, "1.4.2"),
        ("1.4.2", Bump.PATCH, "1.4.3"),
        ("1.4.2", Bump.MINOR, "1.5.0"),
        ("1.4.2", Bump.MAJOR, "2.0.0"),
        ("1.4.2-rc.1", Bump.PATCH, "1.4.2"),
        ("1.4.2-rc.1", Bump.MINOR, "1.5.0"),
        ("1.5.0-rc.1", Bump.MINOR, "1.5.0"),
        ("1.5.0-rc.1", Bump.MAJOR, "2.0.0"),
        ("2.0.0-rc.1", Bump.MAJOR, "2.0.0"),
        ("0.3.1+b1", Bump.PATCH, "0.3.2"),
    ],
)
def test_a_bump_gives_the_next_version(text: str, by: Bump, expected: str) -> None:
    assert str(Version.parse(text).bump(by)) == expected


def test_candidates_come_before_their_version() -> None:
    version = Version.parse("1.4.0")
    assert str(version.candidate(1)) == "1.4.0-rc.1"
    assert version.candidate(2) < version.candidate(10) < version


@pytest.mark.parametrize(
    "promoted, version, expected",
    [
        ("1.3.2", "2.0.0", Bump.MAJOR),
        ("1.3.2", "1.4.0", Bump.MINOR),
        ("1.3.2", "1.3.3", Bump.PATCH),
        ("1.3.2", "1.3.2", Bump.NONE),
        (None, "1.0.0", Bump.MAJOR),
        (None, "0.1.0", Bump.MINOR),
        (None, "0.0.1", Bump.PATCH),
    ],
)
def test_a_jump_is_the_highest_number_that_changes(
    promoted: str | None, version: str, expected: Bump
) -> None:
    assert jump(promoted, version) is expected


@pytest.mark.parametrize(
    "release_type, most",
    [
        ("major", Bump.MAJOR),
        ("minor", Bump.MINOR),
        ("patch", Bump.PATCH),
        ("emergency", Bump.PATCH),
    ],
)
def test_a_type_allows_up_to_its_own_kind_of_change(release_type: str, most: Bump) -> None:
    for change in Bump:
        expected = Outcome.PASS if change <= most else Outcome.FAIL
        assert type_allows(release_type, change).outcome is expected


def test_too_much_for_the_type_says_the_three_ways_out() -> None:
    reasons = type_allows("minor", Bump.MAJOR).reasons
    assert reasons == (
        "this minor release breaks something",
        "drop the items, or plan it again as major, or say why it is no major change",
    )


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(InputError, match="allowed: major, minor, patch, emergency"):
        type_allows("huge", Bump.PATCH)

"""What commit messages say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.commits import bump_of, read_message
from windlass.decisions.versions import Bump


@pytest.mark.parametrize(
    "message, kind, bump",
    [
        ("feat: a basket", "feat", Bump.MINOR),
        ("feat(cart): a basket", "feat", Bump.MINOR),
        ("FEAT: a basket", "feat", Bump.MINOR),
        ("fix: a total", "fix", Bump.PATCH),
        ("chore: tidy", "chore", Bump.PATCH),
        ("feat!: no more basket", "feat", Bump.MAJOR),
        ("chore(api)!: drop v1", "chore", Bump.MAJOR),
        ("fix: x\n\nBREAKING CHANGE: cents", "fix", Bump.MAJOR),
        ("fix: x\n\nBREAKING-CHANGE: cents", "fix", Bump.MAJOR),
        ("fix: x\r\n\r\nBREAKING CHANGE: cents", "fix", Bump.MAJOR),
        ("fix: x\n\nbreaking change: this is prose", "fix", Bump.PATCH),
        ("fix: x\n\nNot a BREAKING CHANGE: really", "fix", Bump.PATCH),
        ("feat:no space", "", Bump.PATCH),
        ("Fix the thing", "", Bump.PATCH),
        ("", "", Bump.PATCH),
    ],
)
def test_the_type_and_the_bump_follow_the_convention(message: str, kind: str, bump: Bump) -> None:
    read = read_message(message)
    assert (read.type, read.bump) == (kind, bump)


def test_a_breaking_footer_tells_what_breaks_over_several_lines() -> None:
    read = read_message(
        "feat!: cents\n\nWhy.\n\nBREAKING CHANGE: prices are\nin cents now\nReviewed-by: Mia\n"
    )
    assert read.breaking == "prices are in cents now"


def test_without_a_footer_the_description_is_what_breaks() -> None:
    assert read_message("feat(api)!: drop v1").breaking == "drop v1"


@pytest.mark.parametrize(
    "message, issues",
    [
        ("feat: basket (SHOP-12)", ("SHOP-12",)),
        ("SHOP-12 SHOP-13: basket\n\nCloses #7, SHOP-12", ("SHOP-12", "SHOP-13", "#7")),
        ("fix: read UTF-8 and SHA-256", ()),
        ("fix: SHOP-0 shop-12 XSHOP-12x A-1", ()),
        ("fix: see https://tracker/browse/SHOP-9", ("SHOP-9",)),
        ("fix: colour #fff and &#39;", ()),
    ],
)
def test_issues_are_found_wherever_they_stand_each_once(
    message: str, issues: tuple[str, ...]
) -> None:
    assert read_message(message).issues == issues


def test_reverts_and_merges_are_known() -> None:
    sha = "0123456789abcdef0123456789abcdef01234567"
    assert read_message(f'Revert "feat: x"\n\nThis reverts commit {sha}.').reverts == sha
    assert read_message(f"revert: feat: x\n\nRefs: {sha[:8]}").reverts == sha[:8]
    assert read_message(f"docs: how to\n\nThis reverts commit {sha}.").reverts == ""
    assert read_message("Merge branch 'main' into x").merge
    assert not read_message("Merge the baskets").merge


def test_the_bump_is_the_most_of_all_and_none_of_none() -> None:
    assert bump_of([]) is Bump.NONE
    assert bump_of([read_message("Merge branch 'main'")]) is Bump.NONE
    assert bump_of([read_message("fix: x"), read_message("feat: y")]) is Bump.MINOR


@given(st.text())
def test_no_message_is_refused(message: str) -> None:
    assert read_message(message).bump in Bump

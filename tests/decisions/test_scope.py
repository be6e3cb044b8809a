"""Scope: planned against what the commits say."""

from __future__ import annotations

from windlass.decisions.scope import (
    Change,
    Item,
    LiveCommit,
    contains_live,
    fits_type,
    lock_scope,
)
from windlass.decisions.verdict import Outcome
from windlass.decisions.versions import Bump, Version

ONE, TWO, THREE = Item("SHOP-1", "Basket"), Item("SHOP-2", "Total"), Item("SHOP-3", "Texts", True)
EXTRA = Item("SHOP-9", "While I was there")


def change(sha: str, message: str, author: str = "dev") -> Change:
    return Change(sha, message, author)


def test_every_issue_lands_where_the_table_says() -> None:
    scope = lock_scope(
        [ONE, TWO, THREE],
        [
            change("a" * 40, "feat: basket (SHOP-1)"),
            change("b" * 40, "fix: typo (SHOP-9)", "ann"),
            change("c" * 40, "chore: tidy"),
            change("d" * 40, "fix: ghost (SHOP-404)"),
            change("e" * 40, "Merge branch 'main'"),
        ],
        [ONE, EXTRA],
    )
    assert scope.delivered == (ONE, THREE)
    assert scope.dropped == (TWO,)
    assert scope.unplanned == (EXTRA,)
    assert scope.unknown == ("SHOP-404",)
    assert scope.unfinished == ("SHOP-1",)
    assert scope.without_issue == ("c" * 40,)
    assert scope.authors == ("ann", "dev")
    assert len(scope.commits) == 5
    assert scope.bump is Bump.MINOR
    assert not scope.empty


def test_a_reverted_commit_delivers_nothing_and_a_reverted_revert_does() -> None:
    feature = change("a" * 40, "feat!: basket (SHOP-1)")
    undo = change("b" * 40, f'Revert "feat!: basket"\n\nThis reverts commit {"a" * 40}.')
    redo = change("c" * 40, f'Revert "Revert"\n\nThis reverts commit {"b" * 40}.')
    undone = lock_scope([ONE], [feature, undo], [ONE])
    assert (undone.delivered, undone.dropped) == ((), (ONE,))
    assert (undone.breaking, undone.bump) == ((), Bump.PATCH)
    redone = lock_scope([ONE], [feature, undo, redo], [ONE])
    assert redone.delivered == (ONE,)
    assert redone.bump is Bump.MAJOR


def test_reverting_what_was_released_before_is_a_change_without_need_of_an_issue() -> None:
    undo = change("b" * 40, f'Revert "x"\n\nThis reverts commit {"f" * 40}.')
    scope = lock_scope([], [undo], [])
    assert (scope.bump, scope.without_issue) == (Bump.PATCH, ())


def test_no_commit_is_nothing_to_release() -> None:
    scope = lock_scope([ONE], [], [])
    assert scope.empty
    assert scope.dropped == (ONE,)


def test_an_item_taken_out_whose_code_is_inside_is_told() -> None:
    scope = lock_scope([ONE], [change("a" * 40, "feat: x SHOP-1")], [ONE], taken_out=["SHOP-1"])
    assert scope.still_in == ("SHOP-1",)
    assert scope.dropped == (ONE,)
    assert scope.unplanned == ()


def test_pull_request_numbers_are_no_issues_of_a_tracker_with_other_keys() -> None:
    scope = lock_scope([ONE], [change("a" * 40, "feat: x (#71)")], [])
    assert (scope.unknown, scope.without_issue) == ((), ("a" * 40,))
    github = lock_scope([Item("#71", "x")], [change("a" * 40, "feat: x (#71)")], [])
    assert [item.key for item in github.delivered] == ["#71"]


def test_source_controls_own_links_to_issues_count() -> None:
    linked = Change("a" * 40, "basket", "dev", issues=("SHOP-1",))
    assert lock_scope([ONE], [linked], [ONE]).delivered == (ONE,)


def test_breaking_items_name_what_breaks_and_make_a_minor_too_small() -> None:
    scope = lock_scope([ONE], [change("a" * 40, "feat!: cents, not euros (SHOP-1)")], [ONE])
    verdict = fits_type(scope, "minor")
    assert verdict.outcome is Outcome.FAIL
    assert "drop the items, or plan it again as major, or say why" in verdict.reasons[1]
    assert verdict.reasons[2] == "aaaaaaaaaaaa breaks: cents, not euros (SHOP-1) (SHOP-1)"
    assert fits_type(scope, "major").passed


def test_a_person_can_say_why_something_does_not_break() -> None:
    commits = [change("a" * 40, "feat!: cents (SHOP-1)")]
    scope = lock_scope([ONE], commits, [ONE], cleared={"a" * 40: "nobody reads that field"})
    assert scope.breaking == ()
    assert scope.cleared == {"a" * 40: "nobody reads that field"}
    assert scope.bump is Bump.MINOR
    assert fits_type(scope, "minor").passed


def test_features_do_not_fit_a_patch() -> None:
    scope = lock_scope([ONE], [change("a" * 40, "feat: x SHOP-1")], [ONE])
    assert fits_type(scope, "patch").reasons[0] == "this patch release adds features"


def test_the_version_follows_from_the_bump() -> None:
    scope = lock_scope([ONE], [change("a" * 40, "feat: x SHOP-1")], [ONE])
    assert scope.version_after("1.3.2") == Version(1, 4, 0)
    assert scope.version_after(None) == Version(1, 0, 0)


def test_the_digest_changes_with_the_scope_and_only_then() -> None:
    one = lock_scope([ONE], [change("a" * 40, "feat: x SHOP-1")], [ONE])
    same = lock_scope([ONE], [change("a" * 40, "feat: x SHOP-1")], [ONE])
    other = lock_scope([ONE], [change("b" * 40, "feat: x SHOP-1")], [ONE])
    assert one.digest == same.digest != other.digest


def test_a_candidate_that_lacks_a_commit_live_in_production_is_refused() -> None:
    live = [
        LiveCommit("production/eu", "1.3.3", "f" * 40),
        LiveCommit("production/us", "1.3.2", "e" * 40),
    ]
    assert contains_live(live, {"f" * 40: True, "e" * 40: True}).passed
    lacks = contains_live(live, {"f" * 40: False, "e" * 40: True})
    assert lacks.reasons == (
        "lacks ffffffffffff (1.3.3), which production/eu serves: merge it and cut again",
    )
    unknown = contains_live(live, {"f" * 40: True, "e" * 40: None})
    assert unknown.outcome is Outcome.ERROR
    both = contains_live(live, {"f" * 40: False})
    assert both.outcome is Outcome.FAIL
    assert len(both.reasons) == 2


def test_a_first_release_lacks_nothing() -> None:
    assert contains_live([], {}).passed

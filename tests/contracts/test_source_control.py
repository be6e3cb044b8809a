"""What every ``source_control`` adapter must do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from windlass.adapters.registry import choices
from windlass.errors import InputError, RefusedByVendor, TerminalError
from windlass.ports.source_control import SourceControl


@pytest.fixture(params=choices("source_control"))
def repository(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    git: Callable[..., str],
    make: Callable[..., Any],
) -> SourceControl:
    """An adapter on a repository with two commits on main, one of them tagged v1.0.0."""
    settings = {"git": {"repository": "repo"}}
    (tmp_path / "repo" / "a").write_text("a")
    git("add", "a")
    git("commit", "--quiet", "--message", "feat: carts (SHOP-1)\n\nAlso UTF-8, SHOP-2.")
    git("tag", "--annotate", "--message", "Release 1.0.0", "v1.0.0")
    (tmp_path / "repo" / "b").write_text("b")
    git("add", "b")
    git("commit", "--quiet", "--message", "fix: totals")
    return make("source_control", request.param, settings[request.param])


async def test_a_branch_a_tag_and_an_id_resolve_to_the_commit(
    repository: SourceControl, git: Callable[..., str]
) -> None:
    head = git("rev-parse", "main")
    assert await repository.resolve("main") == head
    assert await repository.resolve(head) == head
    assert await repository.resolve("v1.0.0") == git("rev-parse", "main~1")
    assert await repository.resolve("nothing-here") is None
    assert await repository.resolve("0" * 40) is None


async def test_compare_lists_new_commits_oldest_first_with_files_and_issues(
    repository: SourceControl,
) -> None:
    first, second = await repository.compare(None, "main")
    assert (first.subject, first.files, first.issues) == (
        "feat: carts (SHOP-1)",
        ("a",),
        ("SHOP-1", "SHOP-2"),
    )
    assert first.author == "Dev <dev@example.com>"
    assert first.at.tzinfo is not None
    assert (second.subject, second.files, second.issues) == ("fix: totals", ("b",), ())
    assert await repository.compare("v1.0.0", "main") == (second,)
    assert await repository.compare("main", "v1.0.0") == ()


async def test_compare_with_a_commit_that_is_not_there_is_an_error(
    repository: SourceControl,
) -> None:
    with pytest.raises(TerminalError, match=r"v9\.9\.9"):
        await repository.compare("v9.9.9", "main")


async def test_contains_is_true_for_ancestors_and_the_commit_itself(
    repository: SourceControl, git: Callable[..., str]
) -> None:
    old, new = git("rev-parse", "main~1"), git("rev-parse", "main")
    assert await repository.contains("main", old)
    assert await repository.contains("main", new)
    assert not await repository.contains("v1.0.0", new)
    assert not await repository.contains("main", "0" * 40)


async def test_a_branch_is_made_once_and_never_moved(
    repository: SourceControl, git: Callable[..., str]
) -> None:
    old, new = git("rev-parse", "main~1"), git("rev-parse", "main")
    await repository.create_branch("release/1.1.0", new)
    await repository.create_branch("release/1.1.0", new)
    assert await repository.resolve("release/1.1.0") == new
    with pytest.raises(RefusedByVendor, match=r"release/1\.1\.0"):
        await repository.create_branch("release/1.1.0", old)
    assert await repository.resolve("release/1.1.0") == new


async def test_an_annotated_tag_is_made_once_keeps_its_message_and_is_never_moved(
    repository: SourceControl, git: Callable[..., str]
) -> None:
    old, new = git("rev-parse", "main~1"), git("rev-parse", "main")
    assert await repository.tag_message("v1.1.0") is None
    await repository.create_tag("v1.1.0", new, "Release 1.1.0\n\nsha256:abc\n#not a comment")
    await repository.create_tag("v1.1.0", new, "another message")
    assert await repository.resolve("v1.1.0") == new
    assert await repository.tag_message("v1.1.0") == "Release 1.1.0\n\nsha256:abc\n#not a comment"
    with pytest.raises(RefusedByVendor, match=r"v1\.1\.0"):
        await repository.create_tag("v1.1.0", old, "moved")
    assert await repository.resolve("v1.1.0") == new


@pytest.mark.parametrize(
    "ref",
    ["-d", "--upload-pack=touch x", "a b", "a..b", "main^{tree}", "HEAD@{1}", "", "a;b", "x.lock",
     "$(id)", "a\nb", "a:b", "../etc"],
)  # fmt: skip
async def test_names_that_git_would_act_on_are_refused(repository: SourceControl, ref: str) -> None:
    with pytest.raises(InputError, match="not a git name"):
        await repository.resolve(ref)
    with pytest.raises(InputError, match="not a git name"):
        await repository.create_branch(ref, "0" * 40)


async def test_changed_lines_counts_added_and_removed_ones(repository: SourceControl) -> None:
    assert await repository.changed_lines(None, "main") == 2
    assert await repository.changed_lines("v1.0.0", "main") == 1
    assert await repository.changed_lines("main", "v1.0.0") == 1
    assert await repository.changed_lines("main", "main") == 0
    with pytest.raises(TerminalError):
        await repository.changed_lines("nothing-here", "main")

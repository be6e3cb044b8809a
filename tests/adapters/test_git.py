"""Peculiarities of git: remote repositories, races, hostile commits, merges."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from windlass.adapters.source_control.git import GitSourceControl
from windlass.adapters.source_control.git_log import issue_keys
from windlass.errors import NotConfigured, RefusedByVendor, TerminalError, VendorUnavailable
from windlass.ports.connection import ConnectionInfo
from windlass.spec.vendors import GitSettings


def no_connection(name: str) -> ConnectionInfo:
    raise NotConfigured(name)


def git(folder: Path, *words: str, stdin: bytes = b"") -> str:
    identity = ("-c", "user.name=Dev", "-c", "user.email=d@example.com")
    isolated = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_LITERAL_PATHSPECS": "1",
    }
    done = subprocess.run(
        ["git", *identity, *words],
        cwd=folder, check=True, capture_output=True, input=stdin, env=isolated,
    )  # fmt: skip
    return done.stdout.decode().strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A working repository with one commit on main."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "first", "a")
    return folder


def commit(folder: Path, message: str, *names: str) -> str:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{message} {name}")
        git(folder, "add", "--", name)
    git(folder, "commit", "--quiet", "--allow-empty", "--file=-", stdin=message.encode())
    return git(folder, "rev-parse", "HEAD")


def adapter(root: Path, repository: str = "repo") -> GitSourceControl:
    settings = GitSettings(repository=repository)
    return GitSourceControl(settings, root=root, connect=no_connection)


async def test_hostile_messages_and_paths_are_told_apart(repo: Path, tmp_path: Path) -> None:
    hostile = f":100644 100644 {'a' * 40} {'b' * 40} M\nevil\n\n{'c' * 40}\n\x1b[31m"
    sha = commit(repo, hostile, "-rf", "a\nb", "c" * 40, ":100644", "ünïcode/é")
    empty = commit(repo, "empty")
    base = git(repo, "rev-parse", "main~2")
    first, second = await adapter(tmp_path).compare(base, "main")
    assert (first.sha, second.sha) == (sha, empty)
    assert set(first.files) == {"-rf", "a\nb", "c" * 40, ":100644", "ünïcode/é"}
    assert first.message == hostile.strip()
    assert (second.files, second.subject) == ((), "empty")


async def test_a_change_smuggled_into_a_merge_is_seen(repo: Path, tmp_path: Path) -> None:
    base = git(repo, "rev-parse", "main")
    git(repo, "checkout", "--quiet", "-b", "side")
    commit(repo, "side", "b")
    git(repo, "checkout", "--quiet", "main")
    commit(repo, "main", "c")
    git(repo, "merge", "--quiet", "--no-commit", "--no-ff", "side")
    commit(repo, "merge", "evil.sql")
    found = await adapter(tmp_path).compare(base, "main")
    assert {one.subject: one.files for one in found} == {
        "side": ("b",), "main": ("c",), "merge": ("evil.sql",),
    }  # fmt: skip
    assert found[-1].subject == "merge"


@pytest.mark.parametrize(
    "message, keys",
    [
        ("SHOP-1: a\n\nCloses SHOP-2, SHOP-1", ("SHOP-1", "SHOP-2")),
        ("UTF-8, SHA-256, ISO-8601, CVE-2026-1234, RFC-2119", ()),
        ("shop-1 XSHOP-12x a-SHOP-3 SHOP-0", ()),
        ("[AB_2-7] (X1-3)", ("AB_2-7", "X1-3")),
    ],
)
def test_issue_keys_are_told_from_words_that_look_like_them(
    message: str, keys: tuple[str, ...]
) -> None:
    assert issue_keys(message) == keys


async def test_hooks_and_editors_of_the_repository_are_not_run(repo: Path, tmp_path: Path) -> None:
    hook = repo / ".git" / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hook-ran\n")
    hook.chmod(0o755)
    sha = git(repo, "rev-parse", "main")
    await adapter(tmp_path).create_branch("release/1.0.0", sha)
    await adapter(tmp_path).create_tag("v1.0.0", sha, "Release")
    assert not (tmp_path / "hook-ran").exists()


async def test_two_callers_make_one_tag_and_the_other_commit_is_refused(
    repo: Path, tmp_path: Path
) -> None:
    old = git(repo, "rev-parse", "main")
    new = commit(repo, "second", "b")
    done = await asyncio.gather(
        *(adapter(tmp_path).create_tag("v1", sha, "m") for sha in (old, new) * 4),
        return_exceptions=True,
    )
    refused = [error for error in done if error is not None]
    assert len(refused) == 4
    assert all(isinstance(error, RefusedByVendor) for error in refused)


async def test_a_light_tag_has_no_message_and_a_branch_is_no_tag(
    repo: Path, tmp_path: Path
) -> None:
    git(repo, "tag", "light")
    assert await adapter(tmp_path).tag_message("light") is None
    assert await adapter(tmp_path).tag_message("main") is None


async def test_a_remote_repository_is_fetched_before_reads_and_pushed_to(
    repo: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "remote.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(repo), str(bare))
    source = adapter(tmp_path / "project", f"file://{bare}")
    assert await source.resolve("main") == git(bare, "rev-parse", "main")
    commit(repo, "later", "b")
    git(repo, "push", "--quiet", str(bare), "main")
    head = git(repo, "rev-parse", "main")
    assert await source.resolve("main") == head
    await source.create_branch("release/1.1.0", head)
    await source.create_tag("v1.1.0", head, "Release 1.1.0")
    await source.create_tag("v1.1.0", head, "again")
    assert git(bare, "rev-parse", "release/1.1.0", "v1.1.0^{commit}") == f"{head}\n{head}"
    old = git(bare, "rev-parse", "main~1")
    with pytest.raises(RefusedByVendor, match="already at"):
        await source.create_tag("v1.1.0", old, "moved")
    git(bare, "branch", "other", old)
    with pytest.raises(RefusedByVendor, match="already at"):
        await source.create_branch("other", head)


async def test_a_remote_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(VendorUnavailable, match="cannot fetch"):
        await adapter(tmp_path, f"file://{tmp_path}/nowhere.git").resolve("main")


async def test_a_folder_that_is_no_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(TerminalError, match="no repository at"):
        await adapter(tmp_path).resolve("main")
    (tmp_path / "repo").mkdir()
    with pytest.raises(TerminalError, match="cannot read"):
        await adapter(tmp_path).resolve("main")

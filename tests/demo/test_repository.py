from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.home import Home
from demo.releases import BadRelease, digest, install, installed_digest
from demo.repository import SOURCES, Repository, UnknownVersion, history

SUBJECT = re.compile(r"(feat|fix|perf|test|docs|chore)\([a-z]+\): .+ \(SHOP-\d+\)")
TEST_SUBJECT = re.compile(r"test: .+ \(SHOP-\d+\)")


def git(repository: Repository, *words: str) -> list[str]:
    command = ["git", *words]
    run = subprocess.run(command, cwd=repository.path, check=True, capture_output=True, text=True)
    return run.stdout.splitlines()


def test_every_run_makes_the_same_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the user's git configuration says, in one go or step by step."""
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    first = Repository.create(tmp_path / "a.git")
    second = Repository.create(tmp_path / "b.git")
    assert git(first, "rev-parse", "v1.0.0") == git(second, "rev-parse", "v1.0.0")
    first.advance_to("1.1.0")
    first.advance_to("1.2.0")
    assert second.advance_to("1.2.0") == first.head()


def test_what_tools_leave_in_the_sources_is_no_part_of_a_commit(tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    shutil.copytree(SOURCES, sources)
    for name in ("__pycache__", ".ruff_cache"):
        left = sources / "1.1.0" / "SHOP-12" / "storefront" / name
        left.mkdir()
        (left / "x").write_text("left over")
    assert history(sources) == history()


def test_advancing_twice_adds_nothing(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path / "a.git")
    head = repository.advance_to("1.1.0")
    assert repository.advance_to("1.1.0") == head
    assert repository.advance_to("1.0.0") == head


def test_advancing_leaves_tags_and_branches_of_others_alone(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path / "a.git")
    git(repository, "branch", "release/1.0", "v1.0.0")
    repository.advance_to("1.1.0")
    assert git(repository, "tag") == ["v1.0.0"]
    assert repository.head("release/1.0") == repository.head("v1.0.0")


def test_a_version_that_was_never_written_is_refused(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path / "a.git")
    with pytest.raises(UnknownVersion, match=r"1\.0\.0, 1\.1\.0, 1\.2\.0, 1\.2\.1"):
        repository.advance_to("9.9.9")


def test_an_existing_folder_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        Repository.create(tmp_path)


def test_commits_follow_the_convention_and_name_their_issue() -> None:
    subjects = [commit.message.partition("\n")[0] for commit in history()]
    wrong = [s for s in subjects if not (SUBJECT.fullmatch(s) or TEST_SUBJECT.fullmatch(s))]
    assert wrong == []


def test_every_issue_that_a_commit_names_is_in_the_tracker_with_its_version() -> None:
    """Except the fix of 1.2.1, whose issue the incident will open."""
    issues = Path(__file__).parents[2] / "demo" / "issues"
    for commit in history():
        if commit.version != "1.2.1":
            key = re.search(r"SHOP-\d+", commit.message)
            assert key is not None
            text = (issues / f"{key[0]}.md").read_text(encoding="utf-8")
            assert f"version: {commit.version}" in text


def test_a_version_knows_its_number(storefront: Repository, tmp_path: Path) -> None:
    storefront.export("main", tmp_path)
    assert (tmp_path / "VERSION").read_text(encoding="utf-8") == "1.2.1\n"


def test_the_package_is_the_same_twice(storefront: Repository, tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        storefront.clone("v1.0.0", tmp_path / name)
        make = ["make", "--silent", "package", f"PYTHON={sys.executable}"]
        subprocess.run(make, cwd=tmp_path / name, check=True, capture_output=True)
        manifest = json.loads((tmp_path / name / "dist" / "artifact.json").read_text())
        assert manifest["commit"] == storefront.head("v1.0.0")
        assert digest(tmp_path / name / "dist" / manifest["file"]) == manifest["digest"]
        digests.append(manifest["digest"])
    assert digests[0] == digests[1]


def test_the_package_takes_the_version_that_the_release_gives(
    storefront: Repository, tmp_path: Path
) -> None:
    storefront.clone("v1.0.0", tmp_path / "tree")
    make = ["make", "--silent", "package", f"PYTHON={sys.executable}"]
    run = subprocess.run([*make, "VERSION=1.0.1-rc.1"], cwd=tmp_path / "tree", check=False)
    assert run.returncode == 0
    assert (tmp_path / "tree" / "dist" / "storefront-1.0.1-rc.1.tar").exists()
    wrong = subprocess.run(
        [*make, "VERSION=1.0"], cwd=tmp_path / "tree", check=False, capture_output=True
    )
    assert wrong.returncode != 0


def test_a_package_is_installed_once_and_only_if_it_is_the_one_meant(
    package: Callable[[str], Path], tmp_path: Path
) -> None:
    home, old, new = Home(tmp_path), package("1.0.0"), package("1.1.0")
    folder = install(home, "1.0.0", old, digest(old))
    assert install(home, "1.0.0", old) == folder
    assert installed_digest(home, "1.0.0") == digest(old)
    with pytest.raises(BadRelease, match="is installed from"):
        install(home, "1.0.0", new)
    with pytest.raises(BadRelease, match="not sha256:0"):
        install(home, "1.1.0", new, "sha256:0")
    with pytest.raises(BadRelease, match="no such package"):
        install(home, "1.1.0", tmp_path / "missing.tar")
    with pytest.raises(BadRelease, match=r"MAJOR\.MINOR\.PATCH"):
        install(home, "../1.1.0", new)

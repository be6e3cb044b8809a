"""The storefront's git repository, made commit by commit from `demo/storefront/history.toml`.

Authors, dates and contents are fixed, so every run makes the same commit ids. The repository is
bare. It starts with version 1.0.0 tagged; `advance_to` adds the commits of later versions to
`main` (and no tags: tagging is the release's work).
"""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parent / "storefront"
FIRST_VERSION = "1.0.0"
BRANCH = "refs/heads/main"


class UnknownVersion(ValueError):
    """The history has no such version."""


@dataclass(frozen=True, slots=True)
class PlannedCommit:
    """One commit of the history: who, when, why, and the files it leaves."""

    version: str
    author: str
    at: datetime
    message: str
    files: dict[str, bytes]


def history(sources: Path = SOURCES) -> list[PlannedCommit]:
    """All commits in order."""
    document = tomllib.loads((sources / "history.toml").read_text(encoding="utf-8"))
    return [_commit(entry, sources) for entry in document["commit"]]


def _commit(entry: dict[str, Any], sources: Path) -> PlannedCommit:
    folder = sources / entry["from"]
    wanted = tuple(entry.get("files", ("",)))
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_leftover(path.relative_to(folder))
    }
    files = {name: found[name] for name in found if any(_names(want, name) for want in wanted)}
    if not files:
        raise FileNotFoundError(f"{folder}: the commit {entry['message']!r} has no files")
    at = datetime.fromisoformat(entry["at"])
    return PlannedCommit(entry["version"], entry["author"], at, entry["message"].strip(), files)


def _is_leftover(path: Path) -> bool:
    """Whether a tool that looked at the sources left this file in a cache of its own."""
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts[:-1])


def _names(want: str, name: str) -> bool:
    """Whether `want` is this file, or a folder (it ends with a slash; "" is all) around it."""
    return want == name or (want[-1:] in {"", "/"} and name.startswith(want))


class Repository:
    """A bare repository of the storefront at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, sources: Path = SOURCES) -> Repository:
        """Make the repository with version 1.0.0, tagged; an existing one is an error."""
        if path.exists():
            raise FileExistsError(f"{path} is there already; take another folder or remove it")
        made = cls(path)
        subprocess.run(
            ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)],
            check=True,
            env=_environment(),
        )
        commits = [commit for commit in history(sources) if commit.version == FIRST_VERSION]
        made._import(commits, after=None)
        last = commits[-1]
        made._git(
            "tag",
            "--annotate",
            "--message",
            f"Release {FIRST_VERSION}",
            f"v{FIRST_VERSION}",
            "main",
            author=last.author,
            at=last.at,
        )
        return made

    def advance_to(self, version: str, sources: Path = SOURCES) -> str:
        """Add the commits up to `version` that `main` lacks; the id of the head.

        Raises:
            UnknownVersion: The history has no such version.
        """
        commits = history(sources)
        versions = list(dict.fromkeys(commit.version for commit in commits))
        if version not in versions:
            raise UnknownVersion(f"{version!r} is not in the history: {', '.join(versions)}")
        wanted = versions[: versions.index(version) + 1]
        known = set(self._git("log", "--format=%s", "main").splitlines())
        missing = [
            commit
            for commit in commits
            if commit.version in wanted and commit.message.partition("\n")[0] not in known
        ]
        if missing:
            self._import(missing, after=BRANCH)
        return self.head()

    def head(self, ref: str = "main") -> str:
        """The commit id that `ref` names."""
        return self._git("rev-parse", "--verify", f"{ref}^{{commit}}").strip()

    def export(self, ref: str, folder: Path) -> None:
        """Write the files of `ref` into `folder`."""
        packed = subprocess.run(
            ["git", "archive", "--format=tar", ref],
            cwd=self.path,
            check=True,
            capture_output=True,
            env=_environment(),
        ).stdout
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")

    def clone(self, ref: str, folder: Path) -> None:
        """Check `ref` out into a new clone at `folder`."""
        command = ["git", "clone", "--quiet", "--branch", ref, str(self.path), str(folder)]
        quiet = ["-c", "advice.detachedHead=false"]
        subprocess.run([*command[:1], *quiet, *command[1:]], check=True, env=_environment())

    def _import(self, commits: list[PlannedCommit], after: str | None) -> None:
        stream = io.BytesIO()
        for number, commit in enumerate(commits):
            parent = after if number == 0 else None
            _write(stream, commit, parent)
        subprocess.run(
            ["git", "fast-import", "--quiet"],
            cwd=self.path,
            input=stream.getvalue(),
            check=True,
            env=_environment(),
        )

    def _git(self, *words: str, author: str = "", at: datetime | None = None) -> str:
        return subprocess.run(
            ["git", *words],
            cwd=self.path,
            check=True,
            capture_output=True,
            text=True,
            env=_environment(author, at),
        ).stdout


def _write(stream: io.BytesIO, commit: PlannedCommit, parent: str | None) -> None:
    when = f"{int(commit.at.timestamp())} {commit.at:%z}"
    message = f"{commit.message}\n".encode()
    stream.write(f"commit {BRANCH}\nauthor {commit.author} {when}\n".encode())
    stream.write(f"committer {commit.author} {when}\n".encode())
    stream.write(b"data %d\n%s\n" % (len(message), message))
    if parent is not None:
        stream.write(f"from {parent}^0\n".encode())
    for name, content in commit.files.items():
        stream.write(f"M 100644 inline {name}\n".encode())
        stream.write(b"data %d\n%s\n" % (len(content), content))
    stream.write(b"\n")


def _environment(author: str = "", at: datetime | None = None) -> dict[str, str]:
    """The caller's environment without anything of git's that would change what is made."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    name, _, mail = author.rstrip(">").partition(" <")
    made = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    if at is not None:
        made |= {
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": mail,
            "GIT_COMMITTER_DATE": at.isoformat(),
        }
    return kept | made

"""Prints the number of the last migration of the release before this tree."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def git(*words: str) -> list[str]:
    """The lines that git prints."""
    run = subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True)
    return run.stdout.split()


def main() -> None:
    """Find the last tag before HEAD and count its migrations."""
    tag = git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD^")[0]
    names = git("ls-tree", "--name-only", tag, "migrations/")
    print(max((int(Path(name).name[:4]) for name in names), default=0))


if __name__ == "__main__":
    main()

"""Publish what the files say now, when they changed: teams and calendar, for every process to read.

Only workers see the files. Reading them whole takes half a second, so their bytes are compared
first with those that were published last.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from windlass.errors import SpecError
from windlass.ledger.canonical import sha256
from windlass.spec.loader import load_product
from windlass.spec.project import find_project
from windlass.tasks.teams import publish

if TYPE_CHECKING:
    from windlass.ledger import Ledger
    from windlass.tasks.release import Release

SOURCES = "sources"


def publish_files(ledger: Ledger, product_file: Path, *, at: datetime) -> tuple[str, ...]:
    """Publish the product's people and calendar if a file changed since they were.

    Returns:
        What is wrong with the files. A release that is open goes on with what was published last:
        a bad edit stops new releases, never one that runs.
    """
    try:
        digest = _digest(product_file)
        name = product_file.stem
        newest = ledger.documents.latest(SOURCES, name)
        if newest is not None and newest.digest == digest:
            return ()
        publish(ledger, load_product(product_file), at=at)
    except SpecError as problem:
        return problem.problems
    except OSError as problem:
        return (f"{product_file}: {problem}",)
    ledger.documents.publish(SOURCES, name, digest, {"file": product_file.name}, at, "windlass")
    return ()


def publish_for(release: Release) -> tuple[str, ...]:
    """As :func:`publish_files`, for a release whose own tasks all wait and see no file.

    Where the product's file is not to be seen from here, nothing is published and nothing is said.
    """
    file = Path(release.product.source)
    if not release.product.source or not file.is_file():
        return ()
    return publish_files(release.ledger, file, at=release.now())


def _digest(product_file: Path) -> str:
    project = find_project(product_file)
    files = [product_file, project.company, project.teams]
    files += sorted((project.include / "calendars").glob("*.yaml"))
    texts = [path.read_text(encoding="utf-8") for path in files if path.is_file()]
    return "sha256:" + sha256("\0".join(texts))

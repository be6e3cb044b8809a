"""Where a product's company, teams and calendars are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "WINDLASS_INCLUDE"


@dataclass(frozen=True, slots=True)
class Project:
    """A project's folder of declarations, ``include/``; relative paths start at its parent."""

    include: Path

    @property
    def root(self) -> Path:
        """The folder that relative paths in YAML start at."""
        return self.include.parent

    @property
    def company(self) -> Path:
        """Defaults and minimums."""
        return self.include / "company.yaml"

    @property
    def teams(self) -> Path:
        """People and roles."""
        return self.include / "teams.yaml"

    @property
    def products(self) -> Path:
        """One file per product."""
        return self.include / "products"


def find_project(path: Path, variables: dict[str, str] | None = None) -> Project:
    """The project of a product's file.

    ``WINDLASS_INCLUDE`` when set; else the nearest folder above that holds ``company.yaml``,
    ``teams.yaml`` or ``calendars/``; else the folder above the file's own.
    """
    named = (os.environ if variables is None else variables).get(VARIABLE)
    if named:
        return Project(Path(named).absolute())
    for folder in path.absolute().parents:
        if any((folder / name).exists() for name in ("company.yaml", "teams.yaml", "calendars")):
            return Project(folder)
    return Project(path.absolute().parent.parent)

"""Errors in log files on this machine, grouped by exception and by what their messages share.

A message's numbers, ids and quoted words are what differs between two cases of one error. A group
is critical when a line of it is (level critical or fatal, or ``"critical": true``).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from windlass.adapters.log_lines import Line, files, lines, rank
from windlass.adapters.safe_names import one_line
from windlass.ports.connection import Connect
from windlass.ports.observations import ErrorGroup
from windlass.spec.vendors import FilesSettings

_VARIES = re.compile(
    r"'[^']*'|\"[^\"]*\"|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b|\b0x[0-9a-fA-F]+\b|\b[0-9a-f]{12,}\b"
    r"|\d+(?:\.\d+)*"
)


def template(message: str) -> str:
    """What all cases of an error's message share.

    >>> template("order 4711 of 'mia' failed after 2.5 s")
    'order * of * failed after * s'
    """
    return one_line(_VARIES.sub("*", message), 200)


class FileErrors:
    """Groups the errors of all targets; each call reads the files from their beginning."""

    def __init__(
        self,
        settings: FilesSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
    ) -> None:
        self._root = root
        self._pattern = settings.path

    async def new_groups(self, version: str, since: datetime) -> tuple[ErrorGroup, ...]:
        """See the port. What any other version had before is not new.

        Raises:
            VendorUnavailable: there are no log files.
        """
        return await asyncio.to_thread(self._new_groups, version, since)

    def _new_groups(self, version: str, since: datetime) -> tuple[ErrorGroup, ...]:
        cases: dict[tuple[str, str], list[Line]] = {}
        for line in self._errors():
            cases.setdefault((line.kind, template(line.message)), []).append(line)
        groups = []
        for key, found in cases.items():
            first = min(found, key=lambda line: line.at)
            if first.version == version and first.at >= since:
                mine = [line for line in found if line.version == version]
                groups.append(_group(key, first, mine))
        return tuple(sorted(groups, key=lambda group: (-group.count, group.id)))

    def _errors(self) -> Iterator[Line]:
        for path in files(self._root, self._pattern, None):
            for line in lines(path):
                if line.kind or line.at_least("error"):
                    yield line


def _group(key: tuple[str, str], first: Line, mine: list[Line]) -> ErrorGroup:
    kind, shared = key
    return ErrorGroup(
        id=hashlib.sha256("\n".join(key).encode()).hexdigest()[:16],
        title=f"{kind}: {shared}" if kind else shared,
        count=len(mine),
        first_seen=first.at,
        version=first.version,
        critical=any(line.critical or rank(line.level) >= rank("critical") for line in mine),
    )

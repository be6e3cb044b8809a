"""Log files on this machine, read from their beginning each time: for small systems.

A line of text names no version; it is counted for a version only when its file's path does.
"""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from pathlib import Path

from windlass.adapters.log_lines import files, lines
from windlass.adapters.safe_names import one_line
from windlass.ports.connection import Connect
from windlass.ports.observations import LogCount
from windlass.spec.vendors import FilesSettings

EXAMPLES = 5


class FileLogs:
    """Counts lines in the files that the settings name."""

    def __init__(
        self,
        settings: FilesSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
    ) -> None:
        self._root = root
        self._pattern = settings.path

    async def count(self, target: str, version: str, level: str, since: datetime) -> LogCount:
        """See the port; the examples are the newest.

        Raises:
            VendorUnavailable: there is no log file for ``target``.
        """
        return await asyncio.to_thread(self._count, target, version, level, since)

    def _count(self, target: str, version: str, level: str, since: datetime) -> LogCount:
        total, matching = 0, []
        for path in files(self._root, self._pattern, target):
            named = re.search(rf"(?<![\d.]){re.escape(version)}(?!\d|\.\d)", path.name)
            for line in lines(path):
                if line.at < since or not (line.version == version or (named and not line.version)):
                    continue
                total += 1
                if line.at_least(level):
                    matching.append((line.at, one_line(line.message, 200)))
        newest = sorted(matching, reverse=True)[:EXAMPLES]
        return LogCount(total, len(matching), tuple(message for _, message in newest))

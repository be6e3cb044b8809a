"""A folder of issue files: Markdown with fields on top (or YAML), one issue a file, in any editor.

Fields: ``key title kind status version severity assignee labels link found_in``. ``found_in`` is
the version that a problem was reported about. An issue is done when its status is one of
:data:`DONE`; without a version it is ready for the next release when it is done or its status or a
label is ``ready``. Released versions are lines of ``releases.yaml`` in the folder:
``1.4.0: "2026-12-01"``. There are no permissions and no history; keep the folder in git for those.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from windlass.adapters import front_matter
from windlass.adapters.durable_files import locked, write_atomic
from windlass.adapters.front_matter import Document
from windlass.adapters.safe_names import visible
from windlass.errors import RefusedByVendor, TerminalError
from windlass.ports.connection import Connect
from windlass.ports.tracker import Issue
from windlass.spec.vendors import FolderSettings

DONE = frozenset({"done", "closed", "resolved", "released", "merged", "verified"})
RELEASES = "releases.yaml"
_SUFFIXES = (".md", ".markdown", ".yaml", ".yml")
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_]*)-(\d+)")


class FolderTracker:
    """Issues in files. :meth:`create` is single by its marker, under the folder's lock."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(
        self,
        settings: FolderSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
    ) -> None:
        self._folder = root / settings.path

    async def planned(self, version: str | None) -> tuple[Issue, ...]:
        """See the port."""
        return await asyncio.to_thread(self._planned, version)

    async def get(self, keys: tuple[str, ...]) -> tuple[Issue, ...]:
        """See the port."""
        known = {issue.key: issue for issue, _ in await asyncio.to_thread(self._list)}
        return tuple(known[key] for key in keys if key in known)

    async def reported_against(self, version: str) -> tuple[Issue, ...]:
        """See the port."""
        found = await asyncio.to_thread(self._list)
        return tuple(
            issue
            for issue, document in found
            if not issue.done and version in document.words("found_in")
        )

    async def find(self, marker: str) -> Issue | None:
        """See the port."""
        return await asyncio.to_thread(self._find, marker)

    async def create(
        self, *, marker: str, title: str, body: str, kind: str, assignee: str | None = None
    ) -> Issue:
        """See the port."""
        fields = {
            "title": title.strip(),
            "kind": kind,
            "status": "open",
            "assignee": assignee,
            "marker": marker,
        }
        return await asyncio.to_thread(self._create, fields, visible(body))

    async def set_version(self, keys: tuple[str, ...], version: str | None) -> None:
        """See the port.

        Raises:
            RefusedByVendor: an issue does not exist; nothing is changed then.
        """
        await asyncio.to_thread(self._set_version, keys, version)

    async def mark_released(self, version: str, *, on: str) -> None:
        """See the port."""
        await asyncio.to_thread(self._mark_released, version, on)

    async def is_released(self, version: str) -> bool:
        """See the port."""
        return version in await asyncio.to_thread(self._releases)

    def _planned(self, version: str | None) -> tuple[Issue, ...]:
        issues = [issue for issue, _ in self._list()]
        if version is not None:
            return tuple(issue for issue in issues if issue.version == version)
        return tuple(
            issue
            for issue in issues
            if issue.version is None
            and (issue.done or issue.status.lower() == "ready" or "ready" in issue.labels)
        )

    def _find(self, marker: str) -> Issue | None:
        for issue, document in self._list():
            if document.text("marker") == marker:
                return issue
        return None

    def _create(self, fields: dict[str, str | None], body: str) -> Issue:
        with self._lock():
            earlier = self._find(str(fields["marker"]))
            if earlier is not None:
                return earlier
            key = self._next_key()
            path = self._folder / f"{key}.md"
            write_atomic(path, front_matter.render({"key": key, **fields}, body.rstrip() + "\n"))
            return _issue(path, front_matter.read(path))

    def _set_version(self, keys: tuple[str, ...], version: str | None) -> None:
        with self._lock():
            paths = {_issue(path, document).key: path for path, document in self._documents()}
            missing = [key for key in keys if key not in paths]
            if missing:
                raise RefusedByVendor(f"no such issue in {self._folder}: {', '.join(missing)}")
            for key in keys:
                before = paths[key].read_text(encoding="utf-8")
                after = front_matter.with_field(before, "version", version)
                if after != before:
                    write_atomic(paths[key], after)

    def _mark_released(self, version: str, on: str) -> None:
        with self._lock():
            path = self._folder / RELEASES
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            write_atomic(path, front_matter.with_field(before, version, on))

    def _releases(self) -> frozenset[str]:
        path = self._folder / RELEASES
        if not path.exists():
            return frozenset()
        document = front_matter.read(path)
        return frozenset(version for version in document.fields if document.text(version))

    def _next_key(self) -> str:
        found = [_KEY.fullmatch(issue.key) for issue, _ in self._list()]
        parts = [match.groups() for match in found if match]
        prefix = Counter(name for name, _ in parts).most_common(1)[0][0] if parts else "ISSUE"
        return f"{prefix}-{max((int(n) for name, n in parts if name == prefix), default=0) + 1}"

    def _list(self) -> list[tuple[Issue, Document]]:
        found = [(_issue(path, document), document) for path, document in self._documents()]
        return sorted(found, key=lambda pair: _order(pair[0].key))

    def _documents(self) -> Iterator[tuple[Path, Document]]:
        for path in sorted(self._folder.glob("*")):
            if path.suffix in _SUFFIXES and path.name not in (RELEASES, "README.md"):
                yield path, front_matter.read(path)

    def _lock(self) -> AbstractContextManager[None]:
        return locked(self._folder / ".lock")


def _issue(path: Path, document: Document) -> Issue:
    title = document.text("title")
    if title is None:
        raise TerminalError(f"{path}: the field 'title' is missing")
    status = document.text("status") or "open"
    issue = Issue(
        key=document.text("key") or path.stem,
        title=title,
        kind=document.text("kind") or "task",
        done=status.lower() in DONE,
        status=status,
        link=document.text("link") or path.resolve().as_uri(),
    )
    return replace(
        issue,
        version=document.text("version"),
        severity=document.text("severity"),
        assignee=document.text("assignee"),
        labels=document.words("labels"),
    )


def _order(key: str) -> tuple[str, int, str]:
    match = _KEY.fullmatch(key)
    return (match[1], int(match[2]), key) if match else (key, 0, key)

"""Pages as files in a folder: Markdown with its title on top, HTML with it in a first comment.

A page's link is the file's own address; serve the folder with any web server to share it.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from windlass.adapters import front_matter
from windlass.adapters.durable_files import write_atomic
from windlass.adapters.safe_names import path_below
from windlass.errors import TerminalError, UnsupportedByVendor
from windlass.ports.connection import Connect
from windlass.ports.documents import Page
from windlass.spec.vendors import FolderSettings

_SUFFIX = {"text/markdown": ".md", "text/html": ".html"}
_OPEN, _CLOSE = "<!-- windlass ", " -->\n"


class FolderDocuments:
    """One file per page; publishing sets the file, so doing it twice changes nothing."""

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

    async def read(self, key: str) -> Page | None:
        """See the port."""
        for media, suffix in _SUFFIX.items():
            path = path_below(self._folder, key, suffix)
            if path.exists():
                content = await asyncio.to_thread(path.read_bytes)
                return _page(path, key, media, content.decode(errors="replace"))
        return None

    async def publish(self, page: Page) -> str:
        """See the port.

        Raises:
            UnsupportedByVendor: the page is neither Markdown nor HTML.
        """
        if page.media not in _SUFFIX:
            raise UnsupportedByVendor(
                f"a folder keeps {' and '.join(_SUFFIX)}, not {page.media!r} ({page.key})"
            )
        path = path_below(self._folder, page.key, _SUFFIX[page.media])
        await asyncio.to_thread(write_atomic, path, _content(page))
        for media, suffix in _SUFFIX.items():
            if media != page.media:
                path_below(self._folder, page.key, suffix).unlink(missing_ok=True)
        return path.resolve().as_uri()


def _content(page: Page) -> str:
    if page.media == "text/markdown":
        return front_matter.render({"title": page.title}, page.body)
    title = json.dumps({"title": page.title}).replace("-", "\\u002d")
    return f"{_OPEN}{title}{_CLOSE}{page.body}"


def _page(path: Path, key: str, media: str, content: str) -> Page:
    if media == "text/markdown":
        document = front_matter.read(path)
        return Page(key, document.text("title") or key, document.body, media)
    head, found, body = content.partition(_CLOSE)
    if not found or not head.startswith(_OPEN):
        return Page(key, key, content, media)
    try:
        title = json.loads(head.removeprefix(_OPEN))["title"]
    except (ValueError, KeyError, TypeError) as error:
        raise TerminalError(f"{path}:1: the first line is not what Windlass wrote") from error
    return Page(key, str(title), body, media)

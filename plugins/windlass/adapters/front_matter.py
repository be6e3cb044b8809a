"""Text files that begin with a block of YAML between two lines of three dashes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from windlass.errors import TerminalError

_FENCED = re.compile(r"\A---\r?\n(?P<head>.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
Value = str | list[str] | None


@dataclass(frozen=True, slots=True)
class Document:
    """A file's fields and the text below them. All scalars are strings: ``1.10`` stays ``1.10``."""

    fields: Mapping[str, Value]
    body: str

    def text(self, name: str) -> str | None:
        """The field ``name`` when it is a string that says something."""
        value = self.fields.get(name)
        return value if isinstance(value, str) and value not in ("", "~", "null", "none") else None

    def words(self, name: str) -> tuple[str, ...]:
        """The field ``name`` as a list; one string is a list of one."""
        value = self.fields.get(name)
        if isinstance(value, list):
            return tuple(value)
        one = self.text(name)
        return (one,) if one else ()


def read(path: Path) -> Document:
    """The document in ``path``; a ``.yaml`` or ``.yml`` file is all fields, ``body`` its text.

    Raises:
        TerminalError: the file is not what it should be; says where and why.
    """
    content = path.read_bytes().decode(errors="replace")
    if path.suffix in (".yaml", ".yml"):
        fields = _fields(path, content)
        body = fields.get("body")
        return Document(fields, body if isinstance(body, str) else "")
    found = _FENCED.match(content)
    if found is None:
        raise TerminalError(f"{path}:1: begin the file with a line ---, its fields, and --- again")
    return Document(_fields(path, found["head"]), content[found.end() :])


def render(fields: Mapping[str, object], body: str) -> str:
    """The text of a Markdown file with ``fields`` above ``body``."""
    head = yaml.safe_dump(dict(fields), sort_keys=False, allow_unicode=True)
    return f"---\n{head}---\n{body}"


def with_field(content: str, name: str, value: str | None) -> str:
    r"""``content`` with one field set (None: emptied) and every other line as people wrote it.

    >>> with_field("---\nkey: A-1\nversion: 1.0.0\n---\nText", "version", "1.1.0")
    '---\nkey: A-1\nversion: "1.1.0"\n---\nText'
    """
    line = f"{name}: {json.dumps(value) if value is not None else 'null'}\n"
    fenced = _FENCED.match(content)
    start, end = (fenced.start("head"), fenced.end("head")) if fenced else (0, len(content))
    head = content[start:end]
    known = re.compile(rf"^{re.escape(name)}:.*(?:\n|\Z)", re.MULTILINE)
    if known.search(head):
        head = known.sub(lambda _: line, head, count=1)
    else:
        head = (head if not head or head.endswith("\n") else head + "\n") + line
    return content[:start] + head + content[end:]


def _fields(path: Path, text: str) -> dict[str, Value]:
    try:
        found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader only makes strings
    except yaml.YAMLError as error:
        raise TerminalError(f"{path}: not YAML: {error}") from error
    if not isinstance(found, dict):
        raise TerminalError(f"{path}: expected fields such as 'title: …', found {found!r}")
    return found

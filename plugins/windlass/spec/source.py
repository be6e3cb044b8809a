"""YAML as a tree that remembers where every value was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_INT = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*)?\.[0-9]+([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("yes", "true", "on"), True),
    **dict.fromkeys(("no", "false", "off"), False),
    **dict.fromkeys(("null", "~", ""), None),
}
#: The C parser is ten times faster; both build the same nodes.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: More nodes than this is an attack (aliases of aliases), not a product.
MAX_NODES = 20_000
_NESTED = (dict, list)

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value stands: file as shown to people, line from 1, path inside the file."""

    file: str
    line: int
    path: Path_ = ()

    def problem(self, what: str, *, below: Path_ = ()) -> str:
        """``file:line: path: what``, the form of every message."""
        return f"{self.file}:{self.line}: {show_path((*self.path, *below)) or '(file)'}: {what}"


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its mark: a scalar, a list of nodes, or a mapping to nodes."""

    value: Any
    mark: Mark
    key_marks: dict[str, Mark] = field(default_factory=dict)

    def get(self, key: str) -> Node | None:
        """The entry ``key`` of a mapping."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def at(self, *path: str) -> Node | None:
        """The node below, key by key."""
        node: Node | None = self
        for key in path:
            node = node.get(key) if node is not None else None
        return node

    def without(self, *keys: str) -> Node:
        """This mapping with some keys left out."""
        kept = {key: node for key, node in self.value.items() if key not in keys}
        return Node(kept, self.mark, self.key_marks)

    def plain(self) -> Any:
        """The value without its marks."""
        value = self.value
        if isinstance(value, dict):
            return {
                # Most nodes are leaves, and this runs at every parse of a DAG: no call for them.
                key: node.plain() if isinstance(node.value, _NESTED) else node.value
                for key, node in value.items()
            }
        if isinstance(value, list):
            return [node.plain() for node in value]
        return value


def show_path(path: Path_) -> str:
    """``environments[1].production``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def read_yaml(path: Path, shown: str) -> tuple[Node | None, list[str]]:
    """The file's tree, and what is wrong with it as YAML.

    Only plain data is read: no tags, no Python objects. Unlike YAML 1.1, ``10:00`` is text and
    so is a date; keys are always text (``on:`` too).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, [f"{shown}:1: (file): cannot be read: {error}"]
    try:
        tree = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        return None, [_syntax(error, shown)]
    if tree is None:
        return None, [f"{shown}:1: (file): is empty"]
    reader = _Reader(shown)
    node = reader.node(tree, ())
    return node, reader.problems


def _syntax(error: yaml.YAMLError, shown: str) -> str:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark is not None else 1
    what = getattr(error, "problem", None) or str(error)
    return f"{shown}:{line}: (file): is not YAML: {what}"


class _Reader:
    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.problems: list[str] = []
        self._open: list[int] = []
        self._count = 0

    def node(self, raw: yaml.Node, path: Path_) -> Node:
        mark = Mark(self.shown, raw.start_mark.line + 1, path)
        self._count += 1
        if id(raw) in self._open or self._count > MAX_NODES:
            if self._count <= MAX_NODES + 1:
                self.problems.append(mark.problem("refers to itself, or the file is too large"))
            return Node(None, mark)
        self._open.append(id(raw))
        try:
            return self._build(raw, mark)
        finally:
            self._open.pop()

    def _build(self, raw: yaml.Node, mark: Mark) -> Node:
        if isinstance(raw, yaml.MappingNode):
            return self._mapping(raw, mark)
        if isinstance(raw, yaml.SequenceNode):
            parts = [self.node(part, (*mark.path, i)) for i, part in enumerate(raw.value)]
            return Node(parts, mark)
        return Node(self._scalar(raw, mark), mark)

    def _mapping(self, raw: yaml.MappingNode, mark: Mark) -> Node:
        entries: dict[str, Node] = {}
        marks: dict[str, Mark] = {}
        for key_node, value_node in self._pairs(raw, mark):
            key = str(key_node.value)
            at = Mark(self.shown, key_node.start_mark.line + 1, (*mark.path, key))
            if key in entries:
                self.problems.append(
                    at.problem(f"is written twice (first in line {marks[key].line})")
                )
                continue
            entries[key], marks[key] = self.node(value_node, at.path), at
        return Node(entries, mark, marks)

    def _pairs(
        self, raw: yaml.MappingNode, mark: Mark
    ) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        for key, value in raw.value:
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(mark.problem("has a key that is not a word"))
            elif key.tag == "tag:yaml.org,2002:merge":
                at = Mark(self.shown, key.start_mark.line + 1, (*mark.path, "<<"))
                self.problems.append(at.problem("merge keys are not read; write the values out"))
            else:
                yield key, value

    def _scalar(self, raw: yaml.Node, mark: Mark) -> Any:
        text = str(raw.value)
        if raw.tag.startswith("!") or raw.tag.startswith("tag:yaml.org,2002:python"):
            self.problems.append(mark.problem(f"the tag {raw.tag} is not read"))
            return None
        if getattr(raw, "style", None):
            return text
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if _INT.fullmatch(text):
            return int(text.replace("_", ""))
        return float(text.replace("_", "")) if _FLOAT.fullmatch(text) else text

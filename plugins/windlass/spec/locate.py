"""From a place in a model to where it was written; and a tree without what is wrong in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from windlass.spec.source import Mark, Node, Path_


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of a model was written.

    Attributes:
        mark: file, line and path as written.
        trail: the keys that lead there in the tree that was asked.
        missing: what was not written: the rest of the way.
    """

    mark: Mark
    trail: Path_
    missing: Path_


def place_of(node: Node, loc: Path_) -> Place:
    """Where ``loc`` (pydantic's way of naming a place) stands in ``node``.

    People may write less than the models hold: ``- staging: {…}`` for a named entry, one thing
    instead of a list, a word instead of a mapping. Parts of ``loc`` that were not written down
    are passed over; what is missing altogether gets the line of what should hold it.
    """
    mark = node.mark
    trail: list[str | int] = []
    missing: list[str | int] = []
    for part in loc:
        keys = _keys(node, part)
        if not keys:
            missing.append(part)
            continue
        missing.clear()
        for key in keys:
            node, mark = _down(node, key)
        trail += keys
    if not isinstance(node.value, dict):
        missing.clear()
    return Place(mark, tuple(trail), tuple(missing))


def locate(node: Node, loc: Path_) -> Mark:
    """The mark of ``loc``; the path of something missing names it."""
    place = place_of(node, loc)
    named = tuple(part for part in place.missing if isinstance(part, str))
    return replace(place.mark, path=(*place.mark.path, *named))


def _keys(node: Node, part: str | int) -> tuple[str | int, ...]:
    """The keys from ``node`` to ``part``: one, or two through a name that stands between."""
    if isinstance(node.value, list):
        return (part,) if isinstance(part, int) and part < len(node.value) else ()
    if not isinstance(node.value, dict):
        return ()
    keys = list(node.value)
    if isinstance(part, int):
        return (keys[part],) if part < len(keys) else ()
    if part in node.value:
        return (part,)
    if len(keys) == 1 and node.value[keys[0]].get(part) is not None:
        return (keys[0], part)
    return ()


def _down(node: Node, key: str | int) -> tuple[Node, Mark]:
    below = node.value[key]
    return below, node.key_marks.get(str(key), below.mark)


def pruned(node: Node, trails: Iterable[Path_]) -> Node:
    """``node`` without the entries at ``trails``; an entry of a list takes its list with it."""
    for trail in trails:
        node = _without(node, trail)
    return node


def _without(node: Node, trail: Path_) -> Node:
    key, *rest = trail or (None,)
    if not isinstance(node.value, dict) or key not in node.value:
        return node
    below = node.value[key]
    if rest and isinstance(below.value, dict):
        kept = {**node.value, key: _without(below, tuple(rest))}
    elif len(rest) > 1 and isinstance(below.value, list) and isinstance(rest[0], int):
        at, *deeper = rest
        items = [
            _without(item, tuple(deeper)) if i == at else item for i, item in enumerate(below.value)
        ]
        kept = {**node.value, key: Node(items, below.mark)}
    else:
        kept = {name: entry for name, entry in node.value.items() if name != key}
    return Node(kept, node.mark, node.key_marks)

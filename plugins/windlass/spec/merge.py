"""Layers of settings laid over each other; every value keeps the mark of the file it came from."""

from __future__ import annotations

from collections.abc import Sequence

from windlass.spec.source import Node, Path_


def overlay(base: Node | None, top: Node | None, path: Path_ = ()) -> Node:
    """``top`` over ``base``: mappings merge key by key, everything else replaces.

    A mapping that chooses one thing by its key (a vendor, a report's format) replaces another
    choice instead of becoming two. A key written as nothing (``quality:``) changes nothing.

    Raises:
        ValueError: both are missing.
    """
    if top is None or (top.value is None and base is not None):
        if base is None:
            raise ValueError("nothing to lay over nothing")
        return base
    if base is None or not (isinstance(base.value, dict) and isinstance(top.value, dict)):
        return top
    if _is_choice(path) and set(base.value) != set(top.value):
        return top
    merged = dict(base.value)
    for key, node in top.value.items():
        merged[key] = overlay(merged.get(key), node, (*path, key))
    return Node(merged, top.mark, {**base.key_marks, **top.key_marks})


def overlay_all(layers: Sequence[Node | None]) -> Node:
    """Every layer over the ones before it; missing layers are passed over.

    Raises:
        ValueError: there is no layer.
    """
    merged: Node | None = None
    for layer in layers:
        merged = overlay(merged, layer) if layer is not None else merged
    if merged is None:
        raise ValueError("no layers")
    return merged


def _is_choice(path: Path_) -> bool:
    return (len(path) == 2 and path[0] == "vendors") or (bool(path) and path[-1] == "report")

"""Products that need each other in a circle can never be released."""

from __future__ import annotations

from pathlib import Path

from windlass.spec.source import Node, read_yaml


def find_cycle(product: str, depends_on: tuple[str, ...], folder: Path) -> tuple[str, ...] | None:
    """The first circle through ``product``, as the names along it; ``None`` when there is none.

    Only products that can be reached are read, each from ``<folder>/<name>.yaml``; one without
    a file belongs to somebody else and ends the search there.
    """
    stack: list[tuple[str, tuple[str, ...]]] = [
        (name, (product,)) for name in sorted(depends_on, reverse=True)
    ]
    seen: set[str] = set()
    while stack:
        name, way = stack.pop()
        if name == product:
            return (*way, product)
        if name in seen:
            continue
        seen.add(name)
        needs = sorted(_needs(folder / f"{name}.yaml"), reverse=True)
        stack += [(needed, (*way, name)) for needed in needs]
    return None


def _needs(path: Path) -> list[str]:
    if not path.is_file():
        return []
    tree, _ = read_yaml(path, str(path))
    node: Node | None = tree.get("depends_on") if tree is not None else None
    return list(node.value) if node is not None and isinstance(node.value, dict) else []

"""Which files say what, for a product as a whole and for each of its release types.

From far to near, the nearer wins: Windlass's own release type, the company's defaults, the named
defaults that the product extends, the preset, the product. Inside each file, what is written
under ``release_types.<type>`` wins over what is written for all types.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from windlass.spec.merge import overlay_all
from windlass.spec.policy import PolicySettings
from windlass.spec.source import Mark, Node, read_yaml

RELEASE_TYPES = ("major", "minor", "patch", "flag", "emergency", "rollback")
#: What a product has without saying so; others are added by naming them.
DEFAULT_TYPES = ("minor", "patch", "emergency", "rollback")
#: The release type that ships no code.
FLAG = "flag"
PRESETS = ("small",)


@cache
def packaged(folder: str, name: str) -> Node:
    """A YAML file that comes with Windlass, ``release_types/minor``.

    Raises:
        LookupError: it is not there or not YAML: the installation is broken.
    """
    path = Path(str(files("windlass.spec"))) / folder / f"{name}.yaml"
    node, problems = read_yaml(path, f"windlass/spec/{folder}/{name}.yaml")
    if node is None or problems:
        raise LookupError("; ".join(problems))
    return node


def is_packaged(mark: Mark) -> bool:
    """Whether something was written by Windlass, not by the people of the project."""
    return mark.file.startswith("windlass/spec/")


def type_names(layers: Sequence[Node]) -> tuple[str, ...]:
    """The release types of a product, in a fixed order; ``minor: no`` takes one away.

    A product that names feature flags has releases that ramp them.
    """
    chosen = dict.fromkeys(DEFAULT_TYPES, True)
    for layer in layers:
        if layer.get("flags") is not None:
            chosen[FLAG] = True
        types = layer.get("release_types")
        written = types.value if types is not None and isinstance(types.value, dict) else {}
        for name, node in written.items():
            if _is_said(layer, name):
                chosen[name] = node.value is not False
    own = sorted(name for name in chosen if name not in RELEASE_TYPES)
    return tuple(name for name in (*RELEASE_TYPES, *own) if chosen.get(name))


def _is_said(layer: Node, name: str) -> bool:
    """A preset speaks of types without choosing them."""
    return not layer.mark.file.startswith("windlass/spec/presets/") or name in DEFAULT_TYPES


def policy_tree(name: str, layers: Sequence[Node]) -> Node:
    """The settings of release type ``name``, every layer laid over the ones before."""
    written = [layer.at("release_types", name) for layer in layers]
    general = [_general(layer) for layer in layers]
    both = [part for pair in zip(general, written, strict=True) for part in pair]
    parts = [part for part in (_base(name, written), *both) if _is_mapping(part)]
    return overlay_all(parts)


def _base(name: str, written: Sequence[Node | None]) -> Node:
    start = name
    for node in written:
        like = node.get("like") if node is not None else None
        start = str(like.value) if like is not None else start
    if start in RELEASE_TYPES:
        return packaged("release_types", start)
    mark = next((node.mark for node in written if node is not None), Mark("", 1))
    return Node({}, mark)


def _general(layer: Node) -> Node:
    return layer.without(*(key for key in layer.value if key not in PolicySettings.model_fields))


def _is_mapping(node: Node | None) -> bool:
    return node is not None and isinstance(node.value, dict)

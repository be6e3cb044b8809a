"""What is wrong under ``vendors:``, with the line of each mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from windlass.spec.problems import problems_of
from windlass.spec.source import Mark, Node
from windlass.spec.suggest import allowed, did_you_mean
from windlass.spec.vendor import settings_model
from windlass.spec.vendors import PORTS


@dataclass(frozen=True, slots=True)
class CheckedVendors:
    """``tree`` without the wrong ports; ``ports`` as written, right or wrong."""

    tree: Node
    ports: frozenset[str]
    problems: tuple[str, ...]


def check_vendors(tree: Node) -> CheckedVendors:
    """Check ``vendors:`` of a product's tree: port → vendor → settings."""
    vendors = tree.get("vendors")
    if vendors is None:
        return CheckedVendors(tree, frozenset(), ())
    if not isinstance(vendors.value, dict):
        mark = tree.key_marks.get("vendors", vendors.mark)
        problem = mark.problem("must be a mapping: port: {vendor: {settings}}")
        return CheckedVendors(tree.without("vendors"), frozenset(PORTS), (problem,))
    problems = {port: _port(port, vendors) for port in vendors.value}
    good = vendors.without(*(port for port, found in problems.items() if found))
    return CheckedVendors(
        Node({**tree.value, "vendors": good}, tree.mark, tree.key_marks),
        frozenset(vendors.value),
        tuple(problem for found in problems.values() for problem in found),
    )


def _port(port: str, vendors: Node) -> list[str]:
    node = vendors.value[port]
    mark = vendors.key_marks.get(port, node.mark)
    if port not in PORTS:
        return [mark.problem(f"unknown port{allowed(PORTS)}{did_you_mean(port, PORTS)}")]
    return [problem for one, at in _each(node, mark) for problem in _one(port, one, at)]


def _each(node: Node, mark: Mark) -> Iterator[tuple[Node, Mark]]:
    if isinstance(node.value, list):
        yield from ((one, one.mark) for one in node.value)
    else:
        yield node, mark


def _one(port: str, node: Node, mark: Mark) -> list[str]:
    known = PORTS[port]
    if isinstance(node.value, str):
        node = Node({node.value: Node({}, node.mark)}, node.mark)
    if not isinstance(node.value, dict) or len(node.value) != 1:
        return [mark.problem(f"must name one vendor with its settings{allowed(known)}")]
    ((vendor, settings),) = node.value.items()
    try:
        model = settings_model(port, vendor)
    except ValueError as error:
        return [mark.problem(str(error))]
    if settings.value is None:
        settings = Node({}, node.key_marks.get(vendor, mark))
    try:
        model.model_validate(settings.plain())
    except ValidationError as error:
        return problems_of(error, model, settings)
    return []

"""From YAML to a :class:`Product`: everything read, merged, checked; every problem reported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from windlass.errors import SpecError
from windlass.spec.calendar import Calendar
from windlass.spec.company import Company
from windlass.spec.cross_checks import check_file, check_policy, known_roles
from windlass.spec.dependency_cycles import find_cycle
from windlass.spec.layers import PRESETS, is_packaged, packaged, policy_tree, type_names
from windlass.spec.lenient import Checked, check
from windlass.spec.locate import locate, place_of
from windlass.spec.merge import overlay_all
from windlass.spec.minimums import loosened
from windlass.spec.people import Person, Teams
from windlass.spec.policy import Policy
from windlass.spec.product import Product, ProductFile, ProductSettings
from windlass.spec.project import Project, find_project
from windlass.spec.source import Mark, Node, Path_, read_yaml
from windlass.spec.suggest import allowed, did_you_mean
from windlass.spec.vendor_checks import check_vendors

M = TypeVar("M", bound=BaseModel)
Roles = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Read:
    """What reading a product gave; ``product`` is None when there are problems."""

    product: Product | None
    problems: tuple[str, ...]


def load_product(path: str | Path) -> Product:
    """The product written in ``path``, resolved against its company, teams and calendar.

    Raises:
        SpecError: something is wrong; holds every problem as ``file:line: path: what``.
    """
    read = read_product(path)
    if read.product is None:
        raise SpecError(read.problems)
    return read.product


def read_product(path: str | Path) -> Read:
    """As :func:`load_product`, but returns the problems."""
    file = Path(path).absolute()
    reading = _Reading(file, find_project(file))
    product = reading.product()
    problems = sorted(dict.fromkeys(reading.problems), key=_by_line)
    return Read(None if problems else product, tuple(problems))


def _by_line(problem: str) -> tuple[str, int]:
    file, line, _ = problem.split(":", 2)
    return file, int(line)


class _Reading:
    """One product's files on their way; collects problems as it goes."""

    def __init__(self, path: Path, project: Project) -> None:
        self.path, self.project = path, project
        self.problems: list[str] = []
        self.ports: frozenset[str] = frozenset()
        self.company, self.company_tree = self.optional(project.company, Company)
        self.teams, _ = self.optional(project.teams, Teams)

    def product(self) -> Product | None:
        """The product; what is wrong is in ``problems`` then."""
        tree = self.tree(self.path)
        if tree is None:
            return None
        if not isinstance(tree.value, dict):
            self.problems.append(tree.mark.problem("must be a mapping that starts with product:"))
            return None
        layers = self.layers(tree)
        merged = overlay_all(layers)
        types = type_names(layers)
        calendar = self.calendar(merged)
        file = self.file(merged, types)
        if file is None:
            return None
        roles = known_roles(file, self.teams)
        policies = {name: self.policy(name, layers, file, roles) for name in types}
        whole = {name: policy for name, policy in policies.items() if policy is not None}
        if self.problems or calendar is None:
            return None
        return self.resolved(file, whole, calendar, roles)

    def file(self, merged: Node, types: tuple[str, ...]) -> ProductFile | None:
        """The product as written, without its release types."""
        checked_vendors = check_vendors(merged)
        self.problems += checked_vendors.problems
        checked = self.checked(ProductFile, self.without_types(checked_vendors.tree))
        if checked.value is None:
            return None
        ports = checked_vendors.ports
        self.add(merged, checked, check_file(checked.value, self.teams, types, ports))
        self.cycle(checked.value, merged)
        self.ports = ports
        return checked.value

    def policy(
        self, name: str, layers: list[Node], file: ProductFile, roles: Roles
    ) -> Policy | None:
        """One release type, whole."""
        tree = policy_tree(name, layers)
        named = Node({**tree.value, "name": Node(name, tree.mark)}, tree.mark, tree.key_marks)
        checked = self.checked(Policy, named)
        if checked.value is None:
            return None
        found = check_policy(file, checked.value, roles, self.ports)
        self.add(named, checked, found, below=("release_types", name))
        if self.company is not None and self.company_tree is not None:
            minimums = self.company.minimums
            self.problems += loosened(checked.value, named, minimums, self.company_tree)
        return checked.value.tightened()

    def resolved(
        self, file: ProductFile, policies: dict[str, Policy], calendar: Calendar, roles: Roles
    ) -> Product:
        """Everything put together."""
        own = {name: getattr(file, name) for name in ProductSettings.model_fields}
        return Product.model_validate(
            {
                **own,
                "roles": {role: names for role, names in roles.items() if names},
                "people": dict(self.teams.people) if self.teams else _unmapped(roles),
                "calendar": calendar,
                "release_types": policies,
                "root": str(self.project.root),
                "source": str(self.path),
            }
        )

    def layers(self, tree: Node) -> list[Node]:
        """What the product is laid over, and the product."""
        company = self.company_tree
        defaults = company.get("defaults") if company else None
        found = [defaults]
        extends = tree.get("extends")
        if extends is not None:
            named = company.get("named") if company else None
            found.append(self.choice(extends, named.value if named else {}))
        preset = tree.get("preset") or (defaults.get("preset") if defaults else None)
        if preset is not None:
            found.append(self.choice(preset, {name: packaged("presets", name) for name in PRESETS}))
        return [*(node for node in found if node and isinstance(node.value, dict)), tree]

    def choice(self, node: Node, known: dict[str, Node]) -> Node | None:
        """The one of ``known`` that ``node`` names."""
        name = str(node.value)
        if name not in known:
            hint = f"{allowed(known)}{did_you_mean(name, known)}" if known else "; there is none"
            self.problems.append(node.mark.problem(f"there is no {name!r}{hint}"))
        return known.get(name)

    def calendar(self, merged: Node) -> Calendar | None:
        """The product's calendar, with the freezes that the company demands."""
        node = merged.get("calendar")
        calendar = self.one_calendar(str(node.value) if node else "company", node)
        required = self.company.minimums.freezes if self.company else None
        if calendar is None or required is None or required == calendar.calendar:
            return calendar
        more = self.one_calendar(required, node)
        if more is None:
            return None
        return calendar.model_copy(update={"freezes": (*calendar.freezes, *more.freezes)})

    def one_calendar(self, name: str, node: Node | None) -> Calendar | None:
        """The calendar of that name; one without freezes when nobody asked for it by name."""
        path = self.project.include / "calendars" / f"{name}.yaml"
        if path.is_file():
            calendar, tree = self.optional(path, Calendar)
            if calendar is not None and tree is not None and calendar.calendar != name:
                at = locate(tree, ("calendar",))
                self.problems.append(at.problem(f"is {calendar.calendar!r}; the file is {name!r}"))
            return calendar
        if node is None:
            return Calendar(calendar=name)
        self.problems.append(node.mark.problem(f"there is no {shown(path)}"))
        return None

    def cycle(self, file: ProductFile, merged: Node) -> None:
        """No product may need itself by way of others."""
        way = find_cycle(file.product, tuple(file.depends_on), self.path.parent)
        if way is not None and len(way) > 2:
            at = locate(merged, ("depends_on", way[1]))
            self.problems.append(at.problem(f"a circle: {' → '.join(way)}; take one arrow away"))

    def without_types(self, merged: Node) -> Node:
        """Each type is checked when it is whole: what it only changes may be incomplete here."""
        types = merged.get("release_types")
        if types is None or not isinstance(types.value, dict):
            return merged
        for name, node in types.value.items():
            if not isinstance(node.value, dict | bool | None):
                mark = types.key_marks.get(name, node.mark)
                self.problems.append(mark.problem("must be a mapping of settings, yes or no"))
        return merged.without("release_types")

    def optional(self, path: Path, model: type[M]) -> tuple[M | None, Node | None]:
        """A file that need not be there."""
        tree = self.tree(path) if path.is_file() else None
        return (self.checked(model, tree).value, tree) if tree is not None else (None, None)

    def checked(self, model: type[M], tree: Node) -> Checked[M]:
        """The model, without its wrong parts if need be, so that the rest is checked too."""
        checked = check(model, tree)
        self.problems += checked.problems
        return checked

    def tree(self, path: Path) -> Node | None:
        """The file's tree."""
        node, problems = read_yaml(path, shown(path))
        self.problems += problems
        return node

    def add(
        self,
        tree: Node,
        checked: Checked[M],
        found: Iterable[tuple[Path_, str]],
        below: Path_ = (),
    ) -> None:
        """Findings of cross checks, unless they only echo what was told already.

        What comes from Windlass's own files is told at the head of the product's file, at the
        place ``below`` which would change it.
        """
        for loc, what in found:
            place = place_of(tree, loc)
            if checked.concerns((*place.trail, *place.missing)):
                continue
            mark = locate(tree, loc)
            if is_packaged(mark):
                mark = Mark(shown(self.path), 1, (*below, *loc))
            self.problems.append(mark.problem(what))


def shown(path: Path) -> str:
    """The path as people see it: short below the current folder, else whole."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _unmapped(roles: Roles) -> dict[str, Person]:
    """Without a teams.yaml, a person's name is the user id."""
    names = sorted({name for names in roles.values() for name in names})
    return {name: Person(airflow=name) for name in names}

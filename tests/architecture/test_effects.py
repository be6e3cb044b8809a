"""What changes the world is called inside an effect, and nowhere else.

An effect is a function ``do`` or ``write`` that is handed to ``once`` or ``converge``, which keep
it from happening twice. Only the name of a method is looked at, not what it is called on: a method
that is named like an effect and is none stands in ``NO_EFFECT`` with the reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from windlass.adapters.registry import PORT_TYPES
from windlass.ports.effect import Idempotency, effect_methods
from windlass.tasks.starting import Starter

PACKAGE = Path(__file__).resolve().parents[2] / "plugins" / "windlass"
#: Every room that can reach an adapter; adapters themselves are what is called.
ROOMS = (
    "tasks", "connections.py", "airflow_api.py", "airflow_internals.py", "triggers", "operators",
    "timetables", "witness", "board", "factory", "cli",
)  # fmt: skip
PORTS = {**PORT_TYPES, "airflow": Starter}
KINDS = {
    f"{port}.{method}": idempotency
    for port, kind in PORTS.items()
    for method, idempotency in effect_methods(kind).items()
}
NAMES = frozenset(kind.partition(".")[2] for kind in KINDS)

#: Methods that only look. A new method of a port is put here, or marked as an effect.
READS = {
    "source_control": {"changed_lines", "compare", "contains", "resolve", "tag_message"},
    "tracker": {"find", "get", "is_released", "planned", "reported_against"},
    "documents": {"read"},
    "dashboards": {"read"},
    "meetings": {"read"},
    "surveys": {"find", "responses"},
    "messages": {"find"},
    "pipelines": {"find", "poll", "report"},
    "deployments": {"available", "current", "rehearse"},
    "infrastructure": {"drift"},
    "configuration": {"drift"},
    "metrics": {"read"},
    "logs": {"count"},
    "errors": {"new_groups"},
    "status_page": {"read"},
    "calendar": {"read"},
    "flags": {"read"},
    "incidents": {"find", "linked_to", "open_incidents"},
    "change_records": {"find"},
    "backups": {"find", "newest", "prove_restore"},
    "probes": {"request"},
    "airflow": {"has", "task_states"},
}

#: Names of effects that are names of fields too: spans start, windows and incidents are open.
FIELDS = {"start", "open", "schedule"}

#: ``file: expression`` → why it is no effect of a release.
NO_EFFECT = {
    "tasks/publishing.py: ledger.documents.publish": "the ledger's own record of the files",
    "tasks/teams.py: ledger.documents.publish": "the ledger's own record of who holds which role",
    "board/acting.py: verbs.cancel": "a person's verb: an event in the ledger",
    "cli/verbs.py: doing.cancel": "the same verb at the command line",
    "cli/judge.py: Path(path).open": "a file of the person who asks, read",
    "tasks/validation/rehearsing.py: self.ran.clear": "a list of this process, emptied",
    "timetables/sprint.py: self.schedule": "a method that works out dates",
    "airflow_api.py: http.post": "logs in; asks for a token and leaves nothing behind",
}


@dataclass(frozen=True, slots=True)
class Use:
    """A method named like an effect: where, as it is written, and inside which functions."""

    line: int
    expression: str
    inside: tuple[ast.AST, ...]


def is_method(mention: ast.Attribute, parent: ast.AST) -> bool:
    """Whether it is called, or may be handed on to be called: a field is named like no effect."""
    if isinstance(parent, ast.Call) and parent.func is mention:
        return True
    owner = ast.unparse(mention.value).rpartition(".")[2]
    return mention.attr not in FIELDS or owner in {*PORTS, "starter"}


def uses(node: ast.AST, inside: tuple[ast.AST, ...] = ()) -> Iterator[Use]:
    """Every mention of a method named like an effect, called or handed on."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Attribute) and child.attr in NAMES and is_method(child, node):
            yield Use(child.lineno, ast.unparse(child), inside)
        named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from uses(child, (*inside, child) if named else inside)


def effects(node: ast.AST) -> Iterator[tuple[ast.Call, dict[str, ast.expr]]]:
    """Every call of ``once`` or ``converge`` with its named arguments."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            words = {word.arg: word.value for word in call.keywords if word.arg}
            if call.func.attr in ("once", "converge") and {"do", "write"} & set(words):
                yield call, words


def is_handed_over(inside: tuple[ast.AST, ...]) -> bool:
    """Whether one of these nested functions is a ``do`` or ``write`` that an effect is made of."""
    for outer, inner in pairwise(inside):
        name = getattr(inner, "name", "")
        if name in ("do", "write") and any(
            isinstance(words.get(name), ast.Name) and ast.unparse(words[name]) == name
            for _, words in effects(outer)
        ):
            return True
    return False


def wild(source: str) -> list[tuple[int, str]]:
    """Line and expression of every method named like an effect outside of one."""
    return [
        (use.line, use.expression)
        for use in uses(ast.parse(source))
        if not is_handed_over(use.inside)
    ]


def modules() -> list[Path]:
    rooms = [PACKAGE / room for room in ROOMS]
    return sorted(
        path for room in rooms for path in ([room] if room.is_file() else room.rglob("*.py"))
    )


def found() -> dict[str, str]:
    """``file: expression`` → where, of every use outside of an effect."""
    return {
        f"{path.relative_to(PACKAGE)}: {expression}": f"{path.relative_to(PACKAGE)}:{line}"
        for path in modules()
        for line, expression in wild(path.read_text(encoding="utf-8"))
    }


def test_every_call_that_changes_the_world_is_inside_an_effect() -> None:
    wrong = [f"{where}: {use}" for use, where in found().items() if use not in NO_EFFECT]
    assert not wrong, "call it in a do or write handed to once or converge:\n" + "\n".join(wrong)


def test_every_exception_is_still_needed() -> None:
    assert set(NO_EFFECT) <= set(found())


def test_every_room_above_the_adapters_is_looked_at() -> None:
    """A new room is either searched, or one that cannot reach a port."""
    below = {"adapters", "decisions", "ledger", "plan", "ports", "spec", "templates"}
    below |= {"__init__.py", "errors.py", "get_provider_info.py", "plugin.py", "preloading.py"}
    below |= {"py.typed"}
    there = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert there == {*ROOMS, *below}


@pytest.mark.parametrize(
    "source",
    [
        "async def row(release):\n    await release.ports.tracker.create(marker='m')",
        "async def row(port):\n    await port.expose('eu', package, 5)",
        "async def row(port):\n    later(port.retract)",
        "async def do(port):\n    await port.publish(page)",
        "async def row(port):\n    async def do():\n        await port.post(m)\n    await do()",
        "async def row(r, port):\n    await r.once(t, 'n', find=f, do=port.post)",
        "async def row(r, incidents):\n    await r.once(t, 'n', find=f, do=incidents.open)",
    ],
)
def test_a_call_outside_of_an_effect_would_be_found(source: str) -> None:
    assert wild(source)


@pytest.mark.parametrize("name,verb", [("do", "once"), ("write", "converge")])
def test_a_call_inside_of_an_effect_is_fine(name: str, verb: str) -> None:
    assert not wild(
        f"async def row(r, port):\n    async def {name}():\n        await port.post(m)\n"
        f"    await r.{verb}(t, 'n', {name}={name})"
    )


@pytest.mark.parametrize("path", sorted((PACKAGE / "tasks").rglob("*.py")), ids=lambda p: p.stem)
def test_an_effect_of_a_task_says_what_it_is_as_its_port_does(path: Path) -> None:
    """``kind`` decides which adapter's deadline counts; ``idempotency`` is the port's word."""
    for call, words in effects(ast.parse(path.read_text(encoding="utf-8"))):
        if "kind" not in words or ast.unparse(words["kind"]) == "kind":
            assert path.name == "release.py"
            continue
        kind = ast.literal_eval(words["kind"])
        assert kind in KINDS, f"{path}:{call.lineno}: {kind}"
        if "idempotency" in words:
            said = ast.unparse(words["idempotency"]).partition(".")[2]
            assert said == KINDS[kind].name, f"{path}:{call.lineno}: {kind}"


@pytest.mark.parametrize("port", PORTS)
def test_every_method_of_a_port_is_a_read_or_says_how_it_stays_single(port: str) -> None:
    methods = {name for name in vars(PORTS[port]) if not name.startswith("_")}
    marked = effect_methods(PORTS[port])
    assert all(isinstance(mark, Idempotency) for mark in marked.values())
    assert methods - set(marked) == READS[port]
    if {Idempotency.MARKER, Idempotency.NATIVE_KEY} & set(marked.values()):
        assert READS[port] & {"find", "read"}, "nothing finds what an earlier try made"

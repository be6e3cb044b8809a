"""What a dry run writes down instead of doing it, and where it keeps that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import TypeAdapter

from windlass.adapters.durable_files import append_line, locked

T = TypeVar("T")

#: Every name that a dry run makes up begins so.
SIMULATED = "dry-run:"


@dataclass(frozen=True, slots=True)
class Call:
    """One call that would have changed the world; plain JSON throughout.

    Attributes:
        port, medium, method: who would have been called; ``medium`` is the adapter's class.
        would: what would have happened, for people.
        arguments: what it was called with.
        answer: what the dry run answered in its place.
    """

    port: str
    medium: str
    method: str
    would: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    answer: Any = None

    def to_json(self) -> dict[str, Any]:
        """The call as an event can carry it."""
        return asdict(self)


class Store(Protocol):
    """Keeps the calls of one dry run, in order, for every process that takes part in it."""

    def append(self, call: Call) -> None:
        """Add ``call`` at the end."""
        ...

    def calls(self) -> Iterator[Call]:
        """Every call so far, oldest first."""
        ...


class MemoryStore:
    """For a dry run that happens in one process."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def append(self, call: Call) -> None:
        """See :class:`Store`."""
        self._calls.append(call)

    def calls(self) -> Iterator[Call]:
        """See :class:`Store`."""
        return iter(tuple(self._calls))


class FileStore:
    """For processes that share a file; one JSON line a call."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, call: Call) -> None:
        """See :class:`Store`."""
        with locked(self._path.with_suffix(".lock")):
            append_line(self._path, json.dumps(call.to_json(), ensure_ascii=False))

    def calls(self) -> Iterator[Call]:
        """See :class:`Store`; a line torn by a kill was never a call."""
        if not self._path.exists():
            return
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                document = json.loads(line)
            except ValueError:
                continue
            yield Call(**document)


class Log:
    """The calls of one adapter in a store."""

    def __init__(self, port: str, medium: str, store: Store) -> None:
        self._port, self._medium, self._store = port, medium, store

    def add(self, method: str, would: str, answer: object = None, **arguments: object) -> None:
        """Write down a call; values of ports become JSON."""
        plain = {name: to_json(value) for name, value in arguments.items()}
        self._store.append(Call(self._port, self._medium, method, would, plain, to_json(answer)))

    def calls(self, *methods: str) -> list[Call]:
        """The calls of ``methods`` (all when none is named), oldest first."""
        return [
            call
            for call in self._store.calls()
            if (call.port, call.medium) == (self._port, self._medium)
            and (not methods or call.method in methods)
        ]

    def last(self, method: str, **arguments: object) -> Call | None:
        """The newest call of ``method`` with these arguments."""
        wanted = {name: to_json(value) for name, value in arguments.items()}
        for call in reversed(self.calls(method)):
            if all(call.arguments.get(name) == value for name, value in wanted.items()):
                return call
        return None


def to_json(value: object) -> Any:
    """A port's value as plain JSON; :func:`from_json` gives it back."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return TypeAdapter(type(value)).dump_python(value, mode="json")


def from_json(kind: type[T], value: object) -> T:
    """A port's value from its JSON."""
    return TypeAdapter(kind).validate_python(value)

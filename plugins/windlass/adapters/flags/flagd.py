"""Feature flags in a file of flagd's format (schema of 0.11), which flagd or an SDK watches.

A flag is on for ``percent`` of users by flagd's ``fractional`` targeting, and for audiences by the
context attribute ``audience``. It must have been defined by its developers, with two variants, one
``true`` and one ``false``; targeting that people wrote by hand is not touched. One file may serve
all places, or its path holds ``{environment}`` and ``{region}``: each place has its own then.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from windlass.adapters.durable_files import locked, write_atomic
from windlass.adapters.records import Record, load
from windlass.errors import InputError, RefusedByVendor, TerminalError
from windlass.ports.connection import Connect
from windlass.ports.flags import FlagState
from windlass.spec.suggest import allowed, did_you_mean
from windlass.spec.vendors import FlagdSettings

#: flagd wants whole weights: hundredths of a percent.
_WHOLE = 10_000


class FlagdFlags:
    """Flags by key; setting a state twice changes nothing."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(
        self,
        settings: FlagdSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
    ) -> None:
        self._root = root
        self._pattern = settings.path

    async def read(self, target: str, flag: str) -> FlagState | None:
        """See the port.

        Raises:
            TerminalError: the flag is not one that Windlass can read back.
        """
        return await asyncio.to_thread(self._read, target, flag)

    async def set(self, target: str, flag: str, state: FlagState) -> None:
        """See the port."""
        if not 0 <= state.percent <= 100:
            raise InputError(f"{state.percent} % is no exposure; allowed: 0 to 100")
        await asyncio.to_thread(self._set, target, flag, state)

    def _read(self, target: str, flag: str) -> FlagState | None:
        path = self._path(target)
        found = load(path).get("flags", {}).get(flag) if path.exists() else None
        return None if found is None else _state(f"{path}: {flag}", found)

    def _set(self, target: str, flag: str, state: FlagState) -> None:
        path = self._path(target)
        with locked(path.with_name(f".{path.name}.lock")):
            document = load(path) if path.exists() else {}
            flags = document.get("flags", {})
            if flag not in flags:
                raise RefusedByVendor(
                    f"{path} has no flag {flag!r}; its developers define it first"
                    f"{allowed(flags)}{did_you_mean(flag, flags)}"
                )
            if _state(f"{path}: {flag}", flags[flag]) != _kept(state):
                flags[flag] = _written(f"{path}: {flag}", flags[flag], state)
                write_atomic(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")

    def _path(self, target: str) -> Path:
        environment, _, region = target.partition("/")
        for name in (environment, region or environment):
            if not name.replace("-", "").replace("_", "").isalnum():
                raise InputError(f"{target!r} is not the name of an environment or a region of it")
        pattern = self._pattern.replace("{environment}", environment)
        return self._root / pattern.replace("{region}", region or environment)


def _variants(where: str, flag: Record) -> tuple[str, str]:
    """The names of the variants that mean on and off."""
    variants = flag.get("variants", {})
    on = [name for name, value in variants.items() if value is True]
    off = [name for name, value in variants.items() if value is False]
    if len(on) != 1 or len(off) != 1:
        raise TerminalError(f"{where}: needs one variant that is true and one that is false")
    return on[0], off[0]


def _written(where: str, flag: Record, state: FlagState) -> Record:
    on, off = _variants(where, flag)
    made = {name: value for name, value in flag.items() if name != "targeting"}
    made["state"] = "ENABLED"
    made["defaultVariant"] = on if state.on and state.percent == 100 else off
    rule = _targeting(on, off, state)
    return made if rule is None else {**made, "targeting": rule}


def _targeting(on: str, off: str, state: FlagState) -> Any:
    """The rule for ``state``; None where the default variant says it all."""
    if not state.on or (state.percent == 100 and not state.audiences):
        return None
    weight = _weight(state)
    part: Any = {"fractional": [[on, weight], [off, _WHOLE - weight]]}
    if not state.audiences:
        return part
    if weight in (0, _WHOLE):
        part = on if weight else off
    return {"if": [{"in": [{"var": "audience"}, list(state.audiences)]}, on, part]}


def _weight(state: FlagState) -> int:
    return round(state.percent * _WHOLE / 100)


def _kept(state: FlagState) -> FlagState:
    """The state as the file can hold it: an off flag remembers nothing, hundredths of a percent."""
    if not state.on:
        return FlagState(on=False)
    return FlagState(on=True, percent=_weight(state) / 100, audiences=state.audiences)


def _state(where: str, flag: Record) -> FlagState:
    on, off = _variants(where, flag)
    rule = flag.get("targeting") or None
    if flag.get("state") != "ENABLED":
        return FlagState(on=False)
    if rule is None:
        everybody = flag.get("defaultVariant") == on
        return FlagState(on=True, percent=100.0) if everybody else FlagState(on=False)
    state = _parsed(rule, on, off)
    if state is None or _targeting(on, off, state) != rule:
        raise TerminalError(
            f"{where}: its targeting was written by hand; Windlass can neither read nor replace it"
        )
    return state


def _parsed(rule: Any, on: str, off: str) -> FlagState | None:
    try:
        audiences: tuple[str, ...] = ()
        if "if" in rule:
            condition, _, rule = rule["if"]
            audiences = tuple(condition["in"][1])
        known = {on: 100.0, off: 0.0}
        if isinstance(rule, str):
            return FlagState(on=True, percent=known[rule], audiences=audiences)
        return FlagState(on=True, percent=rule["fractional"][0][1] / 100, audiences=audiences)
    except (KeyError, IndexError, TypeError, ValueError):
        return None  # the caller says what is wrong

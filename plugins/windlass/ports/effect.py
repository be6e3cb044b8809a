"""How calls that change the world are kept from happening twice."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])

#: Name of the attribute that :func:`changes_the_world` leaves on a method.
MARK = "__changes_the_world__"


class Idempotency(StrEnum):
    """What tells a second try that the first one happened.

    ``NATIVE_KEY``: the vendor takes a key of ours and refuses doubles. ``NATURAL_KEY``: the thing
    has a name of its own (a tag, a page). ``MARKER``: we leave a mark and search for it.
    ``STATE``: the call sets a state, so doing it again changes nothing. ``LEDGER_ONLY``: the
    vendor cannot tell; only the ledger's record keeps it single.
    """

    NATIVE_KEY = "native_key"
    NATURAL_KEY = "natural_key"
    MARKER = "marker"
    STATE = "state"
    LEDGER_ONLY = "ledger_only"


def changes_the_world(idempotency: Idempotency) -> Callable[[Method], Method]:
    """Mark a port's method as an effect; the recorder and the lint look for the mark."""

    def mark(method: Method) -> Method:
        setattr(method, MARK, idempotency)
        return method

    return mark


def effect_methods(port: type) -> dict[str, Idempotency]:
    """The methods of ``port`` (a Protocol) that change the world, by name."""
    found = {}
    for name in dir(port):
        mark = getattr(getattr(port, name), MARK, None)
        if mark is not None:
            found[name] = mark
    return found

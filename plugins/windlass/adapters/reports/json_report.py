"""Taking JSON reports apart: what is missing or of the wrong kind is said with its place."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from windlass.errors import TerminalError


def load(content: bytes, name: str) -> Any:
    """The JSON in ``content``.

    Raises:
        TerminalError: there is none.
    """
    try:
        return json.loads(content)
    except ValueError as error:
        raise TerminalError(f"{name}: not JSON: {error}") from error


def listed(found: Any, name: str, what: str) -> list[Any]:
    """``found``, which must be a list.

    Raises:
        TerminalError: it is not; ``what`` says where in the file.
    """
    if not isinstance(found, list):
        raise TerminalError(f"{name}: {what} must be a list, found {type(found).__name__}")
    return found


def mapped(found: Any, name: str, what: str) -> Mapping[str, Any]:
    """``found``, which must be an object.

    Raises:
        TerminalError: it is not; ``what`` says where in the file.
    """
    if not isinstance(found, dict):
        raise TerminalError(f"{name}: {what} must be an object, found {type(found).__name__}")
    return found


def number(found: Any, name: str, what: str) -> float:
    """``found``, which must be a finite number that is not negative.

    Raises:
        TerminalError: it is not; ``what`` says where in the file.
    """
    good = isinstance(found, int | float) and not isinstance(found, bool)
    if not good or not math.isfinite(found) or found < 0:
        raise TerminalError(f"{name}: {what} must be a number from 0 up, found {found!r}")
    return float(found)

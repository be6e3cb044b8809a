"""The JSON object that a command printed, whatever else it printed before."""

from __future__ import annotations

import json
from typing import Any

from windlass.adapters.commands import Finished
from windlass.errors import TerminalError


def last_object(done: Finished, what: str) -> dict[str, Any]:
    """The last line of standard output that is a JSON object, or all of it when it is one.

    Raises:
        TerminalError: there is none; ``what`` names the command.
    """
    text = done.out.decode(errors="replace").strip()
    for candidate in (text, *reversed(text.splitlines())):
        try:
            found = json.loads(candidate)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    raise TerminalError(f"{what} printed no JSON object: {done.tail(300)!r}")

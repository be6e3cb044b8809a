"""Where the commands print: a terminal keeps its width, a pipe or a file gets whole lines."""

from __future__ import annotations

from rich.console import Console

#: Columns without a terminal: wide enough that no table or tree is cut on its way to a file.
UNBOUNDED = 400


def console() -> Console:
    """A console on standard output."""
    made = Console()
    return made if made.is_terminal else Console(width=UNBOUNDED)

"""What a failed test tells besides its assertion: what the ledger has of its product."""

from __future__ import annotations

import json

from windlass.ledger import Event, Ledger

#: The last events of a release, and the most characters of each.
LAST, WIDTH = 60, 200


def told(ledger: Ledger, product: str) -> str:
    """The last events of every release of ``product``, a line each."""
    lines: list[str] = []
    for stream in ledger.streams(f"{product}."):
        lines += [stream.stream, *map(_line, ledger.events(stream.stream)[-LAST:])]
    return "\n".join(lines) or "no release was opened"


def _line(event: Event) -> str:
    data = json.dumps(dict(event.data), default=str)
    return f"{event.seq:5d} {event.at:%T.%f} {event.type} by {event.by}: {data}"[:WIDTH]

"""One release's events as one file, and its verification without the ledger.

The file is JSON: what it is, the ledger's id, the stream, its head (signed, when the ledger has a
key), then the events, one a line. Each event's ``hash`` is the SHA-256 of the RFC 8785 form of its
other fields, so any language can check it. ``python -m windlass.ledger.export FILE [PUBLIC_KEY]``
checks one without a database, Airflow or the network.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from windlass.errors import InputError
from windlass.ledger.canonical import JSON, canonical, loads
from windlass.ledger.chain import HASHED, Point, Verification, chain_problems
from windlass.ledger.event import Event
from windlass.ledger.signing import SignedHead, signature_problem

FORMAT = "windlass ledger export 1"


def written_export(
    ledger_id: str, stream: str, events: Iterable[Event], signed: SignedHead | None
) -> str:
    """The export file of ``stream``."""
    lines = [canonical(event.as_json()) for event in events]
    last = json.loads(lines[-1])
    header = {
        "format": FORMAT,
        "ledger": ledger_id,
        "stream": stream,
        "head": {"seq": last["seq"], "hash": last["hash"]},
        "signed_head": None if signed is None else signed.as_json(),
    }
    return json.dumps(header, indent=1)[:-2] + ',\n "events": [\n' + ",\n".join(lines) + "\n]}\n"


def verify_export(text: str, public_key: str | None = None) -> Verification:
    """Check an export offline.

    Args:
        text: the file.
        public_key: PEM of the ledger's public key, from a source you trust. Without it an edit,
            a deletion or a reordering is found, but not a file rewritten from the start.
    """
    try:
        document = loads(text)
        stream, events, head = _parts(document)
        signed = document["signed_head"]
        signed_head = None if signed is None else SignedHead.from_json(signed)
        points = [Point(int(head["seq"]), str(head["hash"]), "the file's head")]
        if signed_head is not None:
            points.append(Point(signed_head.seq, signed_head.hash, "the signed head"))
        problems = chain_problems(stream, events, points)
    except (ValueError, KeyError, TypeError, AttributeError, InputError) as error:
        return Verification((f"this is not a ledger export: {error!r}",))
    if not events or events[-1]["seq"] != head["seq"]:
        problems.append(f"{stream}: the file's head is not its last event")
    found, notes = _signature(stream, signed_head, len(events), public_key)
    return Verification((*problems, *found), notes, streams=1, events=len(events))


def _parts(
    document: Mapping[str, JSON],
) -> tuple[str, list[Mapping[str, JSON]], Mapping[str, JSON]]:
    if document["format"] != FORMAT:
        raise InputError(f"format {document['format']!r}; this Windlass reads {FORMAT!r}")
    events: list[Mapping[str, JSON]] = [
        {name: event[name] for name in (*HASHED, "hash")} for event in document["events"]
    ]
    return str(document["stream"]), events, document["head"]


def _signature(
    stream: str, signed: SignedHead | None, count: int, public_key: str | None
) -> tuple[list[str], tuple[str, ...]]:
    if signed is None:
        problems = [f"{stream}: the head is not signed"] if public_key else []
        return problems, () if problems else ("the head is not signed",)
    if signed.stream != stream:
        return [f"{stream}: the signed head is that of {signed.stream}"], ()
    if public_key is None:
        return [], ("the signature was not checked: no public key given",)
    problem = signature_problem(signed, public_key)
    problems = [] if problem is None else [f"{stream}: {problem}"]
    if signed.seq < count:
        problems.append(f"{stream}: only the first {signed.seq} of {count} events are signed for")
    return problems, ()


def main(arguments: list[str]) -> int:
    """Verify the file named first, with the public key file named second. Exit code 0, 1 or 2."""
    if len(arguments) not in (1, 2):
        sys.stderr.write("usage: python -m windlass.ledger.export FILE [PUBLIC_KEY.pem]\n")
        return 2
    try:
        text, *key = (Path(name).read_text(encoding="utf-8") for name in arguments)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    found = verify_export(text, key[0] if key else None)
    for line in (*found.problems, *(f"note: {note}" for note in found.notes)):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{'verified' if found.ok else 'NOT verified'}: {found.events} events\n")
    return 0 if found.ok else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""HTTP/1.1 framing on asyncio streams: whole messages in, the same bytes out.

Only what the demo's own programs speak: `Content-Length` bodies, keep-alive, no chunks, no
upgrades. Anything else is refused, never guessed.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

LARGEST_BODY = 1 << 20
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:[ \t]*close[ \t]*\r\n", re.IGNORECASE)
_REFUSED = re.compile(rb"\r\n(transfer-encoding|upgrade|expect):", re.IGNORECASE)


class WireError(Exception):
    """The peer sent something that this framing does not read."""


@dataclass(frozen=True, slots=True)
class Message:
    """One request or response: its head (with the blank line) and its body, as received."""

    head: bytes
    body: bytes

    @property
    def raw(self) -> bytes:
        """The message as it goes over the wire."""
        return self.head + self.body

    @property
    def words(self) -> list[bytes]:
        """The first line in three parts: method, target, version or version, status, reason."""
        return self.head.split(b"\r\n", 1)[0].split(b" ", 2)

    @property
    def status(self) -> int:
        """The status of a response."""
        return int(self.words[1])

    @property
    def closes(self) -> bool:
        """Whether the sender closes the connection after this message."""
        return _CLOSE.search(self.head) is not None or b"HTTP/1.0" in self.words

    def header(self, name: str) -> str | None:
        """The first header called `name`, or None."""
        pattern = rb"\r\n" + re.escape(name.encode()) + rb":([^\r\n]*)"
        found = re.search(pattern, self.head, re.IGNORECASE)
        return found[1].decode("latin-1").strip() if found else None


async def read(reader: asyncio.StreamReader, *, bodiless: bool = False) -> Message | None:
    """The next message, or None when the peer closed the connection between messages.

    Args:
        reader: The connection.
        bodiless: The message answers a HEAD: its length says nothing about what follows.

    Raises:
        WireError: It is not a message that we read.
        asyncio.IncompleteReadError: The connection ended in the middle of one.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise
    except asyncio.LimitOverrunError as error:
        raise WireError("the head is larger than 64 KiB") from error
    length = 0 if bodiless else body_length(head)
    return Message(head, await reader.readexactly(length) if length else b"")


def body_length(head: bytes) -> int:
    """How many bytes of body follow this head.

    Raises:
        WireError: The head asks for a framing that is not by length, or names two lengths.
    """
    refused = _REFUSED.search(head)
    if refused is not None:
        raise WireError(f"{refused[1].decode()} is not supported")
    found = _LENGTH.findall(head)
    if not found:
        return 0
    if len(found) > 1 or not found[0].isdigit():
        raise WireError("Content-Length must be given once, as a whole number")
    length = int(found[0])
    if length > LARGEST_BODY:
        raise WireError(f"a body of {length} bytes; at most {LARGEST_BODY}")
    return length


def response(status: int, reason: str, body: bytes, kind: str, **headers: str) -> Message:
    """A response with a length; header names are given with underscores for dashes."""
    lines = [f"HTTP/1.1 {status} {reason}", f"Content-Type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return Message("\r\n".join(lines).encode("latin-1"), body)


def request(method: str, path: str, host: str, body: bytes, **headers: str) -> Message:
    """A request with a length; header names are given with underscores for dashes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body or method in {"PUT", "POST"}:
        lines.append(f"Content-Length: {len(body)}")
    return Message("\r\n".join([*lines, "", ""]).encode("latin-1"), body)

"""Kept-alive connections to one HTTP server, shared by many requests."""

from __future__ import annotations

import asyncio
from collections import deque
from urllib.parse import urlsplit

from demo import wire

CONNECT_SECONDS = 2.0
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NotSent(Exception):
    """No connection could be had: the request was never sent, so another server may get it."""


class Lost(Exception):
    """The server went away, or was silent too long, after the request was sent."""


class Connections:
    """Idle connections to `url`; opens a new one when none is idle."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or not parts.port:
            raise ValueError(f"{url!r}: expected http://HOST:PORT")
        self.host = parts.hostname
        self.port = parts.port
        self._idle: deque[Connection] = deque()
        self._closed = False

    async def exchange(self, request: wire.Message, seconds: float) -> wire.Message:
        """Send a request and read its response, in at most `seconds` once sent.

        Raises:
            NotSent: No connection.
            Lost: The request went out and no whole response came back.
        """
        reader, writer = await self._take()
        try:
            writer.write(request.raw)
            async with asyncio.timeout(seconds):
                reply = await wire.read(reader, bodiless=request.head.startswith(b"HEAD "))
        except TimeoutError as error:
            writer.close()
            raise Lost(f"no answer in {seconds} s") from error
        except (OSError, EOFError, wire.WireError) as error:
            writer.close()
            raise Lost(str(error) or type(error).__name__) from error
        except asyncio.CancelledError:
            writer.close()
            raise
        if reply is None:
            writer.close()
            raise Lost("the server closed the connection")
        if reply.closes or self._closed:
            writer.close()
        else:
            self._idle.append((reader, writer))
        return reply

    async def _take(self) -> Connection:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await asyncio.open_connection(self.host, self.port)
        except (OSError, TimeoutError) as error:
            raise NotSent(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """Close what is idle and keep nothing any more; a request in flight still finishes."""
        self._closed = True
        while self._idle:
            self._idle.pop()[1].close()

"""A small HTTP server: one coroutine answers every request, kept-alive connections included."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from demo import wire

Answer = Callable[[wire.Message], Awaitable[wire.Message]]


class Listener:
    """Serves on 127.0.0.1 until closed.

    Args:
        answer: Gives the response to a request.
        malformed: Called when a client sent something that is no request; it gets a 400.
    """

    def __init__(self, answer: Answer, malformed: Callable[[], None] = lambda: None) -> None:
        self._answer = answer
        self._malformed = malformed
        self._server: asyncio.Server | None = None
        self._clients: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.url = ""

    async def start(self, port: int = 0) -> str:
        """Open the port, a free one for 0; the address."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port, backlog=512)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self.url

    def stop_accepting(self) -> None:
        """Close the port; connections that are open go on."""
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        """Close the port and every connection, and wait for their tasks to end."""
        self.stop_accepting()
        for writer in self._clients.values():
            writer.close()
        if self._clients:
            await asyncio.wait(self._clients)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._client(reader, writer))
        self._clients[task] = writer
        task.add_done_callback(self._clients.pop)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await wire.read(reader)) is not None:
                reply = await self._answer(request)
                writer.write(reply.raw)
                await writer.drain()
                if request.closes or reply.closes:
                    break
        except wire.WireError as error:
            self._malformed()
            writer.write(wire.response(400, "Bad Request", f"{error}\n".encode(), "text/plain").raw)
        except (OSError, EOFError):
            pass  # the client left; what it asked for was answered or is its own loss
        finally:
            writer.close()

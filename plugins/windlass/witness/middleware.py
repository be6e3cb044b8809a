"""The ASGI middleware: look at writes to releases before and after Airflow does them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from windlass.errors import LedgerError
from windlass.witness.acts import Act, act_of
from windlass.witness.payload import body_of
from windlass.witness.user import user_of
from windlass.witness.watching import Refusal, Watch, watches_of

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: No write to a release that a person makes is larger.
LARGEST_BODY = 256 * 1024
log = logging.getLogger(__name__)


class Witness:
    """Wraps the API server's app. Every other request passes after one test of method and path."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        act = act_of(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if act is None:
            await self.app(scope, receive, send)
        else:
            await self._witnessed(act, scope, receive, send)

    async def _witnessed(self, act: Act, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            await _say(send, 413, f"a change of a release is at most {LARGEST_BODY} bytes")
            return
        watches: list[Watch] = []
        try:
            user = await user_of(scope)
            if user is not None:
                query = scope.get("query_string", b"").decode("latin-1")
                watches = await asyncio.to_thread(watches_of, act, user, body_of(body), query)
                await asyncio.to_thread(_before, watches)
        except Refusal as refusal:
            await _say(send, refusal.status, str(refusal))
            return
        except Exception as problem:  # whatever breaks here must not be done unseen
            log.exception("the witness could not write down %s", act)
            await _say(send, 503, _unwritten(problem))
            return
        reply = _Reply()
        await self.app(scope, _again(body), reply.take if watches else send)
        for watch in watches:
            await self._after(watch, reply)
        await reply.pass_on(send)

    async def _after(self, watch: Watch, reply: _Reply) -> None:
        try:
            await asyncio.to_thread(watch.after, reply.status, body_of(reply.body))
        except Exception:  # Airflow has done it: the task and the watchdog write it down instead
            log.exception("the witness could not write down how %s ended", watch.act)


def _before(watches: Sequence[Watch]) -> None:
    """Write down what is asked of each release; where one may not be asked, none is."""
    for number, watch in enumerate(watches):
        try:
            watch.before()
        except Refusal as refusal:
            for asked in watches[: number + 1]:
                asked.refused(refusal.status, str(refusal))
            raise


class _Reply:
    """A response held back until what it answers is written down."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status, self.body = 500, b""

    async def take(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    async def pass_on(self, send: Send) -> None:
        for message in self.messages:
            await send(message)


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None when it is too large."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return body


def _again(body: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _unwritten(problem: Exception) -> str:
    cause = str(problem) if isinstance(problem, LedgerError) else type(problem).__name__
    return f"not done: the release's ledger could not be written ({cause}). Try again."


async def _say(send: Send, status: int, detail: str) -> None:
    body = json.dumps({"detail": detail}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

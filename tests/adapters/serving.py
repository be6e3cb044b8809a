"""A real HTTP server in the test's own event loop, with pages a test may change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp


@dataclass
class Pages:
    """What is served: text by path. A path that is not there answers 503."""

    url: str
    texts: dict[str, str]
    asked: list[str] = field(default_factory=list)


@asynccontextmanager
async def serving(texts: dict[str, str]) -> AsyncIterator[Pages]:
    """Serve ``texts`` by path."""
    pages = Pages("", dict(texts))

    async def answer(request: Request) -> Response:
        pages.asked.append(request.url.path)
        text = pages.texts.get(request.url.path)
        return PlainTextResponse(text or "", 200 if text is not None else 503)

    async with application(Starlette(routes=[Route("/{path:path}", answer)])) as url:
        pages.url = url
        yield pages


@asynccontextmanager
async def application(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application on a free port of this machine; its address."""
    import uvicorn

    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign] # a thread may not install them
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task

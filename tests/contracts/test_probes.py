"""What every ``probes`` adapter must do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.adapters.serving import application
from windlass.adapters.registry import choices
from windlass.errors import InputError
from windlass.ports.probes import Probes


async def echo(request: Request) -> Response:
    body = (await request.body()).decode()
    return PlainTextResponse(f"{request.method} {body}", 201, {"X-Storefront-Version": "1.1.0"})


async def slow(request: Request) -> Response:
    await asyncio.sleep(float(request.query_params["seconds"]))
    return PlainTextResponse("late")


ROUTES = [
    Route("/echo", echo, methods=["GET", "POST", "PUT"]),
    Route("/broken", lambda _: PlainTextResponse("down", 500)),
    Route("/moved", lambda _: RedirectResponse("/echo")),
    Route("/slow", slow),
    Route("/big", lambda _: PlainTextResponse("x" * 1_000_000)),
]


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with application(Starlette(routes=ROUTES)) as address:
        yield address


@pytest.fixture(params=choices("probes"))
def probes(request: pytest.FixtureRequest, make: Callable[..., Any]) -> Probes:
    return make("probes", request.param, None)


async def test_the_answer_carries_status_body_headers_and_duration(
    probes: Probes, url: str
) -> None:
    answer = await probes.request(f"{url}/echo")
    assert (answer.status, answer.body, answer.problem) == (201, "GET ", "")
    assert answer.headers["x-storefront-version"] == "1.1.0"
    assert 0 < answer.seconds < 5


async def test_a_body_is_sent(probes: Probes, url: str) -> None:
    answer = await probes.request(f"{url}/echo", method="POST", body='{"item": 1}')
    assert answer.body == 'POST {"item": 1}'


async def test_an_error_status_is_an_answer(probes: Probes, url: str) -> None:
    answer = await probes.request(f"{url}/broken")
    assert (answer.status, answer.body) == (500, "down")


async def test_a_redirect_is_followed(probes: Probes, url: str) -> None:
    assert (await probes.request(f"{url}/moved")).status == 201


async def test_nobody_listening_is_an_answer_too(probes: Probes) -> None:
    answer = await probes.request("http://127.0.0.1:9/")
    assert answer.status == 0
    assert answer.problem


async def test_an_answer_that_is_late_is_a_problem(probes: Probes, url: str) -> None:
    answer = await probes.request(f"{url}/slow?seconds=0.5", timeout=0.05)
    assert answer.status == 0
    assert answer.problem
    assert answer.seconds < 0.5


async def test_a_large_body_is_cut(probes: Probes, url: str) -> None:
    answer = await probes.request(f"{url}/big")
    assert answer.status == 200
    assert len(answer.body) == 64 * 1024


@pytest.mark.parametrize("bad", ["file:///etc/passwd", "ftp://x", "localhost", ""])
async def test_only_http_addresses_are_probed(probes: Probes, bad: str) -> None:
    with pytest.raises(InputError, match="not a URL to probe"):
        await probes.request(bad)


async def test_only_http_methods_are_used(probes: Probes, url: str) -> None:
    with pytest.raises(InputError, match="no HTTP method"):
        await probes.request(f"{url}/echo", method="GET\r\nX: y")

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import AsyncExitStack

from demo import wire
from demo.backends import Wish
from demo.connections import Connections
from demo.listener import Listener
from demo.router import Router
from demo.tally import Tally
from tests.demo.conftest import Backend, backend, in_time, until

Routed = tuple[Router, str]


async def ask(connections: Connections) -> wire.Message:
    return await connections.exchange(wire.request("GET", "/", "shop", b""), 10.0)


async def test_traffic_follows_the_weights(router: Routed) -> None:
    made, url = router
    async with backend("1.0.0") as old, backend("1.1.0") as new:
        made.table.replace([old.wish(75), new.wish(25)])
        connections = Connections(url)
        replies = await in_time(asyncio.gather(*(ask(connections) for _ in range(200))))
        versions = Counter(reply.header("X-Storefront-Version") for reply in replies)
        connections.close()
    assert versions == {"1.0.0": 150, "1.1.0": 50}


async def test_no_request_is_lost_while_weights_flip_and_backends_stop(router: Routed) -> None:
    """Six generations of backends come and go under load; each stops once it has drained."""
    made, url = router
    tally, stop = Tally(), asyncio.Event()
    connections = Connections(url)

    async def shopper() -> None:
        while not stop.is_set():
            tally.reply("browse", await ask(connections), 0.0)

    async with AsyncExitStack() as stack:
        stable = await stack.enter_async_context(backend("1.0.0"))
        made.table.replace([stable.wish(100)])
        shoppers = [asyncio.create_task(shopper()) for _ in range(16)]
        for generation in range(6):
            async with backend(f"1.{generation}.1") as guest:
                for weight in (0, 5, 50, 100, 25, 100):
                    made.table.replace([stable.wish(100 - weight), guest.wish(weight)])
                    seen = guest.answered + stable.answered
                    await until(lambda seen=seen, guest=guest: _more(seen, guest, stable))
                made.table.replace([stable.wish(100)])
                await until(lambda: not made.table.leaving())
                assert guest.answered > 0
        stop.set()
        await in_time(asyncio.gather(*shoppers))
    connections.close()
    assert tally.answered.total() > 300
    assert tally.failed_by_rollout == 0


def _more(seen: int, *backends: Backend) -> bool:
    return sum(b.answered for b in backends) >= seen + 20


async def test_a_removed_backend_finishes_what_it_has_and_gets_nothing_new(router: Routed) -> None:
    made, url = router
    async with backend("1.0.0") as old, backend("1.1.0") as new:
        made.table.replace([old.wish(100)])
        old.gate.clear()
        connections = Connections(url)
        slow = asyncio.create_task(ask(connections))
        await until(lambda: old.waiting)
        made.table.replace([new.wish(100)])
        assert [b.in_flight for b in made.table.leaving()] == [1]
        quick = await ask(connections)
        old.gate.set()
        assert quick.header("X-Storefront-Version") == "1.1.0"
        assert (await slow).header("X-Storefront-Version") == "1.0.0"
        assert made.table.leaving() == []
        connections.close()


async def test_a_backend_that_refuses_is_passed_over(router: Routed) -> None:
    made, url = router
    async with backend("1.1.0") as gone:
        await gone.listener.close()
        async with backend("1.0.0") as old:
            made.table.replace([gone.wish(50), old.wish(50)])
            connections = Connections(url)
            replies = [await ask(connections) for _ in range(4)]
            connections.close()
    assert {reply.header("X-Storefront-Version") for reply in replies} == {"1.0.0"}
    assert 'router_connect_failures_total{region="eu-west",version="1.1.0"} 2' in (
        made.counters.text()
    )


async def test_a_request_that_was_sent_is_not_sent_again(router: Routed) -> None:
    made, url = router
    requests = 0

    async def crash(_: wire.Message) -> wire.Message:
        nonlocal requests
        requests += 1
        raise ConnectionResetError

    listener = Listener(crash)
    crashing = Wish("1.1.0", await listener.start(), 100)
    async with backend("1.0.0") as old:
        made.table.replace([crashing, old.wish(0)])
        connections = Connections(url)
        reply = await ask(connections)
        connections.close()
    await listener.close()
    assert (reply.status, reply.header("X-Router-Error")) == (502, "backend_lost")
    assert (requests, old.answered) == (1, 0)
    text = made.counters.text()
    assert 'http_errors_total{region="eu-west",version="1.1.0"} 1' in text
    assert 'router_failed_requests_total{region="eu-west",reason="backend_lost"} 1' in text


async def test_without_a_backend_the_router_says_so_itself(router: Routed) -> None:
    made, url = router
    connections = Connections(url)
    reply = await ask(connections)
    connections.close()
    assert (reply.status, json.loads(reply.body)) == (503, {"error": "no_backend"})
    assert 'router_failed_requests_total{region="eu-west",reason="no_backend"} 1' in (
        made.counters.text()
    )


async def test_errors_and_times_are_counted_per_version(router: Routed) -> None:
    made, url = router
    async with backend("1.2.0", status=500) as bad, backend("1.1.0") as good:
        made.table.replace([bad.wish(50), good.wish(50)])
        connections = Connections(url)
        for _ in range(10):
            await ask(connections)
        connections.close()
    text = made.counters.text()
    assert 'http_requests_total{region="eu-west",version="1.2.0"} 5' in text
    assert 'http_errors_total{region="eu-west",version="1.2.0"} 5' in text
    assert 'http_errors_total{region="eu-west",version="1.1.0"} 0' in text
    assert 'http_request_seconds_bucket{region="eu-west",version="1.1.0",le="+Inf"} 5' in text


async def test_nonsense_from_a_client_is_answered_with_400(router: Routed) -> None:
    _, url = router
    connections = Connections(url)
    bad = wire.Message(b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"")
    assert (await connections.exchange(bad, 5.0)).status == 400
    connections.close()

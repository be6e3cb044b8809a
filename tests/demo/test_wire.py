from __future__ import annotations

import asyncio

import pytest

from demo import wire


def stream(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


async def test_messages_come_out_as_they_went_in() -> None:
    first = wire.request("POST", "/checkout", "shop", b"cart", X_Request_Id="1")
    second = wire.request("GET", "/", "shop", b"")
    reader = stream(first.raw + second.raw)
    assert await wire.read(reader) == first
    assert await wire.read(reader) == second
    assert await wire.read(reader) is None


async def test_the_answer_to_head_has_a_length_and_no_body() -> None:
    reader = stream(b"HTTP/1.1 200 OK\r\nContent-Length: 812\r\n\r\n")
    reply = await wire.read(reader, bodiless=True)
    assert reply is not None
    assert (reply.status, reply.body) == (200, b"")


async def test_a_message_cut_short_is_an_error() -> None:
    with pytest.raises(asyncio.IncompleteReadError):
        await wire.read(stream(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"))


@pytest.mark.parametrize(
    "header",
    [
        b"Transfer-Encoding: chunked",
        b"Upgrade: websocket",
        b"Expect: 100-continue",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: five",
        b"Content-Length: -1",
        b"Content-Length: 99999999",
    ],
)
async def test_framing_that_is_not_understood_is_refused(header: bytes) -> None:
    with pytest.raises(wire.WireError):
        await wire.read(stream(b"POST / HTTP/1.1\r\n" + header + b"\r\n\r\nhello"))


def test_headers_are_found_whatever_their_case() -> None:
    reply = wire.response(200, "OK", b"", "text/plain", Connection="Close")
    assert reply.header("content-TYPE") == "text/plain"
    assert reply.header("Missing") is None
    assert reply.closes

"""The warehouse's stock feed, which every page of the shop asks.

The feed drops 2 requests in 1,000. Which ones depends on the request id alone, so the same
traffic sees the same failures.
"""

from __future__ import annotations

from hashlib import blake2b

DROPPED_PER_MILLE = 2


class StockUnavailable(Exception):
    """The stock feed did not answer this request."""


def ask(request_id: str) -> None:
    """Ask the feed.

    Raises:
        StockUnavailable: The feed dropped this request.
    """
    digest = blake2b(request_id.encode(), digest_size=4).digest()
    if int.from_bytes(digest, "big") % 1000 < DROPPED_PER_MILLE:
        raise StockUnavailable("the stock feed did not answer")

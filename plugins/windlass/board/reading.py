"""From the ledger to what pages are made of. Blocking: call it in a thread.

Open releases are kept folded in memory, and one that has not moved is not read again: the first
page costs one query for the heads of all of them, and one more for each that moved.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from windlass.board.book import Book
from windlass.board.home import MOST_ENDED, Home, home_of
from windlass.board.live import ProductLive, products_of
from windlass.board.release_page import ReleasePage, release_page
from windlass.board.snapshot import Folded, Snapshot, folded, snapshot
from windlass.errors import InputError
from windlass.ledger import Event, Ledger
from windlass.ledger.views.live import LIVE_TYPES
from windlass.tasks.line import stopped_lines

#: Which of some DAGs the reader may see.
MaySee = Callable[[Collection[str]], Collection[str]]
#: How long an ended release stays on the first page.
RECENT = timedelta(days=30)
#: A product may be seen by whoever may see one of its DAGs.
TYPES = ("minor", "major", "patch", "flag", "emergency", "rollback")


class Reader:
    """Reads one ledger for all the pages of a process."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._lock = threading.Lock()
        self._open: dict[str, Folded] = {}

    def home(self, user: str, may_see: MaySee) -> Home:
        """The first page as ``user`` (an Airflow id) may see it."""
        now, book = _now(), Book(self.ledger)
        streams = [info.stream for info in book.streams(open_only=True)]
        products = products_of(book.select(LIVE_TYPES), book.claims.all(), now=now)
        ended = book.select(("release.ended",), after=now - RECENT)[-MOST_ENDED * 4 :]
        seen = set(may_see(_dags(streams, ended, products)))
        return home_of(
            self._snapshots(book, [s for s in streams if _dag(s) in seen], streams),
            user=user,
            products=tuple(p for p in products if seen & set(_dags_of(p.product))),
            stopped=stopped_lines(book),
            ended=[event for event in ended if _dag(event.stream) in seen],
        )

    def release(
        self, stream: str, user: str, *, may_change: bool, before: int | None = None
    ) -> ReleasePage:
        """The page of one release.

        Raises:
            InputError: there is no such release.
        """
        book = Book(self.ledger)
        events = book.events(stream)
        known = folded(stream, events)
        if known is None:
            raise InputError(f"the ledger has no release {stream!r}")
        return release_page(
            snapshot(known, book, clock=_now),
            events,
            user=user,
            chain=self.ledger.verify(stream),
            may_change=may_change,
            before=before,
        )

    def _snapshots(
        self, book: Book, streams: Collection[str], open_ones: Collection[str]
    ) -> list[Snapshot]:
        """Those of ``streams``, as they stand; ``open_ones`` are all that are worth keeping."""
        heads = book.heads(streams)
        with self._lock:
            kept = {name: self._open[name] for name in open_ones if name in self._open}
        found: dict[str, Folded] = {}
        for name in streams:
            known = kept.get(name)
            if known is None or known.view.seq != heads[name].seq:
                known = folded(name, book.events(name))
            if known is not None:
                found[name] = known
        with self._lock:
            self._open = {**kept, **found}
        return [snapshot(known, book, clock=_now) for known in found.values()]


def _now() -> datetime:
    return datetime.now(UTC)


def _dag(stream: str) -> str:
    return stream.partition("/")[0]


def _dags_of(product: str) -> tuple[str, ...]:
    return tuple(f"{product}.{kind}" for kind in TYPES)


def _dags(
    streams: Collection[str], ended: Collection[Event], products: Collection[ProductLive]
) -> set[str]:
    return {
        *(_dag(stream) for stream in streams),
        *(_dag(event.stream) for event in ended),
        *(dag for product in products for dag in _dags_of(product.product)),
    }

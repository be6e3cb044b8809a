"""Half-open stretches of time, ``[start, end)``, and their set arithmetic.

Half-open means that 16:00 is no longer inside "10:00-16:00", that 15:59:59.999 still is, and that
"mon" and "tue" meet at midnight without a hole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple


class Span(NamedTuple):
    """From ``start`` (inside) to ``end`` (outside), both UTC."""

    start: datetime
    end: datetime

    def covers(self, instant: datetime) -> bool:
        """Whether ``instant`` is inside."""
        return self.start <= instant < self.end


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as ``spans``, sorted; those that overlap or touch are one; empty ones go."""
    joined: list[Span] = []
    for span in sorted(spans):
        if span.end <= span.start:
            continue
        if joined and span.start <= joined[-1].end:
            if span.end > joined[-1].end:
                joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined


def joined_up(spans: Iterable[Span]) -> Iterator[Span]:
    """Lazily: a sorted stream in which neighbours that touch become one."""
    pending: Span | None = None
    for span in spans:
        if pending is not None and span.start <= pending.end:
            pending = Span(pending.start, max(pending.end, span.end))
            continue
        if pending is not None:
            yield pending
        pending = span
    if pending is not None:
        yield pending


def without(spans: Iterable[Span], closed: Iterable[Span]) -> Iterator[Span]:
    """Lazily: what is left of the sorted stream ``spans`` outside the sorted stream ``closed``."""
    rest = iter(closed)
    block = next(rest, None)
    for span in spans:
        left = span.start
        while block is not None and block.end <= left:
            block = next(rest, None)
        while block is not None and block.start < span.end:
            if block.start > left:
                yield Span(left, block.start)
            left = max(left, block.end)
            if block.end >= span.end:
                break
            block = next(rest, None)
        if left < span.end:
            yield Span(left, span.end)


def within_both(ones: Iterable[Span], others: Iterable[Span]) -> Iterator[Span]:
    """Lazily: the time that is in both sorted streams."""
    left, right = iter(ones), iter(others)
    one, other = next(left, None), next(right, None)
    while one is not None and other is not None:
        start, end = max(one.start, other.start), min(one.end, other.end)
        if start < end:
            yield Span(start, end)
        if one.end <= other.end:
            one = next(left, None)
        else:
            other = next(right, None)

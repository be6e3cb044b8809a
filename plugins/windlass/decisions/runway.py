"""The time left before the next close, against the work that is left."""

from __future__ import annotations

from datetime import datetime, timedelta

from windlass.decisions.verdict import Outcome, Verdict
from windlass.decisions.windows.state import WindowState


def runway(state: WindowState, p90_remaining: timedelta | None) -> Verdict:
    """Whether the work that is left fits before the next close.

    Ask ``state_at`` with business hours for the rollout of one region, and with no hours
    (``windows=()``) for a whole release that may rest overnight but must not meet a freeze.

    Args:
        state: open or closed, and until when.
        p90_remaining: the time that nine of ten such releases need; ``None``: nobody knows.

    Returns:
        PASS when it fits; FAIL when it is closed or does not fit; INCONCLUSIVE when it is open but
        nobody knows how long the work takes. ``figures``: ``left_seconds``, ``needed_seconds``.

    >>> from datetime import UTC
    >>> at = datetime(2026, 12, 18, 9, tzinfo=UTC)
    >>> close = datetime(2026, 12, 18, 11, tzinfo=UTC)
    >>> state = WindowState(at, True, "", next_close=close, closes_for="freeze year end")
    >>> runway(state, timedelta(hours=3)).reasons
    ('needs 3 h (P90), but only 2 h are left before freeze year end',)
    """
    if not state.open:
        return Verdict(Outcome.FAIL, (f"closed: {state.why}",))
    left = None if state.next_close is None else state.next_close - state.at
    figures = {
        "left_seconds": None if left is None else left.total_seconds(),
        "needed_seconds": None if p90_remaining is None else p90_remaining.total_seconds(),
    }
    if left is None:
        return Verdict(Outcome.PASS, ("nothing closes within the horizon",), figures)
    if p90_remaining is None:
        why = f"{in_words(left)} are left before {state.closes_for}; nobody knows what is needed"
        return Verdict(Outcome.INCONCLUSIVE, (why,), figures)
    if p90_remaining > left:
        why = (
            f"needs {in_words(p90_remaining)} (P90), but only {in_words(left)} are left "
            f"before {state.closes_for}"
        )
        return Verdict(Outcome.FAIL, (why,), figures)
    why = f"needs {in_words(p90_remaining)} (P90) of the {in_words(left)} before {state.closes_for}"
    return Verdict(Outcome.PASS, (why,), figures)


def latest_start(close: datetime, p90_remaining: timedelta) -> datetime:
    """The last moment at which work of that length still fits before ``close``."""
    return close - p90_remaining


def in_words(length: timedelta) -> str:
    """A length as people say it: ``3 d 4 h``, ``2 h 5 min``, ``40 s``."""
    seconds = int(length.total_seconds())
    parts: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "no time"

"""The end of an error message: what would have been right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"``, or nothing when no known word is close.

    >>> did_you_mean("datdog", ["datadog", "prometheus"])
    "; did you mean 'datadog'?"
    >>> did_you_mean("zzz", ["datadog"])
    ''
    """
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.7)
    return f"; did you mean {close[0]!r}?" if close else ""


def allowed(known: Iterable[str]) -> str:
    """``"; allowed: a, b"`` in a stable order."""
    return "; allowed: " + ", ".join(sorted(known))

"""The post-incident review that an emergency owes, and what it does to later releases.

=====================  ================  =============  ==============
review                 policy            ordinary       emergency
=====================  ================  =============  ==============
not yet due            warn or block     free           free
overdue                warn              free, told     free
overdue                block             waits          free
done                   warn or block     free           free
=====================  ================  =============  ==============
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from windlass.decisions.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedReview:
    """Owed by ``owner`` for ``release`` in ``environment``; ``done_at`` None: still owed."""

    release: str
    environment: str
    owner: str
    due: datetime
    done_at: datetime | None = None

    def overdue(self, now: datetime) -> bool:
        """Whether it is owed and late. The day it is due is not late."""
        return self.done_at is None and now > self.due


def may_start(
    owed: Iterable[OwedReview], environment: str, *, emergency: bool, block: bool, now: datetime
) -> Verdict:
    """Whether a release may start in ``environment``: ``FAIL`` waits, ``MARGINAL`` only warns."""
    late = [r for r in owed if r.environment == environment and r.overdue(now)]
    if not late:
        return Verdict(Outcome.PASS, (f"no post-incident review is overdue for {environment}",))
    lines = tuple(
        f"the post-incident review of {r.release} was due on {r.due.date()}: {r.owner} owes it"
        for r in sorted(late, key=lambda r: (r.due, r.release))
    )
    if emergency:
        return Verdict(Outcome.PASS, (*lines, "an emergency does not wait for it"))
    return Verdict(Outcome.FAIL if block else Outcome.MARGINAL, lines)

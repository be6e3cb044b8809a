"""What people do on a page: they answer, and they use verbs. Blocking: call it in a thread.

Whether they may is decided by :mod:`windlass.tasks.answering` and :mod:`windlass.tasks.verbs`, as
everywhere. A waiting task wakes because the ledger moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from windlass.errors import InputError
from windlass.ledger import Ledger
from windlass.tasks import verbs
from windlass.tasks.answering import answer
from windlass.tasks.opening import Connect, take_up
from windlass.tasks.overriding import override
from windlass.tasks.people import person_called
from windlass.tasks.release import Release


class Actor:
    """One user's acts on the releases of a ledger.

    Args:
        connect: builds a product's ports; an abort rolls back with them, a postponement tells.
        user: the Airflow user's id.
    """

    def __init__(self, ledger: Ledger, connect: Connect, user: str) -> None:
        self.ledger, self.connect, self.user = ledger, connect, user

    def answer(
        self, release_id: str, question: str, option: str, fields: Mapping[str, str]
    ) -> None:
        """Answer a question as it was shown: what has changed since is another question.

        Raises:
            InputError: the answer does not count; says why.
        """
        release = self._release(release_id)
        by = person_called(release.product, self.user)
        answer(release, question, option, by=by, at=datetime.now(UTC), fields=fields)

    def use(self, release_id: str, verb: str, form: Mapping[str, str]) -> None:
        """Hold, resume, postpone, override, cancel or abort.

        Args:
            form: ``reason`` for all of them; ``to`` of a postponement (empty: the next Day 0) and
                ``target`` of an override: the name of what it steps over.

        Raises:
            InputError: no such verb, or the person may not; says why.
            WindlassError: not all of it could be done now; the release's own tasks go on with it.
        """
        release = self._release(release_id)
        by = person_called(release.product, self.user)
        reason = form.get("reason", "")
        match verb:
            case "hold":
                verbs.hold(release, by=by, reason=reason)
            case "resume":
                verbs.resume(release, by=by, reason=reason)
            case "postpone":
                to = _instant(form.get("to", ""))
                asyncio.run(verbs.postpone(release, by=by, reason=reason, to=to))
            case "override":
                override(release, form.get("target", ""), by=by, reason=reason)
            case "cancel":
                verbs.cancel(release, by=by, reason=reason)
            case "abort":
                asyncio.run(verbs.abort(release, by=by, reason=reason))
            case _:
                raise InputError(f"no such verb: {verb!r}")

    def _release(self, release_id: str) -> Release:
        return take_up(
            self.ledger, release_id, connect=self.connect, clock=lambda: datetime.now(UTC)
        )


def _instant(text: str) -> datetime | None:
    """What a browser's field for date and time holds: no zone, and the page's times are UTC."""
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError(f"{text!r} is not a date with a time, such as 2026-12-01T10:00") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)

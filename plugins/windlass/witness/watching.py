"""One act of one person on one release: checked before, written down after."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from windlass.connections import airflow_ports, configured_ledger
from windlass.errors import InputError
from windlass.ledger.views.folding import fold
from windlass.ledger.views.release import Asked
from windlass.tasks.answering import answer, check, shown_by
from windlass.tasks.attesting import take_failure, take_mark
from windlass.tasks.opening import take_up
from windlass.tasks.people import person_called
from windlass.tasks.release import Release
from windlass.witness.acts import Act, Kind
from windlass.witness.payload import fields_of, kept, name_of, option_of, text_of

#: Acts on a whole DAG: they concern every release of it that is exposed.
WIDE = frozenset({Kind.PAUSE, Kind.DELETE_DAG})
SUCCESS, FAILED = "success", "failed"
NOT_ASKED = "nothing is asked here any more; open the release's page to see what is"


class Refusal(Exception):
    """The act is refused: an HTTP status and a sentence for the person."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(text)


class Watch:
    """An act from before Airflow sees it until after.

    Args:
        user: id of the user in Airflow.
        body: the request's JSON.
        query: the query string; ``force=true`` passes what is refused while users are exposed.
    """

    def __init__(self, act: Act, user: str | None, body: Mapping[str, Any], query: str) -> None:
        self.act, self.user, self.body = act, user or "", body
        self.force = "force=true" in query
        self.id = uuid.uuid4().hex
        self.ledger = configured_ledger()
        run = act.run or str(body.get("dag_run_id") or "")
        self.stream = f"{act.dag}/{run}" if run else ""

    def is_ours(self) -> bool:
        """Whether this concerns a release of the ledger."""
        if self.act.kind in WIDE:
            return bool(self.ledger.streams(prefix=f"{self.act.dag}/", open_only=True))
        return bool(self.stream) and self.ledger.head(self.stream) is not None

    def before(self) -> None:
        """Write down what is asked; refuse what may not be.

        Raises:
            Refusal: with the reason.
            LedgerError: it cannot be written down, so it must not be done.
        """
        if self.act.kind in WIDE or self.act.kind is Kind.DELETE_RUN:
            self._refuse_while_exposed()
        if self.act.kind in WIDE:
            return
        self._write("person.asked", body=kept(self.body))
        if self.act.kind is Kind.ANSWER:
            self._check_answer()

    def after(self, status: int, reply: Mapping[str, Any]) -> None:
        """Write down how it ended, and what follows from it."""
        if self.act.kind in WIDE:
            return
        if status >= 400:
            why = text_of(reply.get("detail", ""))
            self._write("person.was_refused", status=status, reason=why)
            return
        self._write("person.did", status=status)
        if self.act.kind is Kind.ANSWER:
            self._answer(option_of(self.body))
        elif self.act.kind is Kind.MARK and self.body.get("new_state") == SUCCESS:
            self._marked()
        elif self.act.kind is Kind.MARK and self.body.get("new_state") == FAILED:
            note = text_of(self.body.get("note") or "")
            take_failure(self._release, self.act.task, by=self.by, note=note)
        elif self.act.kind is Kind.CLEAR and not self.body.get("dry_run", True):
            self._cleared(reply)

    def _check_answer(self) -> None:
        """Refuse an answer that cannot count, with the reason, before Airflow takes it."""
        asked, option = self._asked(), option_of(self.body)
        if asked is None:
            self._write("person.was_refused", status=409, reason=NOT_ASKED)
            raise Refusal(409, NOT_ASKED)
        if not option:
            return  # Airflow says what is wrong with it
        question, fields = str(asked.question["id"]), fields_of(self.body)
        try:
            check(self._release, question, option, by=self.by, fields=fields)
        except InputError as problem:
            self._write("person.was_refused", status=403, reason=str(problem))
            raise Refusal(403, str(problem)) from problem

    def _answer(self, option: str) -> None:
        asked = self._asked()
        if asked is None:
            return
        try:
            answer(
                self._release,
                str(asked.question["id"]),
                option,
                by=self.by,
                at=datetime.now(UTC),
                fields=fields_of(self.body),
            )
        except InputError as problem:
            self._write("person.was_refused", status=200, reason=str(problem))

    def _marked(self) -> None:
        """A mark of a seat is a signature; of a check by its owner an attestation; else nothing."""
        note = text_of(self.body.get("note") or "")
        take_mark(self._release, self.act.task, by=self.by, at=datetime.now(UTC), note=note)

    def _cleared(self, reply: Mapping[str, Any]) -> None:
        found = [str(ti["task_id"]) for ti in reply.get("task_instances", ()) if "task_id" in ti]
        if found:
            why = text_of(self.body.get("note") or "cleared")
            self._write("task.cleared", tasks=found, reason=why)

    def _refuse_while_exposed(self) -> None:
        if self.force or (self.act.kind is Kind.PAUSE and not self.body.get("is_paused")):
            return
        for name in self._streams():
            view = fold(name, self.ledger.events(name))
            if view.touched and view.outcome is None and "execution.settle" not in view.records:
                raise Refusal(
                    409,
                    f"{name} is rolling out: use hold or abort ({self.act.kind} would leave its "
                    "rollback to the watchdog); force=true does it all the same",
                )

    def _streams(self) -> list[str]:
        if self.stream:
            return [self.stream]
        return [info.stream for info in self.ledger.streams(f"{self.act.dag}/", open_only=True)]

    def _asked(self) -> Asked | None:
        return shown_by(self._release, self.act.task)

    @property
    def by(self) -> str:
        """The person, by their short name."""
        return name_of(person_called(self._release.product, self.user))

    @property
    def _release(self) -> Release:
        return take_up(
            self.ledger, self.stream, connect=airflow_ports, clock=lambda: datetime.now(UTC)
        )

    def _write(self, kind: str, **data: Any) -> None:
        self.ledger.append(
            self.stream,
            kind,
            {"action": self.act.kind.value, "task": self.act.task, "id": self.id, **data},
            key=f"{kind}#{self.id}",
            at=datetime.now(UTC),
            by=self.by,
        )

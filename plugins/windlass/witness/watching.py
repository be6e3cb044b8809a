"""One act of one person on one release: checked before, written down after."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from windlass.connections import airflow_ports, configured_ledger
from windlass.errors import InputError
from windlass.ledger import Ledger
from windlass.ledger.views.folding import fold
from windlass.ledger.views.release import Asked
from windlass.tasks.answering import answer, check, shown_by
from windlass.tasks.attesting import take_failure, take_mark
from windlass.tasks.opening import take_up
from windlass.tasks.people import person_called
from windlass.tasks.release import Release
from windlass.witness.acts import Act, Kind
from windlass.witness.payload import fields_of, kept, name_of, option_of, state_of, text_of
from windlass.witness.replies import done_of, reason_of
from windlass.witness.spreading import Part, parts_of

#: Acts on a whole DAG: they concern every release of it that is exposed.
WIDE = frozenset({Kind.PAUSE, Kind.DELETE_DAG})
MARKS = frozenset({Kind.MARK, Kind.BULK})
#: After these a task is not performed any more: what comes after it never starts.
STOPS = frozenset({"failed", "skipped"})
NOT_ASKED = "nothing is asked here any more; open the release's page to see what is"
NOT_ALONE = "a mark of several tasks at once is no signature"


class Refusal(Exception):
    """The act is refused: an HTTP status and a sentence for the person."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(text)


def watches_of(act: Act, user: str, body: Mapping[str, Any], query: str) -> list[Watch]:
    """A watch for each release of the ledger that the request is about."""
    ledger, force = configured_ledger(), "force=true" in query
    parts = parts_of(act, body, query, ledger)
    found = [Watch(part, user, ledger, force=force) for part in parts]
    return [watch for watch in found if watch.is_ours()]


class Watch:
    """What one request does to one release, from before Airflow sees it until after.

    Args:
        part: the act, the JSON that is about this release, the tasks it names.
        user: id of the user in Airflow.
        force: whether what is refused while users are exposed is to be done all the same.
    """

    def __init__(self, part: Part, user: str, ledger: Ledger, *, force: bool) -> None:
        self.act, self.body, self.tasks = part.act, part.body, part.tasks
        self.user, self.ledger, self.force = user, ledger, force
        self.id = uuid.uuid4().hex
        self.stream = part.act.release if part.act.run else ""

    def is_ours(self) -> bool:
        """Whether this concerns a release of the ledger."""
        if self.act.kind in WIDE:
            return bool(self.ledger.streams(prefix=f"{self.act.dag}/", open_only=True))
        known = self.stream.isprintable() and bool(self.stream)
        return known and self.ledger.head(self.stream) is not None

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
        self._write("person.asked", body=kept(self.body), **self._named())
        if self.act.kind is Kind.ANSWER:
            self._check_answer()

    def after(self, status: int, reply: Mapping[str, Any]) -> None:
        """Write down how it ended, and what follows from it."""
        if self.act.kind in WIDE:
            return
        tasks = done_of(self.act, self.tasks, reply)
        if status >= 400 or (self.tasks and not tasks):
            self.refused(status, reason_of(reply))
            return
        state = state_of(self.body) if self.act.kind in MARKS else ""
        by_hand = {"tasks": list(tasks), "state": state} if state else {}
        self._write("person.did", status=status, **by_hand)
        if self.act.kind is Kind.ANSWER:
            self._answer(option_of(self.body))
        elif state:
            self._marked(tasks, state)
        elif self.act.kind is Kind.CLEAR and not self.body.get("dry_run", True):
            self._cleared(reply)

    def refused(self, status: int, reason: str) -> None:
        """Write down that it was not done."""
        if self.act.kind not in WIDE:
            self._write("person.was_refused", status=status, reason=text_of(reason))

    def _named(self) -> dict[str, Any]:
        return {"tasks": list(self.tasks)} if self.tasks and not self.act.task else {}

    def _check_answer(self) -> None:
        """Refuse an answer that cannot count, with the reason, before Airflow takes it."""
        asked, option = self._asked(), option_of(self.body)
        if asked is None:
            raise Refusal(409, NOT_ASKED)
        if not option:
            return  # Airflow says what is wrong with it
        question, fields = str(asked.question["id"]), fields_of(self.body)
        try:
            check(self._release, question, option, by=self.by, fields=fields)
        except InputError as problem:
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

    def _marked(self, tasks: tuple[str, ...], state: str) -> None:
        """A mark of a seat is a signature; of a check by its owner an attestation; else nothing.

        One that stops a production task takes users back.
        """
        note = text_of(self.body.get("note") or "")
        if state in STOPS:
            for task in tasks:
                take_failure(self._release, task, by=self.by, state=state, note=note)
        elif self.act.kind is Kind.MARK and not _reaches_others(self.body):
            take_mark(self._release, self.act.task, by=self.by, at=datetime.now(UTC), note=note)
        else:
            self.refused(200, NOT_ALONE)

    def _cleared(self, reply: Mapping[str, Any]) -> None:
        known = [ti for ti in reply.get("task_instances") or () if isinstance(ti, Mapping)]
        mine = [ti for ti in known if ti.get("dag_run_id", self.act.run) == self.act.run]
        found = [str(ti["task_id"]) for ti in mine if "task_id" in ti]
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


def _reaches_others(body: Mapping[str, Any]) -> bool:
    """Whether a mark is of the tasks around it, or of other runs, too."""
    return any(
        body.get(f"include_{which}") for which in ("past", "future", "upstream", "downstream")
    )

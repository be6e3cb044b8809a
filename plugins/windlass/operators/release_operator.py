"""``ReleaseOperator``: one task of one release, as Airflow runs it.

It maps the five results to Airflow: done → success, wait → a deferral, ask → a required action
*and* a deferral, skip → skipped, fail → failed without a retry. All it knows is in the ledger, so
a killed, retried or cleared try goes on where the release is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from windlass.airflow_internals import upsert_hitl_detail
from windlass.errors import TerminalError
from windlass.operators.dying import die_with_parent
from windlass.operators.question_form import form_of, options_of, where_to_read
from windlass.operators.responding import take_answer
from windlass.operators.taking_up import take_up_or_open
from windlass.tasks.perform import perform
from windlass.tasks.question import Question
from windlass.tasks.registry import ROWS
from windlass.tasks.release import Release
from windlass.tasks.results import Ask, Done, Fail, Result, Skip, Wait
from windlass.tasks.showing import asks_in_its_place, shown_as
from windlass.triggers.poll import PollTrigger

#: Airflow ignores ``execution_timeout`` while a task is deferred, so each deferral has its own
#: bound; when it is reached the task is retried, looks, and waits again.
LONGEST_DEFERRAL = timedelta(days=28)
#: Times a task is performed in a row until nothing moves; then it parks, and is looked at again.
CALM_WITHIN = 3


class ReleaseOperator(BaseOperator):
    """Does the task of the frozen plan that has this operator's ``task_id``.

    Args:
        row: the row of the workflow.
        product_file: where the product is read from when this is the first task to run.
        release_type: minor, major …
    """

    ui_color = "#e8f0f7"

    def __init__(self, *, row: str, product_file: str, release_type: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.row, self.product_file, self.release_type = row, product_file, release_type

    def execute(self, context: Context) -> dict[str, Any] | None:
        """Perform the task, waiting a little in place before the slot is given up."""
        die_with_parent()
        release = take_up_or_open(self, context)
        return self._conclude(context, release, *self._perform_in_place(release))

    def resume(self, context: Context, event: Mapping[str, Any]) -> dict[str, Any] | None:
        """Go on after a deferral: something moved, or somebody answered."""
        die_with_parent()
        release = take_up_or_open(self, context)
        if "chosen_options" in event:
            take_answer(release, self.task_id, event)
        return self._conclude(context, release, *self._perform_in_place(release))

    def _perform_in_place(self, release: Release) -> tuple[Result, int]:
        """Perform, and while the answer is a short wait, look again without deferring.

        Returns:
            The result, and the last event that it surely knows of: whatever is written later, by
            somebody who answered meanwhile too, must wake the task that parks with it.
        """
        patience = release.product.inline_wait.total_seconds()
        deadline = time.monotonic() + patience
        while True:
            result, seq = self._perform_until_calm(release)
            if not isinstance(result, Wait) or not 0 < result.every <= patience:
                return result, seq
            if time.monotonic() + result.every > deadline:
                return result, seq
            time.sleep(result.every)

    def _perform_until_calm(self, release: Release) -> tuple[Result, int]:
        """Perform again while the ledger moves under it, so that its own events wake nobody."""
        times = 0
        while True:
            seq, times = release.view.seq, times + 1
            result = asyncio.run(perform(release, self.task_id))
            parks = isinstance(result, Ask) or (isinstance(result, Wait) and not result.every)
            if not parks or release.view.seq == seq or times == CALM_WITHIN:
                return result, seq

    def _conclude(
        self, context: Context, release: Release, result: Result, seq: int
    ) -> dict[str, Any] | None:
        match result:
            case Done(evidence):
                return dict(evidence)
            case Skip(reason):
                raise AirflowSkipException(reason)
            case Fail(reasons):
                raise AirflowFailException("; ".join(reasons))
            case Wait(every=every, until=until, also=also):
                self.log.info("Waits: %s", result.text)
                self._defer(release, seq, every, until, also)
            case Ask(question, until):
                self.log.info("Asks: %s", question.title)
                if question.task == self.task_id or not self._shown_elsewhere(release, question):
                    self._show(context, release, question)
                self._defer(release, seq, 0.0, until, asks=shown_as(release, question))
        return None

    def _show(self, context: Context, release: Release, question: Question) -> None:
        """Put the question among Airflow's required actions, on this task."""
        upsert_hitl_detail(
            ti_id=context["task_instance"].id,
            options=options_of(release, question),
            subject=self.task_display_name,
            body=where_to_read(release),
            params=form_of(question),
        )

    def _shown_elsewhere(self, release: Release, question: Question) -> bool:
        """Whether the question's own task shows it, brought back for that if need be."""
        try:
            return asyncio.run(asks_in_its_place(release, question))
        except TerminalError as problem:
            self.log.warning("%s is asked here: %s", question.task, problem)
            return False

    def _defer(
        self,
        release: Release,
        seq: int,
        every: float,
        until: datetime | None,
        also: Mapping[str, int] = MappingProxyType({}),
        asks: str | None = None,
    ) -> None:
        self.defer(
            trigger=PollTrigger(
                release=release.id,
                task_name=self.task_id,
                seq=seq,
                every=every,
                until=until.astimezone(UTC).isoformat() if until else None,
                look_here=ROWS[self.row].light,
                asks=asks,
                also=also,
            ),
            method_name="resume",
            timeout=LONGEST_DEFERRAL,
        )


class CheckOperator(ReleaseOperator):
    """A check: red parks here and asks."""

    ui_color = "#eef7e8"


class ApprovalSeatOperator(ReleaseOperator):
    """A required approval by one person."""

    ui_color = "#fff3d6"


class ApprovalGateOperator(ReleaseOperator):
    """A gate: decides from the signatures in the ledger."""

    ui_color = "#ffe3b3"


class WaitOperator(ReleaseOperator):
    """Waits for a window, a lock, an instant."""

    ui_color = "#f0f0f0"


class DeployStepOperator(ReleaseOperator):
    """One exposure step."""

    ui_color = "#dce9ff"


class JudgeOperator(ReleaseOperator):
    """Compares the new version with the old one."""

    ui_color = "#e9dcff"


class MonitorOperator(ReleaseOperator):
    """Watches for days."""

    ui_color = "#dff5f2"

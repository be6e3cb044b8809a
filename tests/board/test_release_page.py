"""The page of one release, from its events."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.board.conftest import Shown
from tests.tasks import shop
from tests.tasks.world import LIVE
from windlass.board.gates import gates_of
from windlass.board.phases import phases_of
from windlass.board.questions import questions_of
from windlass.board.release_page import ReleasePage, release_page
from windlass.tasks import overriding, verbs
from windlass.tasks.answering import answer
from windlass.tasks.release import Release
from windlass.tasks.teams import publish


def page(shown: Shown, user: str = "mia", **more: Any) -> ReleasePage:
    events = shown.ledger.events(shown.release.id)
    chain = shown.ledger.verify(shown.release.id)
    known = {"may_change": True, **more}
    return release_page(shown.snapshot, events, user=user, chain=chain, **known)


def sign(release: Release, task: str, by: str, option: str = "Approve", **fields: str) -> None:
    asked = next(a for a in release.view.open_questions() if a.question["task"] == task)
    answer(release, asked.question["id"], option, by=by, at=release.now(), fields=fields)


SEAT = "validation.acceptance.approval."


def test_the_head_says_what_it_is_and_who_answers_for_it(waiting: Shown) -> None:
    found = page(waiting)
    facts = dict(found.facts)
    assert (found.title, found.version, found.release_type) == ("The shop", "1.4.0", "minor")
    assert facts["Started by"] == "ines"
    assert facts["Captain"] == "mia"
    assert facts["Day 0"] == "2026-03-10 10:00:00"
    assert facts["Package"].startswith("sha256:")


def test_a_seat_shows_the_scope_the_checks_and_what_a_signature_covers(waiting: Shown) -> None:
    found = questions_of(waiting.snapshot, "sam")
    mine = found[0]
    assert mine.wait.mine
    assert not found[1].wait.mine
    assert "Gift notes" in {item.title for item in mine.scope}
    assert {check.state for check in mine.checks} == {"PASS"}
    assert {name for name, _ in mine.binds} == {"scope", "package", "plan"}
    assert mine.excluded == (("ines", "started this release"),)


def test_a_gate_says_who_signed_and_who_is_missing(waiting: Shown) -> None:
    sign(waiting.release, SEAT + "stakeholder", "sam")
    gates = {gate.name: gate for gate in gates_of(waiting.snapshot)}
    acceptance = gates["acceptance"]
    assert acceptance.state == "waiting"
    assert acceptance.filled == (("sam", "stakeholder"),)
    assert "mia may sign" in acceptance.missing[0]


def test_a_rejection_shows_its_reason_and_condition(waiting: Shown) -> None:
    sign(
        waiting.release, SEAT + "stakeholder", "sam", "Reject", reason="slow", condition="p95 < 1 s"
    )
    gates = {gate.name: gate for gate in gates_of(waiting.snapshot)}
    (given,) = gates["acceptance"].given
    assert gates["acceptance"].state == "rejected"
    assert (given.said, given.reason, given.condition) == ("rejected", "slow", "p95 < 1 s")


def test_a_signature_for_another_package_is_shown_as_void(waiting: Shown) -> None:
    sign(waiting.release, SEAT + "stakeholder", "sam")
    candidate = {**waiting.release.view.candidate, "digest": "sha256:" + "f" * 64, "attempt": 2}
    waiting.release.record("candidate.built", **candidate)
    gates = {gate.name: gate for gate in gates_of(waiting.snapshot)}
    (given,) = gates["acceptance"].given
    assert given.void
    assert not gates["acceptance"].filled


def test_every_task_of_the_plan_is_in_the_timeline_once(waiting: Shown) -> None:
    lines = [line.id for phase in phases_of(waiting.snapshot) for line in phase.lines]
    assert sorted(lines) == sorted(task.id for task in waiting.release.plan.tasks)


def test_a_task_that_asks_a_task_that_is_done_and_one_to_do(waiting: Shown) -> None:
    phases = phases_of(waiting.snapshot)
    states = {line.id: line.state for phase in phases for line in phase.lines}
    assert states["validation.cut"] == "done"
    assert states[SEAT + "stakeholder"] == "asks"
    assert states["execution.settle"] == "to do"


def test_after_the_end_what_never_ran_says_so(waiting: Shown) -> None:
    verbs.cancel(waiting.release, by="mia", reason="not wanted")
    waiting.release.record("release.ended", key="ended", outcome="cancelled", evidence={})
    phases = phases_of(waiting.snapshot)
    states = {line.id: line.state for phase in phases for line in phase.lines}
    assert states["execution.settle"] == "not run"


def test_the_rollout_shows_targets_pictures_and_verdicts(ended: Shown) -> None:
    rollout = page(ended).rollout
    targets = {target.name: target for target in rollout.targets}
    assert targets["production/eu"].state == "promoted: 1.4.0"
    assert targets["production/eu"].before == LIVE
    assert "<svg" in rollout.exposure
    assert rollout.rates
    assert {verdict.move for verdict in rollout.verdicts} == {"advance"}


def test_verbs_fit_the_moment_and_the_person(waiting: Shown) -> None:
    assert [verb.name for verb in page(waiting).verbs] == ["hold", "postpone", "cancel"]
    assert [verb.name for verb in page(waiting, "sue").verbs] == ["hold"]
    assert page(waiting, "stranger").verbs == ()
    assert page(waiting, may_change=False).verbs == ()
    verbs.hold(waiting.release, by="ops", reason="lunch")
    assert [verb.name for verb in page(waiting).verbs] == ["resume", "postpone", "cancel"]


def test_what_users_see_is_aborted_and_no_longer_cancelled(waiting: Shown) -> None:
    waiting.release.record(
        "exposure.stepped", target="production/eu", percent=10.0, version="1.4.0"
    )
    assert [verb.name for verb in page(waiting).verbs] == ["hold", "abort"]


def test_what_closes_production_may_be_stepped_over_by_who_may(
    waiting: Shown, templates: Path
) -> None:
    """It is offered in words, and only to those whose override would count."""
    today = waiting.clock.now().date()
    freeze = {
        "name": "audit",
        "from": today.isoformat(),
        "until": (today + timedelta(days=2)).isoformat(),
        "reason": "the auditors are here",
        "owner": "sam",
        "override": ["product_manager"],
    }
    assert page(waiting).closing == ()
    product = shop.product(templates, json.dumps({"(calendar)": {"freezes": [freeze]}}))
    publish(waiting.ledger, product, at=waiting.clock.now())
    ((name, text),) = page(waiting).closing
    assert name == "audit"
    assert text.startswith("freeze audit (the auditors are here) until ")
    assert "override" in [verb.name for verb in page(waiting).verbs]
    assert page(waiting, "ops").closing == ()
    assert page(waiting, may_change=False).closing == ()
    overriding.override(waiting.release, "audit", by="mia", reason="they agreed")
    assert page(waiting).closing == ()


def test_the_history_is_paged_newest_first_without_gap(ended: Shown) -> None:
    seqs: list[int] = []
    before: int | None = None
    while True:
        history = page(ended, before=before).history
        seqs += [line.seq for line in history.lines]
        before = history.older
        if before is None:
            break
    assert seqs == list(range(history.total, 0, -1))


def test_the_chain_is_verified(ended: Shown) -> None:
    assert page(ended).chain.ok

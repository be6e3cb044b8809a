"""What a mark in Airflow's grid means: somebody set a task to success by hand.

==================  ====================  ========  =========================
who marked          on a check, by policy on a gate on a judge
==================  ====================  ========  =========================
holds an owner role accept: attested      attested  attested: one step further
holds an owner role waiver: a waiver      attested  attested: one step further
holds an owner role refuse: asked again   attested  attested: one step further
holds none          asked again           asked     asked again
==================  ====================  ========  =========================

Anything but accepted re-opens the question and never ends the release. An attested judge lets the
rollout go one step further; it is no GO. An attested gate is one signature of that person, weighed
like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from windlass.decisions.holders import Holders


class Weight(StrEnum):
    """What a mark counts as."""

    ATTESTED = "attested"
    WAIVER = "waiver"
    ASK_AGAIN = "ask_again"


class MarkPolicy(StrEnum):
    """What a product lets a mark on a check be."""

    ACCEPT = "accept"
    WAIVER = "waiver"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Mark:
    """Somebody marked ``task`` success; ``note`` is what they wrote beside it."""

    task: str
    person: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a mark counts as, and why."""

    weight: Weight
    reason: str


def weigh_mark(
    mark: Mark,
    owners: Sequence[str],
    holders: Holders,
    *,
    policy: MarkPolicy = MarkPolicy.ACCEPT,
    is_check: bool = True,
    note_required: bool = False,
) -> Weighed:
    """What ``mark`` counts as.

    Args:
        mark: what was seen.
        owners: the roles that own the task.
        holders: who held which role when.
        policy: for checks.
        is_check: whether the task is a check; seats, gates, judges and monitors are not.
        note_required: whether an attestation without a note is asked again.
    """
    if not holders.any_of(owners, mark.person, mark.at):
        allowed = ", ".join(owners) or "nobody"
        return Weighed(Weight.ASK_AGAIN, f"{mark.person} does not own it; owners: {allowed}")
    if is_check and policy is MarkPolicy.REFUSE:
        return Weighed(Weight.ASK_AGAIN, f"{mark.task} cannot be marked; its own result counts")
    if note_required and not mark.note.strip():
        return Weighed(Weight.ASK_AGAIN, f"{mark.person} gave no reason: add a note to the mark")
    why = f"{mark.person} marked it: {mark.note.strip() or 'no note'}"
    if is_check and policy is MarkPolicy.WAIVER:
        return Weighed(Weight.WAIVER, why)
    return Weighed(Weight.ATTESTED, why)

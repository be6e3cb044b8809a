"""Is what we would need when it goes wrong really there: backups, rehearsal, budget, health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from windlass.decisions.verdict import Outcome, Verdict


def fresh(what: str, at: datetime | None, now: datetime, longest: timedelta) -> Verdict:
    """Whether something that must be recent is.

    =============================  ========
    it is                          verdict
    =============================  ========
    not there                      NO_DATA
    dated after now                ERROR
    as old as allowed, or younger  PASS
    older                          FAIL
    =============================  ========
    """
    if at is None:
        return Verdict(Outcome.NO_DATA, (f"{what}: there is none",))
    age = now - at
    if age < timedelta(0):
        return Verdict(Outcome.ERROR, (f"{what} is dated {at.isoformat()}, after this moment",))
    why = f"{what} is {_long(age)} old; allowed: {_long(longest)}"
    outcome = Outcome.PASS if age <= longest else Outcome.FAIL
    return Verdict(outcome, (why,), {"age_seconds": age.total_seconds()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A rollback that was tried: from which package to which, how it went, how long it took."""

    new: str
    old: str
    at: datetime
    verified: bool
    recovery: timedelta
    migrations_both_ways: bool | None = None


def rehearsal(
    done: Rehearsed | None,
    *,
    new: str,
    old: str,
    migrates: bool,
    now: datetime,
    stale_after: timedelta,
    target: timedelta,
) -> Verdict:
    """Whether this very pair of packages was rolled back, verified, lately and fast enough.

    Args:
        done: the newest rehearsal; None: there was none.
        new, old: digests of the package that goes out, and of the one to go back to.
        migrates: whether the release changes the database; then both directions count.
        now: the moment.
        stale_after: an older rehearsal counts no more.
        target: the longest rollback that is acceptable.
    """
    if done is None:
        return Verdict(Outcome.NO_DATA, ("the rollback was never rehearsed",))
    against = []
    if (done.new, done.old) != (new, old):
        against.append("it was rehearsed with another pair of packages")
    if not done.verified:
        against.append("after the rehearsed rollback the old version was not verified")
    if migrates and not done.migrations_both_ways:
        against.append("its migrations were not checked both ways")
    if done.recovery > target:
        against.append(f"it took {_long(done.recovery)}; acceptable: {_long(target)}")
    figures = {"recovery_seconds": done.recovery.total_seconds()}
    if against:
        return Verdict(Outcome.FAIL, tuple(against), figures)
    age = fresh("the rehearsal", done.at, now, stale_after)
    if not age.passed:
        return age
    why = f"rolled back in {_long(done.recovery)}; {age.reasons[0]}"
    return Verdict(Outcome.PASS, (why,), figures)


def error_budget(*, bad: float, total: float, objective: float, least_left: float) -> Verdict:
    """How much of an objective's error budget is left, against the least that must be.

    Left = 100 × (1 − (bad ÷ total) ÷ (1 − objective)); below 0 it is missed. An objective
    of 100 % has no budget: one bad event overspends it (−100).

    Args:
        bad, total: events in the objective's window.
        objective: percentage of events that must be good, such as 99.9.
        least_left: percentage of the budget.

    >>> error_budget(bad=50, total=100_000, objective=99.9, least_left=10).reasons
    ('50.0 % of the error budget is left (99.9500 % good of 99.9 %); at least 10 % needed',)
    """
    if total <= 0:
        return Verdict(Outcome.NO_DATA, ("no event in the objective's window",))
    if not 0 <= bad <= total:
        return Verdict(Outcome.ERROR, (f"{bad:g} bad events of {total:g} cannot be",))
    share, allowed = bad / total, 1 - objective / 100
    spent = share / allowed if allowed > 0 else 2.0 * bool(bad)
    left = round(100 * (1 - spent), 9)
    good = f"{100 * (1 - share):.4f} % good of {objective:g} %"
    why = f"{left:.1f} % of the error budget is left ({good}); at least {least_left:g} % needed"
    outcome = Outcome.PASS if left >= least_left else Outcome.FAIL
    return Verdict(outcome, (why,), {"left": left, "bad": bad, "total": total})


def drift(environment: str, *, drifted: bool | None, detail: str, adopted: str = "") -> Verdict:
    """Whether an environment is what it is declared to be.

    A difference must be adopted by a person (``adopted`` names who) or it stops the release; not
    having been able to look is an error.
    """
    if drifted is None:
        why = f"{environment}: could not be compared: {detail or 'no reason given'}"
        return Verdict(Outcome.ERROR, (why,))
    if not drifted:
        return Verdict(Outcome.PASS, (f"{environment} is as declared",))
    if adopted:
        return Verdict(Outcome.PASS, (f"{environment} differs, adopted by {adopted}: {detail}",))
    return Verdict(Outcome.FAIL, (f"{environment} differs from what is declared: {detail}",))


def live_as_recorded(target: str, *, serves: str | None, recorded: str | None) -> Verdict:
    """Whether a target serves what the ledger says; the first release finds nothing recorded.

    =======  ========  =======
    serves   recorded  verdict
    =======  ========  =======
    1.3.2    1.3.2     PASS
    nothing  nothing   PASS
    1.3.2    nothing   FAIL (adopt it)
    nothing  1.3.2     FAIL
    1.3.1    1.3.2     FAIL
    =======  ========  =======
    """
    if serves == recorded:
        return Verdict(Outcome.PASS, (f"{target} serves {serves or 'nothing'}, as recorded",))
    why = f"{target} serves {serves or 'nothing'}, the ledger says {recorded or 'nothing'}"
    return Verdict(Outcome.FAIL, (f"{why}: adopt it or refuse it",))


@dataclass(frozen=True, slots=True)
class Probed:
    """One answer of a running system: status 0 = none came, and ``problem`` says why."""

    name: str
    status: int
    seconds: float
    problem: str = ""


def probes(answers: Sequence[Probed], *, expect: Mapping[str, int], within: float) -> Verdict:
    """Whether a running system answered as it should, each probe in time.

    Args:
        answers: what came back; a probe of ``expect`` that is not among them was not asked.
        expect: probe → the right HTTP status.
        within: seconds.
    """
    if not expect:
        return Verdict(Outcome.NO_DATA, ("there is nothing to ask",))
    came = {answer.name: answer for answer in answers}
    unasked = [name for name in expect if name not in came]
    if unasked:
        return Verdict(Outcome.ERROR, (f"not asked: {', '.join(unasked)}",))
    wrong = []
    for name, status in expect.items():
        answer = came[name]
        if answer.status == 0:
            wrong.append(f"{name}: {answer.problem or 'no answer'}")
        elif answer.status != status:
            wrong.append(f"{name}: answered {answer.status}, not {status}")
        elif answer.seconds > within:
            wrong.append(f"{name}: took {answer.seconds:.2f} s, at most {within:g} s")
    if wrong:
        return Verdict(Outcome.FAIL, tuple(wrong))
    return Verdict(Outcome.PASS, (f"{len(expect)} probes answered as they should",))


def _long(lasted: timedelta) -> str:
    seconds = lasted.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:g} s"

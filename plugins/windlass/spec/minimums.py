"""What a product may not loosen: the company's minimums, each with both places."""

from __future__ import annotations

from collections.abc import Iterator

from windlass.spec.approvals import Gate
from windlass.spec.company import Minimums
from windlass.spec.locate import locate
from windlass.spec.policy import Policy
from windlass.spec.source import Node, Path_

GATES: tuple[Gate, ...] = ("quality", "acceptance", "readiness")

#: Place in the policy, what is wrong, place of the minimum in company.yaml.
Loose = Iterator[tuple[Path_, str, Path_]]


def loosened(policy: Policy, tree: Node, minimums: Minimums, company: Node) -> list[str]:
    """One line for each minimum that ``policy`` stays below.

    Args:
        policy: one release type of a product.
        tree: what it was read from.
        minimums: the company's.
        company: the tree of company.yaml.
    """
    found = (
        *_approvals(policy, minimums),
        *_checks(policy, minimums),
        *_bake(policy, minimums),
        *_monitor(policy, minimums),
        *_exclude(policy, minimums),
    )
    lines = []
    for place, what, minimum in found:
        there = locate(company, ("minimums", *minimum))
        mark = locate(tree, place)
        lines.append(mark.problem(f"{what} (company minimum, {there.file}:{there.line})"))
    return lines


def _approvals(policy: Policy, minimums: Minimums) -> Loose:
    needed = minimums.approvals.get(policy.name)
    for gate in GATES if needed is not None else ():
        for seat in getattr(needed, gate):
            given = sum(s.count for s in policy.approvals.of(gate) if s.role == seat.role)
            row = f"validation.{gate}.gate"
            if given < seat.count:
                what = f"{policy.name} needs {seat.count} × {seat.role} here, not {given}"
                yield ("approvals", gate), what, ("approvals", policy.name, gate)
            elif row not in (*policy.tasks, *policy.also):
                what = f"{policy.name} needs the row {row}; add it to also"
                yield ("also",), what, ("approvals", policy.name, gate)


def _checks(policy: Policy, minimums: Minimums) -> Loose:
    if policy.name == "rollback":
        return
    for i, name in enumerate(minimums.checks):
        suite = policy.quality.get(name)
        if suite is None:
            yield ("quality",), f"the check {name!r} must be there", ("checks", i)
        elif suite.on_red == "inform":
            what = f"the check {name!r} must ask or block when red, not only inform"
            yield ("quality", name, "on_red"), what, ("checks", i)


def _bake(policy: Policy, minimums: Minimums) -> Loose:
    bake, least = policy.rollout.bake, minimums.bake
    shortest = min(bake.time, bake.first or bake.time)
    if least.time is not None and shortest < least.time:
        place = "first" if bake.first == shortest else "time"
        what = f"{shortest.total_seconds():g} s is shorter than {least.time.total_seconds():g} s"
        yield ("rollout", "bake", place), what, ("bake", "time")
    if bake.requests < least.requests:
        what = f"{bake.requests} requests are fewer than {least.requests}"
        yield ("rollout", "bake", "requests"), what, ("bake", "requests")


def _monitor(policy: Policy, minimums: Minimums) -> Loose:
    least = minimums.monitor.get(policy.name)
    if least is not None and policy.follow_up.monitor.days < least.days:
        what = f"{policy.follow_up.monitor} is shorter than {least}"
        yield ("follow_up", "monitor"), what, ("monitor", policy.name)


def _exclude(policy: Policy, minimums: Minimums) -> Loose:
    if not any(policy.approvals.of(gate) for gate in GATES):
        return
    for i, who in enumerate(minimums.exclude):
        if who not in policy.approvals.exclude:
            what = f"{who!r} must be excluded from signing"
            yield ("approvals", "exclude"), what, ("exclude", i)

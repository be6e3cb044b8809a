"""A company's minimums may be tightened, never loosened."""

from __future__ import annotations

import pytest

from tests.spec.project import SHOP, Project

COMPANY = """
company: Shops
minimums:
  approvals:
    minor: {readiness: {devops: 1}}
    emergency: {readiness: [devops]}
  checks: [regression]
  bake: {time: 1 min, requests: 100}
  monitor: {minor: 2 days}
  exclude: [trigger]
"""
PIPELINES = "  pipelines: {command: {}}\nenvironments:"
GOOD = (
    SHOP.replace("environments:", PIPELINES, 1)
    + """
rollout: {bake: {time: 10 min, requests: 2000}}
quality: {regression: {run: make test}}
release_types:
  emergency:
    {approvals: {readiness: [devops], exclude: [trigger]}, also: [validation.readiness.gate]}
"""
)


def test_a_product_that_keeps_every_minimum_is_fine(project: Project) -> None:
    project.write("company.yaml", COMPANY)
    assert project.problems(GOOD) == []


@pytest.mark.parametrize(
    "old, new, expected",
    [
        pytest.param(
            "release_types:\n",
            "release_types:\n  minor: {approvals: {readiness: [developer]}}\n",
            "13: release_types.minor.approvals.readiness: minor needs 1 × devops here, not 0 "
            "(company minimum, include/company.yaml:4)",
            id="an approval less",
        ),
        pytest.param(
            ", also: [validation.readiness.gate]",
            "",
            "14: release_types.emergency.also: emergency needs the row validation.readiness.gate; "
            "add it to also (company minimum, include/company.yaml:5)",
            id="a gate that the type has not",
        ),
        pytest.param(
            "{run: make test}",
            "{run: make test, on_red: inform}",
            "11: quality.regression.on_red: the check 'regression' must ask or block when red, "
            "not only inform (company minimum, include/company.yaml:6)",
            id="a check that only informs",
        ),
        pytest.param(
            "regression:",
            "smoke:",
            "11: quality: the check 'regression' must be there "
            "(company minimum, include/company.yaml:6)",
            id="a check less",
        ),
        pytest.param(
            "time: 10 min",
            "time: 30 s",
            "10: rollout.bake.time: 30 s is shorter than 60 s "
            "(company minimum, include/company.yaml:7)",
            id="a shorter bake",
        ),
        pytest.param(
            "requests: 2000",
            "requests: 20",
            "10: rollout.bake.requests: 20 requests are fewer than 100 "
            "(company minimum, include/company.yaml:7)",
            id="fewer requests",
        ),
        pytest.param(
            "release_types:\n",
            "release_types:\n  minor: {follow_up: {monitor: 4 h}}\n",
            "13: release_types.minor.follow_up.monitor: 4 h is shorter than 2 days "
            "(company minimum, include/company.yaml:8)",
            id="a shorter watch",
        ),
        pytest.param(
            "release_types:\n",
            "release_types:\n  minor: {approvals: {exclude: []}}\n",
            "13: release_types.minor.approvals.exclude: 'trigger' must be excluded from signing "
            "(company minimum, include/company.yaml:9)",
            id="signing one's own",
        ),
    ],
)
def test_each_loosened_minimum_is_one_line_with_both_places(
    project: Project, old: str, new: str, expected: str
) -> None:
    project.write("company.yaml", COMPANY)
    assert project.problems(GOOD.replace(old, new, 1)) == [expected]


def test_the_freezes_of_the_company_hold_whatever_calendar_a_product_takes(
    project: Project,
) -> None:
    freeze = "{name: %s, from: 2026-12-18, until: 2027-01-04, reason: full shops, owner: mia}"
    project.write("company.yaml", "minimums: {freezes: company}\n")
    for name in ("company", "own"):
        text = f"calendar: {name}\nfreezes: [{freeze % f'{name} freeze'}]\n"
        project.write(f"calendars/{name}.yaml", text)
    product = project.load(SHOP + "calendar: own\n")
    assert [freeze.name for freeze in product.calendar.freezes] == ["own freeze", "company freeze"]

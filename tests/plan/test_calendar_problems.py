"""Bad calendars, each with the file and line of what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent, indent

import pytest

from windlass.plan.checking import check_product

NOW = datetime(2026, 5, 4, tzinfo=UTC)
PRODUCT = """\
product: shop
cadence: {every: 2 weeks, on: [tue], at: "10:00", zone: Europe/Zurich, anchor: 2026-01-06}
roles: {product_manager: [mia], developer: [dev], devops: [ops], qa_engineer: [q], stakeholder: [s]}
vendors:
  source_control: {git: {repository: r.git}}
  deployments: {processes: {fleet: f.json}}
environments:
  - production: {live: yes, window: WINDOW}
preset: small
"""
FREEZE = "- {name: f, reason: r, owner: o, "


def project(folder: Path, calendar: str, window: str = "always", zone: str = "UTC") -> Path:
    (folder / "calendars").mkdir()
    (folder / "products").mkdir()
    text = f"calendar: company\nzone: {zone}\n{dedent(calendar)}"
    (folder / "calendars/company.yaml").write_text(text, encoding="utf-8")
    product = folder / "products/shop.yaml"
    product.write_text(PRODUCT.replace("WINDOW", window), encoding="utf-8")
    return product


def problems(product: Path) -> list[str]:
    found = check_product(product, NOW).problems
    folders = [f"{product.parent.parent / name}/" for name in ("calendars", "products")]
    return [problem.replace(folders[0], "").replace(folders[1], "") for problem in found]


def freezes(*lines: str) -> str:
    return "freezes:\n" + indent("\n".join(f"{FREEZE}{line}}}" for line in lines), "  ") + "\n"


@pytest.mark.parametrize(
    "calendar,start,said",
    [
        (
            freezes(
                'from: 2026-01-01, until: 2026-01-02, repeat: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"'
            ),
            "company.yaml:4: freezes[0].repeat: ",
            "never comes in 40 years",
        ),
        (
            freezes("from: 2026-01-01, until: 2026-01-02", "from: 2026-02-02, until: 2026-02-01"),
            "company.yaml:5: freezes[1]",
            "before",
        ),
        (
            freezes("from: 2026-02-01T10:00:00, until: 2026-02-01T10:00:00"),
            "company.yaml:4: freezes[0].until: ",
            "ends at",
        ),
        (freezes("from: 2026-02-01"), "company.yaml:4: freezes[0]", "never ends"),
        (
            freezes("from: 2026-02-01, until: 9999-12-31"),
            "company.yaml:4: freezes[0].until: ",
            "never ends",
        ),
        (
            freezes('from: 2026-02-01, until: 2026-02-07, repeat: "FREQ=WEEKLY"'),
            "company.yaml:4: freezes[0].repeat: ",
            "comes again before that is over",
        ),
        (
            freezes('from: 2026-02-01, until: 2026-02-01, repeat: "FREQ=MINUTELY"'),
            "company.yaml:4: freezes[0].repeat: ",
            "more often than daily",
        ),
        (
            freezes('from: 2026-02-01, until: 2026-02-01, repeat: "EVERY=FRIDAY"'),
            "company.yaml:4: freezes[0].repeat: ",
            "not a recurrence rule",
        ),
        (
            "holidays: {country: XX}\n",
            "company.yaml:3: holidays.country: ",
            "no holidays are known",
        ),
    ],
)
def test_a_bad_calendar_is_told_with_its_line(
    tmp_path: Path, calendar: str, start: str, said: str
) -> None:
    found = problems(project(tmp_path, calendar))
    assert len(found) == 1
    assert found[0].startswith(start)
    assert said in found[0]


def test_an_unknown_zone_is_told_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    (found,) = problems(project(tmp_path, "", zone="Europe/Zurick"))
    assert found.startswith("company.yaml:2: zone: unknown time zone")
    assert "Europe/Zurich" in found


def test_a_cadence_that_never_meets_a_window_is_told_with_its_line(tmp_path: Path) -> None:
    """Day 0 is a Tuesday; a freeze holds every day but Sunday, and the hours leave Sunday out."""
    calendar = freezes(
        'from: 2026-01-05, until: 2026-01-10, repeat: "FREQ=WEEKLY"',
    )
    (found,) = problems(project(tmp_path, calendar, window="mon-sat 10:00-16:00"))
    assert found.startswith("shop.yaml:2: cadence: never meets an open window")


def test_a_good_calendar_has_nothing_wrong(tmp_path: Path) -> None:
    calendar = freezes('from: 2026-12-18, until: 2027-01-04, repeat: "FREQ=YEARLY"')
    assert problems(project(tmp_path, calendar + "holidays: {country: CH}\n")) == []


@pytest.mark.parametrize(
    "ready,said",
    [
        ("{tracker: next}", "ready.tracker: needs vendors.tracker, which is not configured"),
        ("{source_control: ready, drives: mino}", "ready.drives: no release type 'mino'"),
        ("{every: 1 min}", "needs either tracker: the name of a milestone, or source_control"),
        ("{source_control: --upload-pack}", "ready.source_control: "),
    ],
)
def test_an_end_of_development_that_cannot_be_seen_is_told_with_its_line(
    tmp_path: Path, ready: str, said: str
) -> None:
    product = project(tmp_path, "")
    text = product.read_text(encoding="utf-8")
    product.write_text(text.replace("roles:", f"ready: {ready}\nroles:"), encoding="utf-8")
    (found,) = problems(product)
    assert found.startswith("shop.yaml:3: ready")
    assert said in found

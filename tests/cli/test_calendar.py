"""``windlass calendar``."""

from __future__ import annotations

import json
from pathlib import Path

import icalendar
import pytest
from typer.testing import CliRunner, Result

from windlass.cli.app import app
from windlass.errors import InputError

CALENDAR = """\
calendar: company
zone: Europe/Zurich
windows: mon-thu 09:00-16:00
freezes:
  - {name: audit, reason: yearly, owner: mia, from: 2026-05-19, until: 2026-05-19}
"""
PRODUCT = """\
product: NAME
cadence: {every: 2 weeks, on: [tue], at: "10:00", zone: Europe/Zurich, anchor: 2026-01-13}
roles: {product_manager: [mia], developer: [dev], devops: [ops], qa_engineer: [q], stakeholder: [s]}
vendors:
  source_control: {git: {repository: r.git}}
  deployments: {processes: {fleet: f.json}}
environments:
  - production: {live: yes, zone: Europe/Zurich, claim: LOCK}
preset: small
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    include = tmp_path / "include"
    (include / "calendars").mkdir(parents=True)
    (include / "products").mkdir()
    (include / "calendars/company.yaml").write_text(CALENDAR, encoding="utf-8")
    for name, lock in (("shop", "shop"), ("cart", "cart")):
        text = PRODUCT.replace("NAME", name).replace("LOCK", lock)
        (include / f"products/{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return include / "products"


def run(*words: str) -> Result:
    dates = ("--from", "2026-05-18", "--to", "2026-05-22")
    return CliRunner().invoke(app, ["calendar", *words, *dates])


def test_every_window_has_a_state_and_a_reason(project: Path) -> None:
    result = run("shop", "--json")
    assert result.exit_code == 0
    (shop,) = json.loads(result.stdout)["products"]
    states = [(window["start"][5:16], window["open"]) for window in shop["windows"]]
    assert states == [
        ("05-18T07:00", True),
        ("05-19T07:00", False),
        ("05-20T07:00", True),
        ("05-21T07:00", True),
    ]
    assert shop["windows"][1]["why"] == "freeze audit (yearly) until 2026-05-19 22:00 UTC"
    assert shop["windows"][1]["who"] == "mia"
    (zero,) = shop["day_0"]
    assert zero["moved_from"] == "2026-05-19T08:00:00+00:00"
    assert zero["instant"] == "2026-05-20T08:00:00+00:00"


def test_it_reads_as_a_table_too(project: Path) -> None:
    result = run("shop")
    assert result.exit_code == 0
    assert "Day 0 · minor" in " ".join(result.stdout.split())


def test_two_products_with_one_person_on_call_conflict(project: Path) -> None:
    result = run("--all", "--json")
    assert result.exit_code == 1
    (conflict,) = json.loads(result.stdout)["conflicts"]
    assert conflict["kind"] == "people"
    assert conflict["shared"] == ["ops"]
    assert sorted(conflict["products"]) == ["cart", "shop"]
    assert "nobody else is on call" in run("--all").stdout


def test_two_products_with_one_lock_conflict(project: Path) -> None:
    text = PRODUCT.replace("NAME", "cart").replace("LOCK", "shop").replace("[ops]", "[lea]")
    (project / "cart.yaml").write_text(text, encoding="utf-8")
    (conflict,) = json.loads(run("--all", "--json").stdout)["conflicts"]
    assert (conflict["kind"], conflict["shared"]) == ("environment", ["shop"])


def test_other_calendars_can_read_it(project: Path) -> None:
    events = icalendar.Calendar.from_ical(run("shop", "--ics").stdout).walk("VEVENT")
    assert [str(event["summary"]) for event in events] == [
        "shop production: no releases",
        "shop minor: Day 0",
    ]
    assert len({str(event["uid"]) for event in events}) == 2


@pytest.mark.parametrize(
    "words,complaint",
    [
        ((), "name a product, or --all"),
        (("shop", "--json", "--ics"), "choose one"),
        (("nowhere",), "no product 'nowhere'"),
    ],
)
def test_wrong_words_are_told(project: Path, words: tuple[str, ...], complaint: str) -> None:
    result = run(*words)
    assert isinstance(result.exception, InputError)
    assert complaint in str(result.exception)


@pytest.mark.parametrize(
    "option,value,complaint",
    [
        ("--to", "2026-05-18", "is not after"),
        ("--to", "soon", "neither a date"),
        ("--to", "2026-05-20T10:00", "has no time zone"),
    ],
)
def test_dates_that_make_no_sense_are_told(
    project: Path, option: str, value: str, complaint: str
) -> None:
    words = ["calendar", "shop", "--from", "2026-05-18", option, value]
    result = CliRunner().invoke(app, words)
    assert complaint in str(result.exception)

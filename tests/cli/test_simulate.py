"""``windlass simulate``."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from windlass.cli.app import app
from windlass.errors import InputError
from windlass.ledger import open_ledger

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
  - production: {live: yes, zone: Europe/Zurich, claim: shop}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    include = tmp_path / "include"
    (include / "calendars").mkdir(parents=True)
    (include / "products").mkdir()
    (include / "calendars/company.yaml").write_text(CALENDAR, encoding="utf-8")
    product(include / "products", "shop")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WINDLASS_LEDGER_URL", f"sqlite:///{tmp_path}/none.db")
    return include / "products"


def product(folder: Path, name: str) -> None:
    (folder / f"{name}.yaml").write_text(PRODUCT.replace("NAME", name), encoding="utf-8")


def run(*words: str) -> Result:
    start = ("--start", "2026-05-08T08:00+00:00", "--runs", "200")
    return CliRunner().invoke(app, ["simulate", "shop", "minor", *start, *words])


def test_it_says_when_each_milestone_is_reached(project: Path) -> None:
    result = run("--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["day_0"] == "2026-05-20T08:00:00+00:00"
    names = [one["name"] for one in told["milestones"]]
    assert names == ["planned", "validated", "production", "released"]
    production = told["milestones"][2]
    assert production["p50"] == production["p90"] == "2026-05-20T08:00:00+00:00"
    assert told["runs"] == 200
    assert told["tasks_with_history"] == 0


def test_the_same_seed_says_the_same(project: Path) -> None:
    assert run("--json").stdout == run("--json").stdout
    assert run("--json").stdout != run("--json", "--seed", "2").stdout


def test_a_freeze_in_the_way_is_told(project: Path) -> None:
    result = run("--day-0", "2026-05-19T08:00+00:00")
    assert result.exit_code == 0
    assert "let production Tue 2026-05-19 07:00 UTC pass: freeze audit (yearly)" in result.stdout
    assert "freeze audit: makes production 23 h later (P90)" in result.stdout


def test_a_place_that_another_product_holds_is_told(project: Path) -> None:
    product(project, "cart")
    result = run("--json")
    told = json.loads(result.stdout)
    assert any(missed["why"] == "held by cart minor" for missed in told["missed"])


def test_the_picture_is_whole_xml_that_fetches_nothing(project: Path, tmp_path: Path) -> None:
    picture = tmp_path / "plan.svg"
    assert run("--picture", str(picture)).exit_code == 0
    text = picture.read_text(encoding="utf-8")
    root = ET.fromstring(text)
    assert root.tag.endswith("svg")
    assert "execution.production.window" in text
    assert 'class="frozen"' in text
    assert "href" not in text


def test_an_instant_without_a_zone_is_refused(project: Path) -> None:
    result = run("--day-0", "2026-05-19T08:00")
    assert isinstance(result.exception, InputError)
    assert "--day-0 '2026-05-19T08:00' is no instant" in str(result.exception)


def test_how_good_earlier_forecasts_were_is_said_once_enough_have_come_true(project: Path) -> None:
    assert "earlier forecasts: 0 finished milestones; 10 are needed" in run().output
    url = f"sqlite:///{project.parents[1]}/none.db"
    with open_ledger(url, migrate=True) as ledger:
        for number in range(10):
            actual = datetime(2026, 1, 5, 8 + number, tzinfo=UTC)
            one = {
                "milestone": "released",
                "p50": datetime(2026, 1, 5, 12, 30, tzinfo=UTC).isoformat(),
                "p90": datetime(2026, 1, 5, 16, 30, tzinfo=UTC).isoformat(),
                "actual": actual.isoformat(),
            }
            stream = f"shop.minor/{number}"
            ledger.append(stream, "release.opened", {"product": "shop"}, at=actual)
            ledger.append(stream, "forecast.met", {"milestones": [one]}, at=actual)
    assert "50% finished by P50 and 90% by P90 of 10 milestones" in run().output
    told = json.loads(run("--json").stdout)["calibration"]
    assert (told["outcome"], told["by_p90"]) == ("PASS", 0.9)

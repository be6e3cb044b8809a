"""``validate``, ``plan`` and ``init`` on real files."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.spec.project import SHOP, Project
from windlass.cli import init, plan, validate
from windlass.errors import InputError, PlanError

CADENCE = (
    'cadence: {every: 2 weeks, on: tue, at: "10:00", zone: Europe/Zurich, anchor: 2026-01-06}\n'
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with three people; the current folder is its root."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WINDLASS_INCLUDE", raising=False)
    return Project(tmp_path)


def run(*words: str, columns: str = "200") -> Result:
    """Run the command as typed, with its output to a pipe."""
    app = typer.Typer()
    for module in (validate, plan, init):
        module.add_to(app)
    return CliRunner().invoke(app, list(words), env={"COLUMNS": columns})


def test_validate_says_fine_and_ends_with_0(project: Project) -> None:
    project.load(SHOP + CADENCE)
    done = run("validate")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("include/products/shop.yaml: fine: minor (")


def test_validate_tells_every_problem_of_every_product_and_ends_with_1(project: Project) -> None:
    project.read(SHOP + "tell: everything\n", "shop")
    project.read(SHOP.replace("product: shop", "product: till") + "colour: red\n", "till")
    project.read(SHOP.replace("product: shop", "product: fine"), "fine")
    done = run("validate")
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert lines[0].startswith("include/products/shop.yaml:8: tell: 'everything' is not known")
    assert lines[1].startswith("include/products/till.yaml:8: colour: unknown key")
    assert lines[2].startswith("include/products/fine.yaml: fine")
    assert lines[3] == "2 problems in 2 of 3"


def test_validate_in_json_names_file_problems_and_sizes(project: Project) -> None:
    project.read(SHOP, "shop")
    (found,) = json.loads(run("validate", "--json", "include/products/shop.yaml").output)
    assert found["product"] == "shop"
    assert found["problems"] == []
    assert found["tasks"]["minor"] > 20


def test_validate_finds_a_cadence_that_no_window_ever_meets(project: Project) -> None:
    project.write(
        "calendars/company.yaml",
        """
        calendar: company
        windows: sat 10:00-11:00
        freezes:
          - name: weekends
            from: 2026-01-03
            lasts: 2 days
            repeat: FREQ=WEEKLY
            reason: r
            owner: mia
        """,
    )
    project.read(SHOP + CADENCE, "shop")
    done = run("validate")
    assert done.exit_code == 1
    assert "shop.yaml:8: cadence: never meets an open window" in done.output


def test_validate_finds_a_freeze_that_recurs_too_often(project: Project) -> None:
    project.write(
        "calendars/company.yaml",
        """
        calendar: company
        freezes:
          - {name: noon, from: 2026-01-03, lasts: 1 h, repeat: FREQ=HOURLY, reason: r, owner: mia}
        """,
    )
    project.read(SHOP, "shop")
    assert "recurs more often than daily" in run("validate").output


def test_validate_of_nothing_is_wrong_usage(project: Project) -> None:
    done = run("validate", "nowhere")
    assert isinstance(done.exception, InputError)
    assert "no product in nowhere: name a file" in str(done.exception)


def test_plan_prints_phases_owners_conditions_and_what_is_missing(project: Project) -> None:
    project.load(SHOP + CADENCE)
    done = run("plan", "shop", "minor", "--version", "1.4.0", "--day-0", "2026-12-08T10:00+01:00")
    assert done.exit_code == 0, done.output
    for text in (
        "shop 1.4.0 · minor: features, backward compatible",
        "Sat 2026-11-28 10:00 CET · planning starts",
        "Thu 2026-12-03 10:00 CET · scope locked",
        "Tue 2026-12-08 10:00 CET · production",
        "Fri 2026-12-11 10:00 CET · monitoring ends",
        "Go/no-go: DevOps",
        "only if risk",
        "planning.notify: no messages configured",
    ):
        assert text in done.output, text


def test_plan_without_a_cadence_counts_from_day_0(project: Project) -> None:
    project.load(SHOP)
    output = run("plan", "shop", "minor").output
    assert "Day 0 -10 days · planning starts" in output
    assert "Day 0 · production" in output


def test_plan_in_json_is_the_plan_with_its_digest_and_dates(project: Project) -> None:
    project.load(SHOP + CADENCE)
    found = json.loads(run("plan", "shop", "patch", "--json").output)
    assert found["digest"].startswith("sha256:")
    assert found["day_0"] is not None
    assert found["tasks"][0]["id"] == "planning.open"
    assert set(found["dates"]) == {
        "planning starts",
        "scope locked",
        "production",
        "monitoring ends",
    }


@pytest.mark.parametrize(
    "words, message",
    [
        (("shop", "minor", "--version", "1.2"), "'1.2' is not MAJOR.MINOR.PATCH"),
        (("shop", "minor", "--version", "v1.2.3; rm -rf /"), "is not MAJOR.MINOR.PATCH"),
        (("shop", "minor", "--day-0", "tuesday"), "'tuesday' is no instant"),
        (("shop", "minor", "--day-0", "2026-12-08T10:00"), "has no time zone"),
        (("shed", "minor"), "no product 'shed'"),
    ],
)
def test_plan_refuses_words_that_make_no_sense(
    project: Project, words: tuple[str, ...], message: str
) -> None:
    project.load(SHOP)
    done = run("plan", *words)
    assert isinstance(done.exception, InputError)
    assert message in str(done.exception)


def test_plan_of_an_unknown_type_says_which_there_are(project: Project) -> None:
    project.load(SHOP)
    done = run("plan", "shop", "yearly")
    assert isinstance(done.exception, PlanError)
    assert "only minor, patch, emergency, rollback" in str(done.exception)


def test_init_writes_a_project_that_validates_and_fits_eight_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("init", "releases", "--product", "my-site")
    assert done.exit_code == 0, done.output
    product = tmp_path / "releases" / "include" / "products" / "my-site.yaml"
    assert len(product.read_text(encoding="utf-8").splitlines()) <= 8
    checked = run("validate", "releases")
    assert checked.exit_code == 0, checked.output
    for name in ("my_site", "watchdog"):
        ast.parse((tmp_path / "releases" / "dags" / f"{name}.py").read_text(encoding="utf-8"))


def test_init_refuses_a_folder_with_something_in_it_and_a_name_that_cannot_be(
    tmp_path: Path,
) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    assert "is not empty" in str(run("init", str(tmp_path)).exception)
    named = run("init", str(tmp_path / "new"), "--product", "My Site")
    assert "'My Site' cannot be a product's name" in str(named.exception)
    assert not (tmp_path / "new").exists()


def test_the_tools_of_a_new_project_build_check_deploy_and_take_back(tmp_path: Path) -> None:
    folder = tmp_path / "releases"
    init.write_project(folder, "site")

    def tool(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    tool("tools/package.py", "1.0.0")
    first = (folder / "dist" / "site.tar").read_bytes()
    tool("tools/package.py", "1.0.0")
    assert (folder / "dist" / "site.tar").read_bytes() == first
    assert tool("tools/check.py") == "every page is fine"
    assert tool("tools/deploy.py", "current", "production") == '{"shares": {}}'
    tool("tools/deploy.py", "expose", "production", "1.0.0", "dist/site.tar", "100")
    shutil.copy(folder / "dist" / "site.tar", folder / "1.0.0.tar")
    tool("tools/package.py", "1.1.0")
    tool("tools/deploy.py", "expose", "production", "1.1.0", "dist/site.tar", "100")
    assert tool("tools/deploy.py", "current", "production") == '{"shares": {"1.1.0": 100}}'
    assert (folder / "live/production/current/VERSION").read_text(encoding="utf-8") == "1.1.0\n"
    tool("tools/deploy.py", "retract", "production", "1.1.0", "1.0.0", "1.0.0.tar")
    assert (folder / "live/production/current/VERSION").read_text(encoding="utf-8") == "1.0.0\n"


def test_the_check_of_a_new_project_can_fail(tmp_path: Path) -> None:
    folder = tmp_path / "releases"
    init.write_project(folder, "site")
    (folder / "site" / "index.html").write_text("<a href=gone.html>", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "tools/check.py"], cwd=folder, check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "gone.html is not there" in done.stdout


def test_what_goes_to_a_pipe_is_not_cut_at_a_terminals_width(project: Project) -> None:
    project.load(SHOP)
    whole = run("plan", "shop", "minor").output
    assert "no alerts configured" in whole
    assert run("plan", "shop", "minor", columns="40").output == whole

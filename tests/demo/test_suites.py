"""The storefront's own suites: green on every version, and each has been seen red."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from demo.repository import Repository

SUITES = {
    "regression": "junit.xml",
    "integration": "integration.xml",
    "performance": "performance.json",
    "security": "security.sarif",
    "accessibility": "accessibility.json",
}
Tree = Callable[[str], Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """The files of a version, to break."""

    def export(version: str) -> Path:
        repository = Repository.create(tmp_path / "storefront.git")
        repository.advance_to(version)
        repository.export("main", tmp_path / "tree")
        return tmp_path / "tree"

    return export


def make(tree: Path, suite: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--silent", suite, f"PYTHON={sys.executable}"]
    return subprocess.run(command, cwd=tree, check=False, capture_output=True, text=True)


def report(tree: Path, suite: str) -> str:
    return (tree / "build" / SUITES[suite]).read_text(encoding="utf-8")


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def rule_ids(found: list[dict[str, Any]]) -> set[str]:
    return {entry["id"] for entry in found}


@pytest.mark.parametrize("version,suites", [("1.1.0", ("regression",)), ("1.2.0", tuple(SUITES))])
def test_suites_pass_by_themselves(tree: Tree, version: str, suites: tuple[str, ...]) -> None:
    """Also on 1.2.0, whose bug needs carts that no suite fills."""
    root = tree(version)
    for suite in suites:
        run = make(root, suite)
        assert run.returncode == 0, run.stdout + run.stderr
        assert report(root, suite)


def test_the_fix_passes_a_regression_that_the_bad_version_fails(tree: Tree) -> None:
    root = tree("1.2.1")
    assert make(root, "regression").returncode == 0
    bad = Path(__file__).parents[2] / "demo/storefront/1.2.0/SHOP-21/storefront/reservation.py"
    (root / "storefront" / "reservation.py").write_text(bad.read_text(encoding="utf-8"))
    assert make(root, "regression").returncode != 0
    failed = ET.fromstring(report(root, "regression")).findall(".//testcase[failure]")
    assert [case.get("name") for case in failed] == ["test_a_cart_of_every_product_can_be_ordered"]


def test_regression_goes_red_when_a_price_is_wrong(tree: Tree) -> None:
    root = tree("1.0.0")
    edit(root / "storefront" / "catalogue.py", '"Enamel mug", 1200', '"Enamel mug", 1300')
    assert make(root, "regression").returncode != 0
    suite = ET.fromstring(report(root, "regression")).find("testsuite")
    assert suite is not None
    assert (suite.get("failures"), suite.get("errors")) == ("2", "0")


def test_integration_goes_red_when_the_metrics_stop(tree: Tree) -> None:
    root = tree("1.0.0")
    edit(root / "storefront" / "shop.py", 'self.counters.used("checkout")', "pass")
    assert make(root, "integration").returncode != 0
    assert "test_orders_are_counted" in report(root, "integration")


def test_performance_goes_red_when_carts_are_slow(tree: Tree) -> None:
    root = tree("1.0.0")
    edit(root / "storefront" / "cart.py", "    database.connection", SLOW)
    edit(root / "suites" / "performance.py", "ROUNDS = 50", "ROUNDS = 3")
    assert make(root, "performance").returncode != 0
    duration = json.loads(report(root, "performance"))["metrics"]["http_req_duration"]
    assert duration["thresholds"] == {"p(95)<250": {"ok": False}}
    assert duration["values"]["p(95)"] > 250


SLOW = "    import time\n    time.sleep(0.3)\n    database.connection"


def test_security_goes_red_on_dangerous_calls(tree: Tree) -> None:
    root = tree("1.0.0")
    planted = [
        "import hashlib, pickle, os, subprocess",
        "def bad(database, name):",
        "    eval(name)",
        "    os.system(name)",
        "    subprocess.run(name, shell=True)",
        "    pickle.loads(name)",
        "    database.execute(f'SELECT * FROM orders WHERE shopper = {name}')",
        "    hashlib.md5(name)",
        "PASSWORD = 'hunter2'",
    ]
    (root / "storefront" / "planted.py").write_text("\n".join(planted) + "\n", encoding="utf-8")
    assert make(root, "security").returncode != 0
    results = json.loads(report(root, "security"))["runs"][0]["results"]
    lines = [
        (r["ruleId"], r["locations"][0]["physicalLocation"]["region"]["startLine"]) for r in results
    ]
    assert lines == [
        ("eval", 3),
        ("shell", 4),
        ("shell", 5),
        ("pickle", 6),
        ("sql-text", 7),
        ("weak-hash", 8),
        ("hard-coded-secret", 9),
    ]


def test_accessibility_goes_red_on_pages_that_shut_people_out(tree: Tree) -> None:
    root = tree("1.0.0")
    pages = root / "storefront" / "pages.py"
    edit(pages, ' lang="en"', "")
    edit(pages, " alt='{escape(p.name)}'", "")
    edit(pages, "<label for='shopper'>Your name</label>", "")
    edit(pages, ">Order</button>", "></button>")
    assert make(root, "accessibility").returncode != 0
    start, form = json.loads(report(root, "accessibility"))
    assert rule_ids(start["violations"]) == {"html-has-lang", "image-alt"}
    assert rule_ids(form["violations"]) == {"html-has-lang", "label", "button-name"}
    assert rule_ids(start["passes"]) == {
        "document-title",
        "label",
        "button-name",
        "page-has-heading-one",
    }


def test_a_suite_against_nothing_is_red(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET_URL", "http://127.0.0.1:9")
    root = tree("1.0.0")
    for suite in ("regression", "integration", "performance", "accessibility"):
        assert make(root, suite).returncode != 0

"""``windlass flag kill``: off at once, by whom and why on record, whatever is frozen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from windlass.cli.app import app
from windlass.errors import InputError, NotConfigured, RefusedByVendor, TerminalError
from windlass.ledger import Ledger, open_ledger

CALENDAR = """\
calendar: company
zone: Europe/Zurich
windows: mon-thu 09:00-16:00
freezes:
  - {name: for ever, reason: audit, owner: mia, from: 2020-01-01, until: 2090-01-01}
"""
PRODUCT = """\
product: shop
roles: {product_manager: [mia], developer: [dev], devops: [ops], qa_engineer: [q], stakeholder: [s]}
vendors:
  source_control: {git: {repository: r.git}}
  deployments: {processes: {fleet: f.json}}
  flags: {flagd: {path: "flags-{environment}.json"}}
environments:
  - staging: {live: no}
  - production: {live: yes, zone: Europe/Zurich}
"""
NEW_CART = {
    "state": "ENABLED",
    "variants": {"on": True, "off": False},
    "defaultVariant": "off",
    "targeting": {"fractional": [["on", 2500], ["off", 7500]]},
}
KILL = ("kill", "shop", "new-cart", "--reason", "carts get lost")


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A product whose flag is on for a quarter of the users everywhere, inside a freeze."""
    include = tmp_path / "include"
    (include / "calendars").mkdir(parents=True)
    (include / "products").mkdir()
    (include / "calendars/company.yaml").write_text(CALENDAR, encoding="utf-8")
    (include / "products/shop.yaml").write_text(PRODUCT, encoding="utf-8")
    for environment in ("staging", "production"):
        flags = {"flags": {"new-cart": NEW_CART, "other": NEW_CART}}
        (tmp_path / f"flags-{environment}.json").write_text(json.dumps(flags))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WINDLASS_LEDGER_URL", f"sqlite:///{tmp_path}/ledger.db")
    monkeypatch.setenv("WINDLASS_USER", "dev")
    with open_ledger(f"sqlite:///{tmp_path}/ledger.db", migrate=True) as opened:
        yield opened


def flag(*words: str) -> Result:
    return CliRunner().invoke(app, ["flag", *words])


def in_file(environment: str, name: str = "new-cart") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(f"flags-{environment}.json").read_text())
    return dict(found["flags"][name])


def raised(result: Result) -> BaseException:
    assert result.exception is not None
    return result.exception


def test_the_flag_is_off_for_everybody_inside_a_freeze_where_users_are(book: Ledger) -> None:
    done = flag(*KILL)
    assert done.exit_code == 0, done.output
    assert done.stdout == "new-cart is off in production (was on for 25 %)\n"
    assert "targeting" not in in_file("production")
    assert in_file("production")["defaultVariant"] == "off"
    assert in_file("production", "other") == NEW_CART
    assert in_file("staging") == NEW_CART


def test_who_did_it_and_why_is_written_down_before_the_flag_is_touched(book: Ledger) -> None:
    flag(*KILL)
    events = book.events("flags/shop")
    assert [event.type for event in events] == ["flag.killed", "effect.intended", "effect.done"]
    assert events[0].by == "dev"
    assert dict(events[0].data) == {
        "product": "shop",
        "environment": "production",
        "target": "production",
        "flag": "new-cart",
        "reason": "carts get lost",
    }
    assert book.verify("flags/shop").ok


def test_somebody_who_turned_it_on_again_by_hand_can_be_overruled_again(book: Ledger) -> None:
    flag(*KILL)
    again = {"flags": {"new-cart": NEW_CART}}
    Path("flags-production.json").write_text(json.dumps(again))
    assert flag(*KILL).exit_code == 0
    assert "targeting" not in in_file("production")
    assert flag(*KILL).stdout == "new-cart is off in production (was off)\n"


def test_one_environment_can_be_named(book: Ledger) -> None:
    assert flag(*KILL, "--environment", "staging").exit_code == 0
    assert "targeting" not in in_file("staging")
    assert in_file("production") == NEW_CART
    with pytest.raises(InputError, match=r"no environment 'prod'.*production, staging"):
        raise raised(flag(*KILL, "--environment", "prod"))


def test_an_environment_that_refuses_keeps_the_flag_on_in_no_other(book: Ledger) -> None:
    product = Path("include/products/shop.yaml")
    product.write_text(product.read_text() + "  - abroad: {live: yes}\n")
    Path("flags-abroad.json").write_text(Path("flags-production.json").read_text())
    by_hand = {**NEW_CART, "targeting": {"in": ["a", "b"]}}
    Path("flags-production.json").write_text(json.dumps({"flags": {"new-cart": by_hand}}))
    with pytest.raises(
        TerminalError, match=r"production\.json: new-cart: its targeting was written"
    ):
        raise raised(flag(*KILL))
    assert "targeting" not in in_file("abroad")


def test_a_flag_that_nobody_defined_is_refused_with_those_there_are(book: Ledger) -> None:
    with pytest.raises(RefusedByVendor, match=r"no flag 'new-card'.*new-cart"):
        raise raised(flag("kill", "shop", "new-card", "--reason", "typo"))
    assert [event.type for event in book.events("flags/shop")][-1] == "effect.refused"


def test_only_somebody_with_a_role_may_and_only_with_a_reason(
    book: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="needs a reason"):
        raise raised(flag("kill", "shop", "new-cart", "--reason", " "))
    monkeypatch.setenv("WINDLASS_USER", "stranger")
    with pytest.raises(InputError, match=r"stranger may not kill flags of shop; .*devops"):
        raise raised(flag(*KILL))
    assert in_file("production") == NEW_CART
    assert book.events("flags/shop") == ()


def test_a_product_without_flags_says_what_to_write(book: Ledger) -> None:
    path = Path("include/products/shop.yaml")
    lines = [line for line in path.read_text().splitlines() if "flagd" not in line]
    path.write_text("\n".join(lines))
    with pytest.raises(NotConfigured, match="flags"):
        raise raised(flag(*KILL))

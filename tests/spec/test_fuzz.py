"""Whatever stands in a file, reading it ends in a product or in lines that name a place."""

from __future__ import annotations

import json
import re
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.spec.project import PEOPLE
from windlass.spec.loader import Read, read_product
from windlass.spec.source import read_yaml

STOREFRONT = Path(__file__).resolve().parents[1] / "plan" / "include" / "products"
TREE, _ = read_yaml(STOREFRONT / "storefront.yaml", "storefront.yaml")
WRITTEN: dict[str, Any] = TREE.plain() if TREE else {}
WRITTEN.pop("extends")
LINE = re.compile(r"[^:]+:\d+: .+: .+", re.DOTALL)

WORDS = st.text(max_size=12) | st.sampled_from(
    ["yes", "", "3 days", "{version}", "mon-fri", "100%"]
)
LEAVES = st.none() | st.booleans() | st.integers(-5, 200) | st.floats(0, 2) | WORDS
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def read(text: str, **others: str) -> Read:
    """Read a product with this text; ``others`` are further files of ``include/``."""
    with tempfile.TemporaryDirectory() as folder:
        include = Path(folder) / "include"
        (include / "products").mkdir(parents=True)
        (include / "calendars").mkdir()
        files = {"teams": PEOPLE, **others}
        for name, content in files.items():
            (include / f"{name}.yaml").write_text(content, encoding="utf-8")
        path = include / "products" / "shop.yaml"
        path.write_text(text, encoding="utf-8")
        return read_product(path)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in nested lists and mappings."""
    found = [path] if path else []
    entries = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        entries = enumerate(value)
    for key, inner in entries:
        found += places(inner, (*path, key))
    return found


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """The storefront's file with one to three places overwritten by anything."""
    written = deepcopy(WRITTEN)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(places(written)))
        inner: Any = written
        for key in way:
            inner = inner[key]
        inner[last] = draw(JUNK)
    return written


def sound(found: Read) -> None:
    assert (found.product is None) == bool(found.problems)
    for problem in found.problems:
        assert LINE.fullmatch(problem), problem


@given(damaged())
def test_a_damaged_product_is_told_line_by_line(written: dict[str, Any]) -> None:
    sound(read(json.dumps(written)))


@given(JUNK, JUNK, JUNK)
def test_damaged_company_teams_and_calendar_are_told_line_by_line(
    company: Any, teams: Any, calendar: Any
) -> None:
    others = {"company": company, "teams": teams, "calendars/company": calendar}
    sound(read(json.dumps(WRITTEN), **{name: json.dumps(value) for name, value in others.items()}))


@given(
    st.dictionaries(st.sampled_from(["defaults", "named", "minimums", "company"]), JUNK),
    st.dictionaries(st.sampled_from(["people", "roles"]), JUNK),
)
def test_damaged_parts_of_company_and_teams_are_told_line_by_line(
    company: dict[str, Any], teams: dict[str, Any]
) -> None:
    sound(read(json.dumps(WRITTEN), company=json.dumps(company), teams=json.dumps(teams)))


@given(st.text(max_size=200))
def test_any_text_at_all_is_told_line_by_line(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        sound(read_product(path))

"""The canonical form is RFC 8785, and what it cannot hold is refused."""

from __future__ import annotations

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.errors import InputError
from windlass.ledger.canonical import canonical, loads

# RFC 8785, Appendix B: IEEE 754 bits and how ECMAScript prints them.
RFC_NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


@pytest.mark.parametrize("bits,text", RFC_NUMBERS)
def test_numbers_are_written_as_rfc_8785_lists_them(bits: str, text: str) -> None:
    assert canonical(struct.unpack(">d", bytes.fromhex(bits))[0]) == text


def test_keys_are_sorted_by_utf_16_code_units() -> None:
    """RFC 8785 §3.2.3: the emoji (a surrogate pair) sorts before U+FB33."""
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = list(json.loads(canonical(dict.fromkeys(keys))))
    assert written == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_text_is_escaped_only_where_it_must_be() -> None:
    assert canonical("€$\u000f\nA'B\"\\/") == '"€$\\u000f\\nA\'B\\"\\\\/"'


def test_equal_values_written_differently_are_one_text() -> None:
    assert canonical({"b": 1.0, "a": (1,)}) == canonical({"a": [1], "b": 1}) == '{"a":[1],"b":1}'


@pytest.mark.parametrize(
    "value,message",
    [
        ({"a": [math.nan]}, "$.a[0]: nan"),
        (math.inf, "inf"),
        (2**53, "2**53 - 1"),
        ({1: 2}, "the key 1 is not text"),
        ("\ud800", "surrogate"),
        ({"at": object()}, "$.at: object cannot be recorded"),
        ({"s": {1, 2}}, "$.s: set cannot be recorded"),
    ],
)
def test_what_json_cannot_hold_exactly_is_refused_with_its_place(
    value: object, message: str
) -> None:
    with pytest.raises(InputError) as refused:
        canonical(value)
    assert message in str(refused.value)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abé€"), inner, max_size=4),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_reading_back_and_writing_again_changes_nothing(value: object) -> None:
    text = canonical(value)
    assert canonical(loads(text)) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_value(value: float) -> None:
    assert float(loads(canonical(value))) == value

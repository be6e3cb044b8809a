r"""One way to write a JSON value as bytes, so that a hash of it means something.

The form is RFC 8785 (JSON Canonicalization Scheme): no blanks, keys in order of their UTF-16
code units, numbers as ECMAScript writes them (``1.0`` is ``1``, ``-0.0`` is ``0``, ``1e-07`` is
``1e-7``), text unescaped but for ``"``, ``\`` and control characters, UTF-8. Any language with an
RFC 8785 library can check a hash made here.

What JSON cannot hold exactly is refused rather than bent: NaN, infinities, integers beyond
2**53 - 1 (pass them as text), lone surrogates, keys that are not text, datetimes and every other
Python object (callers write datetimes as ISO 8601 text).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring
from typing import Any, TypeAlias

from windlass.errors import InputError

#: A value JSON can hold. Reading gives plain dicts and lists.
JSON: TypeAlias = Any

#: The largest integer that every JSON reader keeps exact.
MAX_EXACT = 2**53 - 1

_WORDS = {None: "null", True: "true", False: "false"}
#: Text in quotes, escaped only where it must be; ``json.dumps`` would make an encoder each time.
_text = encode_basestring


def canonical(value: JSON) -> str:
    """``value`` as canonical JSON text.

    Raises:
        InputError: ``value`` holds something canonical JSON cannot; the message says where.

    >>> canonical({"b": [1.0, None, True], "a": "é"})
    '{"a":"é","b":[1,null,true]}'
    """
    parts: list[str] = []
    try:
        _write(value, parts.append)
    except _Refused as refused:
        raise InputError(f"${refused.where}: {refused.what}") from None
    text = "".join(parts)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError("text with a lone surrogate cannot be recorded; decode it first") from None
    return text


def sha256(text: str) -> str:
    """The SHA-256 of ``text`` in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def loads(text: str) -> JSON:
    """Read canonical JSON back, so that ``canonical(loads(text)) == text``."""
    return json.loads(text, parse_int=_exact_number)


def _exact_number(digits: str) -> int | float:
    number = int(digits)
    return number if abs(number) <= MAX_EXACT else float(digits)


def _write(value: JSON, put: Callable[[str], object]) -> None:
    """Every event is written so, several times: the commonest kinds of value come first."""
    if isinstance(value, str):
        put(_text(str(value)))
    elif value is None or value is True or value is False:
        put(_WORDS[value])
    elif isinstance(value, int):
        put(_integer(value))
    elif isinstance(value, float):
        put(_float(value))
    elif isinstance(value, Mapping):
        _write_object(value, put)
    elif isinstance(value, list | tuple):
        _write_array(value, put)
    else:
        raise _Refused(
            f"{type(value).__name__} cannot be recorded; allowed: text, numbers, "
            "true/false, null, lists and mappings of these (write a datetime as ISO 8601 text)"
        )


def _write_object(value: Mapping[Any, JSON], put: Callable[[str], object]) -> None:
    before = "{"
    for key in _in_order(value):
        put(f"{before}{_text(str(key))}:")
        try:
            _write(value[key], put)
        except _Refused as refused:
            raise refused.below(f".{key}") from None
        before = ","
    put("{}" if before == "{" else "}")


def _in_order(value: Mapping[Any, JSON]) -> list[str]:
    """The keys by their UTF-16 code units, which for ASCII is Python's own order."""
    for key in value:
        if not isinstance(key, str):
            raise _Refused(f"the key {key!r} is not text")
    if all(map(str.isascii, value)):
        return sorted(value)
    return sorted(value, key=_utf16)


def _write_array(value: list[JSON] | tuple[JSON, ...], put: Callable[[str], object]) -> None:
    before = "["
    for index, item in enumerate(value):
        put(before)
        try:
            _write(item, put)
        except _Refused as refused:
            raise refused.below(f"[{index}]") from None
        before = ","
    put("[]" if before == "[" else "]")


class _Refused(Exception):
    """Something canonical JSON cannot hold, with the way to it, known from the inside out."""

    def __init__(self, what: str, where: str = "") -> None:
        super().__init__(what)
        self.what, self.where = what, where

    def below(self, step: str) -> _Refused:
        """The same, seen from one level up."""
        return _Refused(self.what, step + self.where)


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _integer(value: int) -> str:
    if abs(value) > MAX_EXACT:
        raise _Refused(f"{value} is beyond 2**53 - 1; record it as text")
    return str(int(value))


def _float(value: float) -> str:
    """ECMAScript's ``Number::toString``: Python's shortest digits, laid out its way."""
    if not math.isfinite(value):
        raise _Refused(f"{value} is not a number JSON can hold; record null")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = int(exponent or 0) + len(whole) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _lay_out(digits, point)


def _lay_out(digits: str, point: int) -> str:
    """``0.digits`` times ten to the ``point``, as ECMA-262 §6.1.6.1.20 prints it."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    exponent = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return digits[0] + ("." + digits[1:] if count > 1 else "") + exponent

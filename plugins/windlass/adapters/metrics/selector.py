"""Which samples of a series are meant: ``http_requests_total{route="checkout",code!~"2.."}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from windlass.errors import InputError

_WHOLE = re.compile(r"\s*([A-Za-z_:][A-Za-z0-9_:]*)\s*(?:\{(.*)\})?\s*", re.DOTALL)
_PART = re.compile(r'\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(,|$)')


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label; a missing label is an empty one."""

    label: str
    sign: str
    value: str

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether ``labels`` meet it."""
        found = labels.get(self.label, "")
        if self.sign in ("=", "!="):
            return (found == self.value) == (self.sign == "=")
        return bool(re.fullmatch(self.value, found)) == (self.sign == "=~")


@dataclass(frozen=True, slots=True)
class Selector:
    """A series' name and the conditions on its labels."""

    name: str
    matchers: tuple[Matcher, ...] = ()

    def takes(self, labels: Mapping[str, str]) -> bool:
        """Whether a sample with these labels is meant."""
        return all(matcher.holds(labels) for matcher in self.matchers)


def parse(text: str) -> Selector:
    """The selector written in ``text``.

    >>> parse('up{job="web"}')
    Selector(name='up', matchers=(Matcher(label='job', sign='=', value='web'),))

    Raises:
        InputError: it is not one; shows what is allowed.
    """
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        raise _wrong(text)
    rest, matchers = (whole[2] or "").strip(), []
    while rest:
        part = _PART.match(rest)
        if part is None:
            raise _wrong(text)
        label, sign, value = part[1], part[2], re.sub(r"\\(.)", _unescaped, part[3])
        if sign in ("=~", "!~"):
            _check(text, value)
        matchers.append(Matcher(label, sign, value))
        rest = rest[part.end() :]
    return Selector(whole[1], tuple(matchers))


def _unescaped(found: re.Match[str]) -> str:
    return {"n": "\n", '"': '"', "\\": "\\"}.get(found[1], found[0])


def _check(text: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise InputError(f"{text!r}: {pattern!r} is no regular expression: {error}") from error


def _wrong(text: str) -> InputError:
    return InputError(f'{text!r} names no series; write name or name{{label="value",other!~"5.."}}')

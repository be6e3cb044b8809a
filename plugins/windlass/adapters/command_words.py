"""The words of a command from the settings, with ``{version}`` and the like filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from windlass.errors import InputError, NotConfigured
from windlass.spec.suggest import allowed, did_you_mean

_HOLE = re.compile(r"\{([a-z_]+)\}")


def filled(words: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """``words`` with each ``{name}`` replaced; a value never becomes more than one word.

    >>> filled(["deploy", "--to={region}", "{version}"], {"region": "eu", "version": "1.0.0"})
    ('deploy', '--to=eu', '1.0.0')

    Raises:
        NotConfigured: there is no such name.
        InputError: a value would make a word of its own that a program reads as an option.
    """

    def value(hole: re.Match[str]) -> str:
        if hole[1] not in values:
            raise NotConfigured(
                f"{hole[0]} in {' '.join(words)!r} stands for nothing{allowed(values)}"
                f"{did_you_mean(hole[1], values)}"
            )
        return values[hole[1]]

    done = tuple(_HOLE.sub(value, word) for word in words)
    for word, after in zip(words, done, strict=True):
        if after.startswith("-") and not word.startswith("-"):
            raise InputError(f"{after!r} would be read as an option in {' '.join(words)!r}")
    return done


def place_values(target: str) -> dict[str, str]:
    """``target``, ``environment`` and ``region`` of a target's name.

    >>> place_values("production/eu-west")
    {'target': 'production/eu-west', 'environment': 'production', 'region': 'eu-west'}
    """
    environment, _, region = target.partition("/")
    return {"target": target, "environment": environment, "region": region}


def as_variables(values: Mapping[str, str]) -> dict[str, str]:
    """The same values as environment variables: ``VERSION`` for ``version``."""
    return {name.upper(): value for name, value in values.items()}

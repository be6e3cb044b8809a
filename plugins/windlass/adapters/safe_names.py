"""Names from outside that become file names, and text from outside that is shown in lines."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

from windlass.errors import InputError, TerminalError

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,119}")
_NOT_PART = re.compile(r"[^A-Za-z0-9_.+-]+")


def path_below(folder: Path, key: str, suffix: str = "") -> Path:
    """The file for ``key`` under ``folder``; a slash in the key makes a folder.

    Raises:
        InputError: the key has a part that is not a plain file name.
    """
    parts = key.split("/")
    if not all(_PART.fullmatch(part) for part in parts):
        raise InputError(
            f"{key!r} cannot name a file; allowed: letters, digits and _ . + - in parts parted by /"
        )
    return folder.joinpath(*parts[:-1], parts[-1] + suffix)


def file_name(text: str) -> str:
    """A file name for any text: readable, and different for different texts.

    >>> file_name("production/eu-west")
    'production@eu-west'
    >>> file_name("../../etc") == file_name("..%..%etc")
    False
    """
    parts = text.split("/")
    if all(_PART.fullmatch(part) for part in parts):
        return "@".join(parts)
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    return f"{_NOT_PART.sub('-', text).strip('-.')[:60] or 'x'}@{digest}"


def resolve_inside(folder: Path, name: str) -> Path:
    """The existing file ``name`` in ``folder``, links followed.

    Raises:
        TerminalError: it lies outside the folder.
    """
    found = (folder / name).resolve()
    if not found.is_relative_to(folder.resolve()):
        raise TerminalError(f"{name!r} leads out of {folder}; name a file inside it")
    return found


def one_line(text: str, limit: int = 500) -> str:
    r"""``text`` on one line, without control or direction characters, at most ``limit`` long.

    >>> one_line("a\nb\x1b[31m")
    'a b[31m'
    """
    spaced = re.sub(r"[\n\r\t]", " ", text)
    plain = "".join(c for c in spaced if not _hidden(c)).strip()
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def visible(text: str) -> str:
    """``text`` with its lines, without control or direction characters."""
    return "".join(c for c in text if c in "\n\t" or not _hidden(c))


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")

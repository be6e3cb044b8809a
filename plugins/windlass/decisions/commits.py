"""What a commit message says, by Conventional Commits: type, breaking, issues, what it undoes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from windlass.decisions.versions import Bump

_HEADER = re.compile(
    r"(?P<type>[A-Za-z]+)(?:\((?P<area>[^()\r\n]+)\))?(?P<breaking>!)?:[ \t]+(?P<text>\S.*)"
)
_BREAKING = re.compile(
    r"^BREAKING[ -]CHANGE:[ \t]+(?P<text>.+?)(?=\n\n|\n[\w-]+(?:: | #)|\Z)",
    re.MULTILINE | re.DOTALL,
)
_ISSUE = re.compile(r"(?<![\w&-])(?:[A-Z][A-Z0-9_]+-[1-9][0-9]*|#[1-9][0-9]*)(?![\w-])")
_REVERTS = re.compile(
    r"This reverts commit ([0-9a-f]{7,64})|^Refs?: ([0-9a-f]{7,64})", re.MULTILINE
)
_MERGE = re.compile(r"Merge (branch|pull request|remote-tracking branch|tag|commit) ")

#: Words that look like an issue key and are none.
NO_ISSUES = frozenset({"UTF-8", "UTF-16", "UTF-32", "SHA-1", "SHA-256", "SHA-512", "ISO-8601"})


@dataclass(frozen=True, slots=True)
class Message:
    """A commit message, read.

    Attributes:
        type: ``feat``, ``fix`` …, in lower case; empty when it follows no convention.
        area: what stands in brackets.
        text: the description; the whole first line when it follows no convention.
        breaking: what breaks, in its author's words; empty when nothing does.
        issues: keys it names (``SHOP-12``, ``#7``), in order, each once.
        reverts: the commit it undoes; empty when it undoes none.
        merge: whether it only joins branches.
    """

    type: str
    area: str
    text: str
    breaking: str
    issues: tuple[str, ...]
    reverts: str
    merge: bool

    @property
    def bump(self) -> Bump:
        """How much it raises the version: whatever is not a feature is a patch."""
        if self.breaking:
            return Bump.MAJOR
        return Bump.MINOR if self.type == "feat" else Bump.PATCH


def read_message(message: str) -> Message:
    r"""Read a commit message of any shape; nothing is refused.

    >>> read = read_message("feat(cart)!: drop the old basket (SHOP-12)")
    >>> read.type, read.area, read.breaking, read.issues, read.bump.name
    ('feat', 'cart', 'drop the old basket (SHOP-12)', ('SHOP-12',), 'MAJOR')
    >>> read_message("fix: total\n\nBREAKING CHANGE: prices are in cents\nRefs: SHOP-3").breaking
    'prices are in cents'
    >>> read_message("Fixed a typo").bump.name
    'PATCH'
    """
    message = message.replace("\r\n", "\n").strip()
    first = message.partition("\n")[0].strip()
    header = _HEADER.fullmatch(first)
    footer = _BREAKING.search(message)
    breaking = " ".join(footer["text"].split()) if footer else ""
    if header and header["breaking"] and not breaking:
        breaking = header["text"]
    keys = (key for key in _ISSUE.findall(message) if key not in NO_ISSUES)
    undone = _REVERTS.search(message) if _is_revert(first) else None
    return Message(
        type=header["type"].lower() if header else "",
        area=(header["area"] or "") if header else "",
        text=header["text"] if header else first,
        breaking=breaking,
        issues=tuple(dict.fromkeys(keys)),
        reverts=next((sha for sha in undone.groups() if sha), "") if undone else "",
        merge=bool(_MERGE.match(first)),
    )


def bump_of(messages: Iterable[Message]) -> Bump:
    """The most that any of ``messages`` asks for; merges ask for nothing; none at all is NONE."""
    return max((m.bump for m in messages if not m.merge), default=Bump.NONE)


def _is_revert(first: str) -> bool:
    return first.startswith(("Revert ", "revert:", "revert("))

"""Reading ``git log -z --raw``: fields parted by NUL, which no message and no path can hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from windlass.ports.source_control import Commit

#: Arguments of ``git log`` whose output :func:`commits` reads. Merges list what they changed
#: against all of their parents: a change smuggled into a merge is seen.
ARGUMENTS = (
    "-z",
    "--raw",
    "--no-renames",
    "--no-abbrev",
    "--no-show-signature",
    "--no-color",
    "--diff-merges=combined",
    "--format=%H%x00%an <%ae>%x00%cI%x00%B",
)
#: Words that look like an issue key and are none.
_NOT_ISSUES = frozenset({"UTF", "SHA", "ISO", "RFC", "CVE", "CWE", "PEP", "HTTP", "TLS", "AES"})
_ISSUE = re.compile(r"(?<![A-Za-z0-9_-])([A-Z][A-Z0-9_]+)-([1-9]\d*)(?![A-Za-z0-9_])")


def issue_keys(message: str) -> tuple[str, ...]:
    """The tracker keys named in ``message``, each once, in order.

    >>> issue_keys("Fix SHOP-12 and shop-13, SHOP-12 again (UTF-8)")
    ('SHOP-12',)
    """
    found = (m.group() for m in _ISSUE.finditer(message) if m[1] not in _NOT_ISSUES)
    return tuple(dict.fromkeys(found))


def commits(output: bytes) -> Iterator[Commit]:
    """The commits in the output of ``git log`` with :data:`ARGUMENTS`, in its order."""
    tokens = output.decode(errors="replace").split("\0")
    position = 0
    while position < len(tokens):
        if not tokens[position].strip():
            position += 1
            continue
        sha, author, at, message = tokens[position : position + 4]
        position += 4
        files = []
        while position < len(tokens) and _continues(tokens[position]):
            if tokens[position].strip():
                position += 1
                files.append(tokens[position])
            position += 1
        yield Commit(
            sha=sha,
            author=author,
            at=datetime.fromisoformat(at),
            message=message.strip(),
            issues=issue_keys(message),
            files=tuple(dict.fromkeys(files)),
        )


def _continues(token: str) -> bool:
    stripped = token.strip()
    return not stripped or stripped.startswith(":")

"""No secret ever enters an event.

A key that names a secret is a mistake in our own code: refused. A value that looks like a secret
comes from the outside (a commit message, a vendor's error): the secret is cut out, since refusing
would let one careless commit stop a release.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from windlass.errors import InputError
from windlass.ledger.canonical import JSON

#: A mapping key whose last words are one of these may not hold text.
SECRET_KEYS: frozenset[str] = frozenset(
    {
        "access_key",
        "access_token",
        "api_key",
        "apikey",
        "auth_token",
        "authorization",
        "client_secret",
        "cookie",
        "credential",
        "credentials",
        "passphrase",
        "passwd",
        "password",
        "private_key",
        "refresh_token",
        "secret",
        "signing_key",
        "token",
    }
)

#: What secrets look like inside text; group 1, where there is one, is kept.
SECRET_TEXT: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "private key",
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [^-]*-----|\Z)", re.DOTALL),
    ),
    (
        "password in URL",
        re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)", re.IGNORECASE),
    ),
    (
        "authorization",
        re.compile(r"(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/-]{16,}=*", re.IGNORECASE),
    ),
    ("GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})")),
    ("GitLab token", re.compile(r"\bglpat-[\w-]{16,}")),
    ("Slack token", re.compile(r"\bxox[abeoprs]-[\w-]{10,}")),
    ("Slack webhook", re.compile(r"(hooks\.slack\.com/services/)[\w/]+")),
    ("AWS key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("JWT", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    (
        "query parameter",
        re.compile(r"([?&](?:token|key|api_key|access_token|secret|sig)=)[^&\s#]+", re.IGNORECASE),
    ),
)

#: Every pattern above needs one of these: most text holds none, and is done with one search.
_SUSPECT = re.compile(
    r"-----BEGIN|://|bearer|basic|gh[pousr]_|github_pat_|glpat-|xox|hooks\.slack|akia|asia|eyj|[?&]",
    re.IGNORECASE,
)

#: What stands where a secret was.
REMOVED = "[secret removed]"

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*\Z")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def without_secrets(data: JSON, where: str = "data", *, refuse: bool = True) -> JSON:
    """``data`` with secrets cut out of its text.

    Args:
        data: any JSON.
        where: how the error calls it.
        refuse: what to do when a key names a secret and holds text: raise, or cut the text out
            (for what vendors answer).

    Raises:
        InputError: such a key, and ``refuse``.

    >>> without_secrets({"url": "https://mia:hunter2@git.example/x"})
    {'url': 'https://mia:[password in URL removed]@git.example/x'}
    """
    if isinstance(data, str):
        return scrub(data)
    if isinstance(data, Mapping):
        return {k: _value(k, v, f"{where}.{k}", refuse=refuse) for k, v in data.items()}
    if isinstance(data, list | tuple):
        return [without_secrets(v, f"{where}[{i}]", refuse=refuse) for i, v in enumerate(data)]
    return data


def _value(key: object, value: JSON, where: str, *, refuse: bool) -> JSON:
    if not (isinstance(value, str) and value not in ("", REMOVED) and names_a_secret(key)):
        return without_secrets(value, where, refuse=refuse)
    if refuse:
        raise InputError(
            f"{where}: a secret may not enter the ledger; leave it out, or if it is no secret, "
            "name it otherwise (for example the id of the connection)"
        )
    return REMOVED


def scrub(text: str) -> str:
    """``text`` with everything that looks like a secret cut out and named."""
    if not _SUSPECT.search(text):
        return text
    for name, pattern in SECRET_TEXT:
        kept = r"\1" if pattern.groups else ""
        text = pattern.sub(f"{kept}[{name} removed]", text)
    return text


def names_a_secret(key: object) -> bool:
    """Whether a mapping key names a secret: ``apiKey``, ``db_password``, ``X-Auth-Token``."""
    return isinstance(key, str) and _names_a_secret(key)


@lru_cache(maxsize=4096)
def _names_a_secret(key: str) -> bool:
    if not _IDENTIFIER.match(key):
        return False
    words = re.split(r"[_.-]", _CAMEL.sub("_", key).lower())
    return words[-1] in SECRET_KEYS or "_".join(words[-2:]) in SECRET_KEYS

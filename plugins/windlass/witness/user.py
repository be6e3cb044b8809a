"""Who makes a request, as Airflow's auth manager says."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from windlass.airflow_internals import resolve_token

BEARER = "bearer "


async def user_of(scope: MutableMapping[str, Any]) -> str | None:
    """The user's id, or None when nobody is logged in: Airflow then answers 401 itself."""
    user = (scope.get("state") or {}).get("user")
    if user is None:
        token = _token(scope)
        user = await resolve_token(token) if token else None
    return str(user.get_id()) if user is not None else None


def _token(scope: MutableMapping[str, Any]) -> str | None:
    """From the header, or from the UI's cookie."""
    for name, value in scope.get("headers", ()):
        text = value.decode("latin-1")
        if name == b"authorization" and text.lower().startswith(BEARER):
            return str(text[len(BEARER) :].strip())
        if name == b"cookie":
            for pair in text.split(";"):
                key, _, word = pair.strip().partition("=")
                if key == "_token" and word:
                    return str(word)
    return None

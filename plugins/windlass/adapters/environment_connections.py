"""Connections from environment variables, as Airflow names them: for runs without Airflow."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from windlass.errors import NotConfigured
from windlass.ports.connection import ConnectionInfo

#: ``AIRFLOW_CONN_SLACK_DEFAULT`` holds the connection ``slack_default``, as a URI or as JSON.
PREFIX = "AIRFLOW_CONN_"


def connect(connection_id: str) -> ConnectionInfo:
    """The connection in the environment variable of that name.

    Raises:
        NotConfigured: it is not set, or cannot be read; says which variable.
    """
    name = PREFIX + connection_id.upper()
    text = os.environ.get(name)
    if text is None:
        raise NotConfigured(f"no connection {connection_id!r}: set {name} to a URI or to JSON")
    if text.lstrip().startswith("{"):
        return _from_json(name, text)
    return _from_uri(text)


def _from_json(name: str, text: str) -> ConnectionInfo:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise NotConfigured(f"{name} is not JSON: {error}") from error
    extra = data.get("extra") or {}
    return ConnectionInfo(
        host=data.get("host") or "",
        login=data.get("login") or "",
        password=data.get("password") or "",
        port=data.get("port"),
        schema=data.get("schema") or "",
        extra=extra if isinstance(extra, Mapping) else json.loads(extra),
    )


def _from_uri(text: str) -> ConnectionInfo:
    """``http://user:word@host:8080/schema?name=value``; percent-encoded as in Airflow."""
    parts = urlsplit(text)
    path = unquote(parts.path.lstrip("/"))
    return ConnectionInfo(
        host=unquote(parts.hostname or ""),
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        port=parts.port,
        schema=path or parts.scheme,
        extra=dict(parse_qsl(parts.query)),
    )

"""What an adapter needs to reach a vendor: address and credentials, never shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """One connection, as the people who run the system entered it.

    Only ``host`` and ``port`` are ever printed: logins, passwords and extras may be secrets.

    Attributes:
        host: a host name, or a whole base URL.
        login: user name or e-mail.
        password: password or token.
        port: TCP port, or None for the protocol's own.
        schema: ``https``, a database name, or whatever the vendor's connection type calls it.
        extra: everything else, by name.
    """

    host: str = ""
    login: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    port: int | None = None
    schema: str = field(default="", repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def base_url(self) -> str:
        """The address as a URL without a slash at the end; ``https`` unless it says otherwise.

        >>> ConnectionInfo(host="jira.example.com", port=8443).base_url
        'https://jira.example.com:8443'
        >>> ConnectionInfo(host="http://127.0.0.1:8080/").base_url
        'http://127.0.0.1:8080'
        """
        if "://" in self.host:
            return self.host.rstrip("/")
        scheme = self.schema if self.schema in ("http", "https") else "https"
        return f"{scheme}://{self.host}" + (f":{self.port}" if self.port else "")


#: Finds a connection by its id.
#:
#: Raises ``NotConfigured`` when there is none.
Connect = Callable[[str], ConnectionInfo]

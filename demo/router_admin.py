"""The router's admin interface: read and set backends and weights, scrape metrics.

    GET  /admin/backends   {"revision", "backends": [...], "draining": [...]} and an ETag
    PUT  /admin/backends   {"backends": [{"version", "url", "weight"}], "allow_silence"?: bool}
    GET  /weights          {"revision", "weights": {version: percent}} and an ETag
    PUT  /weights          {"weights": {version: number}, "allow_silence"?: bool}
    GET  /metrics          Prometheus text
    GET  /health           200

A PUT needs `If-Match` with the ETag that its author read (`*` for any): 428 without, 412 when
somebody else came first. 422 says what is wrong with the wish. The answer of a PUT is the state.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http.client import responses
from typing import Any

from demo import wire
from demo.backends import BackendTable, BadBackends, Wish
from demo.exposition import RouterCounters

VERSION = re.compile(r"[0-9A-Za-z.+-]+")


class Refused(Exception):
    """The request is answered with `status` and the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Admin:
    """Answers on the admin port."""

    def __init__(self, table: BackendTable, counters: RouterCounters) -> None:
        self.table = table
        self.counters = counters
        self._answers: dict[tuple[str, str], Callable[[wire.Message], dict[str, Any]]] = {
            ("GET", "/admin/backends"): lambda _: self.backends(),
            ("PUT", "/admin/backends"): self.put_backends,
            ("GET", "/weights"): lambda _: self.weights(),
            ("PUT", "/weights"): self.put_weights,
            ("GET", "/health"): lambda _: {"status": "ok"},
        }

    async def answer(self, request: wire.Message) -> wire.Message:
        """The answer to one request."""
        method, path = (word.decode("latin-1") for word in request.words[:2])
        if (method, path) == ("GET", "/metrics"):
            text = self.counters.text().encode()
            return wire.response(200, "OK", text, "text/plain; version=0.0.4")
        found = self._answers.get((method, path))
        if found is None:
            return self._json(404, {"error": f"no {method} {path}"})
        try:
            return self._json(200, found(request))
        except Refused as refused:
            return self._json(refused.status, {"error": str(refused)})
        except BadBackends as error:
            return self._json(422, {"error": str(error)})

    def backends(self) -> dict[str, Any]:
        """Every backend with its weight and what it has in flight."""
        return {
            "revision": self.table.revision,
            "backends": [backend.as_json() for backend in self.table.serving],
            "draining": [backend.as_json() for backend in self.table.leaving()],
        }

    def weights(self) -> dict[str, Any]:
        """The share of each version in percent."""
        weights = self.table.weights()
        total = sum(weights.values()) or 1.0
        shares = {version: 100.0 * weight / total for version, weight in weights.items()}
        return {"revision": self.table.revision, "weights": shares}

    def put_backends(self, request: wire.Message) -> dict[str, Any]:
        """Set all backends."""
        document = self._wished(request, "backends", list)
        wishes = [self._wish(entry) for entry in document["backends"]]
        self.table.replace(wishes, allow_silence=document.get("allow_silence") is True)
        return self.backends()

    def put_weights(self, request: wire.Message) -> dict[str, Any]:
        """Set the weights of all versions."""
        document = self._wished(request, "weights", dict)
        weights = {v: self._number(weight) for v, weight in document["weights"].items()}
        self.table.reweigh(weights, allow_silence=document.get("allow_silence") is True)
        return self.weights()

    def _wished(self, request: wire.Message, key: str, kind: type) -> dict[str, Any]:
        expected = request.header("If-Match")
        if expected is None:
            raise Refused(428, f"send If-Match; the current ETag is {self.table.etag}")
        if expected not in {"*", self.table.etag}:
            raise Refused(412, f"the state is {self.table.etag}, not {expected}: read it again")
        try:
            document = json.loads(request.body)
        except ValueError as error:
            raise Refused(400, f"not JSON: {error}") from error
        if not isinstance(document, dict) or not isinstance(document.get(key), kind):
            raise Refused(422, f"expected an object with {key!r} ({kind.__name__})")
        return document

    def _wish(self, entry: object) -> Wish:
        if not isinstance(entry, dict) or set(entry) != {"version", "url", "weight"}:
            raise Refused(422, "a backend is {version, url, weight}")
        version, url = entry["version"], entry["url"]
        if not isinstance(version, str) or not VERSION.fullmatch(version):
            raise Refused(422, f"version {version!r}: letters, digits, '.', '+' and '-'")
        return Wish(version, str(url), self._number(entry["weight"]))

    def _number(self, weight: object) -> float:
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise Refused(422, f"weight {weight!r} is not a number")
        return float(weight)

    def _json(self, status: int, document: object) -> wire.Message:
        body = json.dumps(document).encode() + b"\n"
        reason = responses[status]
        return wire.response(status, reason, body, "application/json", ETag=self.table.etag)

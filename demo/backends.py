"""Which backends a router has, how much traffic each gets, and which may stop.

Weights are relative numbers per backend. A version's weight is the sum over its backends, so
percentages work as they are. The choice is smooth weighted round-robin (the one of nginx): no
randomness, and any hundred requests in a row follow the weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from demo.connections import Connections


class BadBackends(ValueError):
    """The wished state is not one that a router can be in."""


@dataclass(slots=True, eq=False)
class Backend:
    """One replica behind the router, with what the router knows of it."""

    version: str
    url: str
    weight: float
    connections: Connections = field(repr=False)
    in_flight: int = 0
    credit: float = 0.0

    def as_json(self) -> dict[str, object]:
        """The backend as the admin interface shows it."""
        return {
            "version": self.version,
            "url": self.url,
            "weight": self.weight,
            "in_flight": self.in_flight,
        }


@dataclass(frozen=True, slots=True)
class Wish:
    """One backend as somebody wants it."""

    version: str
    url: str
    weight: float


class BackendTable:
    """The router's backends. `revision` counts the changes; it is the ETag."""

    def __init__(self) -> None:
        self.revision = 0
        self.serving: list[Backend] = []
        self._leaving: list[Backend] = []

    @property
    def etag(self) -> str:
        """The revision as an HTTP entity tag."""
        return f'"{self.revision}"'

    def leaving(self) -> list[Backend]:
        """Removed backends that still finish requests; forgets those that are done."""
        self._leaving = [backend for backend in self._leaving if backend.in_flight]
        return self._leaving

    def weights(self) -> dict[str, float]:
        """The weight of each version, 0 included."""
        found: dict[str, float] = {}
        for backend in self.serving:
            found[backend.version] = found.get(backend.version, 0.0) + backend.weight
        return found

    def choose(self, without: Iterable[Backend] = ()) -> Backend | None:
        """The backend for the next request, or None when nothing has weight."""
        able = [b for b in self.serving if b.weight > 0 and b not in without]
        if not able:
            return None
        for backend in able:
            backend.credit += backend.weight
        chosen = max(able, key=lambda backend: backend.credit)
        chosen.credit -= sum(backend.weight for backend in able)
        return chosen

    def replace(self, wishes: list[Wish], *, allow_silence: bool = False) -> None:
        """Make the table what `wishes` say: keeps known backends, drains the ones left out.

        Args:
            wishes: All backends, each address once.
            allow_silence: Whether a router that has traffic may be left without any weight.

        Raises:
            BadBackends: Says which wish is wrong; nothing was changed.
        """
        self._check(wishes, allow_silence=allow_silence)
        if wishes == [Wish(b.version, b.url, b.weight) for b in self.serving]:
            return
        known = {(backend.version, backend.url): backend for backend in self.serving}
        serving = []
        for wish in wishes:
            backend = known.pop((wish.version, wish.url), None)
            if backend is None:
                backend = Backend(wish.version, wish.url, wish.weight, Connections(wish.url))
            backend.weight, backend.credit = wish.weight, 0.0
            serving.append(backend)
        for backend in known.values():
            backend.connections.close()
        self._leaving = [*self.leaving(), *known.values()]
        self.serving = serving
        self.revision += 1

    def reweigh(self, weights: Mapping[str, float], *, allow_silence: bool = False) -> None:
        """Set the weight of every version, shared evenly by its backends; not named means 0.

        Raises:
            BadBackends: A version without a backend has weight, or a weight is no number.
        """
        counts: dict[str, int] = {}
        for backend in self.serving:
            counts[backend.version] = counts.get(backend.version, 0) + 1
        unknown = sorted(set(weights) - set(counts))
        if unknown:
            raise BadBackends(f"no backend runs {', '.join(unknown)}; known: {sorted(counts)}")
        self.replace(
            [
                Wish(b.version, b.url, weights.get(b.version, 0.0) / counts[b.version])
                for b in self.serving
            ],
            allow_silence=allow_silence,
        )

    def _check(self, wishes: list[Wish], *, allow_silence: bool) -> None:
        seen: set[str] = set()
        for wish in wishes:
            if wish.url in seen:
                raise BadBackends(f"{wish.url} is there twice")
            if not 0 <= wish.weight < float("inf"):
                raise BadBackends(f"{wish.url}: weight {wish.weight} is not a number from 0 up")
            seen.add(wish.url)
            try:
                Connections(wish.url)
            except ValueError as error:
                raise BadBackends(str(error)) from error
        live = any(backend.weight for backend in self.serving)
        if live and not allow_silence and not any(wish.weight for wish in wishes):
            raise BadBackends(
                "this would leave no backend with traffic; say allow_silence to mean it"
            )

"""What a router sends where, and what it should: pure arithmetic on backends and weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from windlass.ports.deployments import Exposure

#: Shares are compared for equality with what was wished: rounding hides the division by replicas.
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Backend:
    """One replica behind a router. ``weight`` is relative; ``in_flight`` counts open requests."""

    version: str
    url: str
    weight: float
    in_flight: int = 0

    def wish(self) -> dict[str, object]:
        """What the router takes."""
        return {"version": self.version, "url": self.url, "weight": self.weight}


Table = tuple[Backend, ...]


def exposure(table: Table, digests: dict[str, str]) -> Exposure:
    """Percent of traffic by version; a version whose backends have no weight has 0."""
    total = sum(backend.weight for backend in table)
    shares: dict[str, float] = {}
    for backend in table:
        part = 100.0 * backend.weight / total if total else 0.0
        shares[backend.version] = shares.get(backend.version, 0.0) + part
    rounded = {version: round(share, _DIGITS) for version, share in sorted(shares.items())}
    return Exposure(rounded, {v: digests[v] for v in rounded if v in digests})


def stable_beside(table: Table, version: str) -> str | None:
    """The version with the most traffic, ``version`` aside; None when nothing else has any."""
    weights: dict[str, float] = {}
    for backend in table:
        if backend.version != version and backend.weight > 0:
            weights[backend.version] = weights.get(backend.version, 0.0) + backend.weight
    return max(weights, key=lambda v: (weights[v], v)) if weights else None


def shifted(table: Table, version: str, urls: Sequence[str], percent: float) -> Table:
    """``percent`` to ``version`` on ``urls``, the rest to the stable one, nothing to any other.

    Where nothing else has traffic there is no rest: ``version`` gets it all. Backends that lose
    their weight stay, so that what they have in flight is seen to its end; those of ``version``
    that are not in ``urls`` no longer run and go.

    >>> old = (Backend("1.0.0", "http://a:1", 50.0), Backend("1.0.0", "http://a:2", 50.0))
    >>> [(b.version, b.weight) for b in shifted(old, "1.1.0", ["http://a:3"], 5.0)]
    [('1.0.0', 47.5), ('1.0.0', 47.5), ('1.1.0', 5.0)]
    """
    stable = stable_beside(table, version)
    mine = percent if stable is not None else 100.0
    others = [backend for backend in table if backend.version != version]
    count = sum(backend.version == stable for backend in others)
    kept = [
        replace(backend, weight=(100.0 - mine) / count if backend.version == stable else 0.0)
        for backend in others
    ]
    return (*kept, *(Backend(version, url, mine / len(urls)) for url in urls))


def silent(table: Table) -> Table:
    """The same backends without any weight."""
    return tuple(replace(backend, weight=0.0) for backend in table)


def idle_versions(table: Table) -> frozenset[str]:
    """The versions that are behind the router and get no traffic."""
    busy = {backend.version for backend in table if backend.weight > 0}
    return frozenset(backend.version for backend in table) - busy

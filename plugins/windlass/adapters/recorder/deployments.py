"""Exposures as a dry run would have set them, over what is really served."""

from __future__ import annotations

from windlass.adapters.recorder.call import Log, from_json
from windlass.ports.deployments import Artifact, Deployments, Exposure


class RecordedDeployments:
    """The first call for a target starts from what it really serves."""

    visible_within = 0.0
    deadline = 180.0

    def __init__(self, inner: Deployments, log: Log) -> None:
        self._inner, self._log = inner, log
        self.undo = inner.undo

    async def current(self, target: str) -> Exposure:
        """See the port."""
        for call in reversed(self._log.calls()):
            if call.arguments["target"] == target:
                return from_json(Exposure, call.answer)
        return await self._inner.current(target)

    async def available(self, artifact: Artifact) -> bool:
        """See the port."""
        return await self._inner.available(artifact)

    async def rehearse(self, target: str, artifact: Artifact, percent: float) -> str:
        """See the port."""
        return await self._inner.rehearse(target, artifact, percent)

    async def expose(self, target: str, artifact: Artifact, percent: float) -> None:
        """See the port; fails as the real one would, because it rehearses."""
        would = await self._inner.rehearse(target, artifact, percent)
        now = await self.current(target)
        others = {v: s for v, s in now.shares.items() if s and v != artifact.version}
        shares = {artifact.version: percent if others else 100.0}
        if others and percent < 100:
            stable = max(others, key=lambda version: (others[version], version))
            shares[stable] = 100.0 - percent
        digests = {**now.digests, artifact.version: artifact.digest}
        self._log.add(
            "expose", would, _exposure(shares, digests),
            target=target, artifact=artifact, percent=percent,
        )  # fmt: skip

    async def retract(self, target: str, version: str, back_to: Artifact | None) -> None:
        """See the port."""
        now = await self.current(target)
        shares = {back_to.version: 100.0} if back_to else {}
        digests = {**now.digests, **({back_to.version: back_to.digest} if back_to else {})}
        self._log.add(
            "retract",
            f"take {version} out of {target}, back to {back_to.version if back_to else 'nothing'}",
            _exposure(shares, digests),
            target=target, version=version, back_to=back_to,
        )  # fmt: skip


def _exposure(shares: dict[str, float], digests: dict[str, str]) -> Exposure:
    return Exposure(shares, {v: digest for v, digest in digests.items() if v in shares})

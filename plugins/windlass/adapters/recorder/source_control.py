"""Branches and tags that a dry run would have made, over the repository as it is."""

from __future__ import annotations

from windlass.adapters.recorder.call import Log
from windlass.errors import RefusedByVendor
from windlass.ports.source_control import Commit, SourceControl


class RecordedSourceControl:
    """Names written down are seen before those of the repository."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(self, inner: SourceControl, log: Log) -> None:
        self._inner, self._log = inner, log

    async def resolve(self, ref: str) -> str | None:
        """See the port."""
        return self._made(ref) or await self._inner.resolve(ref)

    async def compare(self, base: str | None, head: str) -> tuple[Commit, ...]:
        """See the port."""
        known = base if base is None else self._made(base) or base
        return await self._inner.compare(known, self._made(head) or head)

    async def changed_lines(self, base: str | None, head: str) -> int | None:
        """See the port."""
        known = base if base is None else self._made(base) or base
        return await self._inner.changed_lines(known, self._made(head) or head)

    async def contains(self, ref: str, sha: str) -> bool:
        """See the port."""
        return await self._inner.contains(self._made(ref) or ref, sha)

    async def create_branch(self, name: str, sha: str) -> None:
        """See the port."""
        if await self._free("branch", name, sha):
            self._log.add("create_branch", f"create branch {name} at {sha}", name=name, sha=sha)

    async def create_tag(self, name: str, sha: str, message: str) -> None:
        """See the port."""
        if await self._free("tag", name, sha):
            would = f"create tag {name} at {sha}"
            self._log.add("create_tag", would, name=name, sha=sha, message=message)

    async def tag_message(self, name: str) -> str | None:
        """See the port."""
        made = self._log.last("create_tag", name=name)
        return str(made.arguments["message"]) if made else await self._inner.tag_message(name)

    async def _free(self, what: str, name: str, sha: str) -> bool:
        """Whether ``name`` is still to be made; refuses it at another commit, as git would."""
        there = await self.resolve(name)
        if there is not None and there != sha:
            raise RefusedByVendor(f"{what} {name} is already at {there}, not {sha}")
        return there is None

    def _made(self, ref: str) -> str | None:
        for call in self._log.calls("create_branch", "create_tag"):
            if call.arguments["name"] == ref:
                return str(call.arguments["sha"])
        return None

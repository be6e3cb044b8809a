"""Flags as a dry run would have set them."""

from __future__ import annotations

from windlass.adapters.recorder.call import Log, from_json
from windlass.errors import RefusedByVendor
from windlass.ports.flags import Flags, FlagState


class RecordedFlags:
    """A state written down covers the real one."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(self, inner: Flags, log: Log) -> None:
        self._inner, self._log = inner, log

    async def read(self, target: str, flag: str) -> FlagState | None:
        """See the port."""
        made = self._log.last("set", target=target, flag=flag)
        if made is not None:
            return from_json(FlagState, made.arguments["state"])
        return await self._inner.read(target, flag)

    async def set(self, target: str, flag: str, state: FlagState) -> None:
        """See the port; refuses a flag that is not there, as the real one would."""
        if await self.read(target, flag) is None:
            raise RefusedByVendor(f"{target} has no flag {flag!r}")
        how = f"on for {state.percent:g} %" if state.on else "off"
        would = f"turn {flag} {how} in {target}"
        self._log.add("set", would, target=target, flag=flag, state=state)

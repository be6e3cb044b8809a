"""Issues and versions as a dry run would have left them."""

from __future__ import annotations

from dataclasses import replace

from windlass.adapters.recorder.call import SIMULATED, Call, Log, from_json
from windlass.ports.tracker import Issue, Tracker


class RecordedTracker:
    """Issues written down come after those of the tracker."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(self, inner: Tracker, log: Log) -> None:
        self._inner, self._log = inner, log

    async def planned(self, version: str | None) -> tuple[Issue, ...]:
        """See the port."""
        moved = self._moved()
        stayed = [i for i in await self._inner.planned(version) if i.key not in moved]
        came = tuple(key for key, to in moved.items() if to == version and to is not None)
        return (*stayed, *await self.get(came))

    async def get(self, keys: tuple[str, ...]) -> tuple[Issue, ...]:
        """See the port."""
        made = {issue.key: issue for issue in map(_issue, self._log.calls("create"))}
        real = tuple(key for key in keys if key not in made)
        found = {issue.key: issue for issue in await self._inner.get(real)} | made
        moved = self._moved()
        return tuple(
            replace(found[key], version=moved.get(key, found[key].version))
            for key in keys
            if key in found
        )

    async def reported_against(self, version: str) -> tuple[Issue, ...]:
        """See the port."""
        return await self._inner.reported_against(version)

    async def find(self, marker: str) -> Issue | None:
        """See the port."""
        made = self._log.last("create", marker=marker)
        return _issue(made) if made else await self._inner.find(marker)

    async def create(
        self, *, marker: str, title: str, body: str, kind: str, assignee: str | None = None
    ) -> Issue:
        """See the port."""
        earlier = await self.find(marker)
        if earlier is not None:
            return earlier
        key = f"{SIMULATED}issue-{len(self._log.calls('create')) + 1}"
        issue = Issue(key, title, kind, done=False, status="dry run", assignee=assignee)
        self._log.add(
            "create", f"create the {kind} {title!r}", issue,
            marker=marker, title=title, body=body, kind=kind, assignee=assignee,
        )  # fmt: skip
        return issue

    async def set_version(self, keys: tuple[str, ...], version: str | None) -> None:
        """See the port."""
        would = f"plan {', '.join(keys) or 'nothing'} for {version or 'no version'}"
        self._log.add("set_version", would, keys=keys, version=version)

    async def mark_released(self, version: str, *, on: str) -> None:
        """See the port."""
        would = f"mark {version} as released on {on}"
        self._log.add("mark_released", would, version=version, on=on)

    async def is_released(self, version: str) -> bool:
        """See the port."""
        made = self._log.last("mark_released", version=version)
        return made is not None or await self._inner.is_released(version)

    def _moved(self) -> dict[str, str | None]:
        return {
            key: call.arguments["version"]
            for call in self._log.calls("set_version")
            for key in call.arguments["keys"]
        }


def _issue(call: Call) -> Issue:
    return from_json(Issue, call.answer)

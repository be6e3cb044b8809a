"""Surveys that a dry run would have opened; nobody answers them."""

from __future__ import annotations

from windlass.adapters.recorder.call import SIMULATED, Log
from windlass.ports.surveys import Response, Surveys


class RecordedSurveys:
    """Surveys that would have been opened."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(self, inner: Surveys, log: Log) -> None:
        self._inner, self._log = inner, log

    async def find(self, key: str) -> str | None:
        """See the port."""
        made = self._log.last("open", key=key)
        return str(made.answer) if made else await self._inner.find(key)

    async def open(self, key: str, title: str, questions: tuple[str, ...]) -> str:
        """See the port."""
        earlier = await self.find(key)
        if earlier is not None:
            return earlier
        link = f"{SIMULATED}//survey/{key}"
        would = f"open the survey {title!r}"
        self._log.add("open", would, link, key=key, title=title, questions=questions)
        return link

    async def responses(self, key: str) -> tuple[Response, ...]:
        """See the port."""
        made = self._log.last("open", key=key)
        return () if made else await self._inner.responses(key)

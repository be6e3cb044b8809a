"""Surveys as folders: ``survey.json`` holds the questions, each file in ``responses/`` an answer.

An answer is a JSON object, ``{"score": 4, "text": "…"}``; whoever collects answers drops it there,
under any name that ends in ``.json``. The score is a whole number from 1 (bad) to 5 (good).
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from windlass.adapters.durable_files import locked
from windlass.adapters.records import Records, load
from windlass.adapters.safe_names import file_name, one_line, visible
from windlass.errors import TerminalError
from windlass.ports.connection import Connect
from windlass.ports.surveys import Response
from windlass.spec.vendors import FolderSettings


class FolderSurveys:
    """One folder a survey; the key names it, so it is opened once."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(
        self,
        settings: FolderSettings,
        *,
        root: Path,
        connect: Connect,  # noqa: ARG002 - every adapter is made the same way
    ) -> None:
        self._folder = root / settings.path

    async def find(self, key: str) -> str | None:
        """See the port; the link is the survey's folder."""
        path = self._survey(key).path("survey")
        return path.parent.resolve().as_uri() if await asyncio.to_thread(path.exists) else None

    async def open(self, key: str, title: str, questions: tuple[str, ...]) -> str:
        """See the port."""
        return await asyncio.to_thread(self._open, key, title, questions)

    async def responses(self, key: str) -> tuple[Response, ...]:
        """See the port.

        Raises:
            TerminalError: a file is no answer; names it.
        """
        return await asyncio.to_thread(self._responses, key)

    def _open(self, key: str, title: str, questions: tuple[str, ...]) -> str:
        survey = self._survey(key)
        with locked(self._folder / ".lock"):
            if survey.read("survey") is None:
                asked = [one_line(question) for question in questions]
                record = {"key": key, "title": one_line(title), "questions": asked}
                (survey.folder / "responses").mkdir(parents=True, exist_ok=True)
                survey.write("survey", record)
        return survey.folder.resolve().as_uri()

    def _responses(self, key: str) -> tuple[Response, ...]:
        folder = self._survey(key).folder / "responses"
        return tuple(_response(path) for path in sorted(folder.glob("*.json")))

    def _survey(self, key: str) -> Records:
        return Records(self._folder / file_name(key))


def _response(path: Path) -> Response:
    answer = load(path)
    score = answer.get("score")
    if not isinstance(score, int) or isinstance(score, bool) or not 1 <= score <= 5:
        raise TerminalError(f"{path}: score {score!r}; allowed: a whole number from 1 to 5")
    return Response(score, visible(str(answer.get("text", ""))))

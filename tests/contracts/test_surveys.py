"""What every ``surveys`` adapter must do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from windlass.adapters.registry import choices
from windlass.ports.surveys import Response, Surveys

Answer = Callable[[str, int, str], None]


@pytest.fixture(params=choices("surveys"))
def surveys(request: pytest.FixtureRequest, make: Callable[..., Any]) -> Surveys:
    return make("surveys", request.param, {"folder": {"path": "surveys"}}[request.param])


@pytest.fixture
def answer(tmp_path: Path) -> Answer:
    """Gives an answer as a user of the medium does."""

    def give(key: str, score: int, text: str) -> None:
        folder = tmp_path / "surveys" / key / "responses"
        name = f"{len(list(folder.iterdir()))}.json"
        (folder / name).write_text(json.dumps({"score": score, "text": text}))

    return give


async def test_a_survey_is_opened_once_per_key(surveys: Surveys) -> None:
    assert await surveys.find("1.1.0") is None
    link = await surveys.open("1.1.0", "How was 1.1.0?", ("Does it work?", "What is missing?"))
    assert "://" in link
    assert await surveys.open("1.1.0", "Again?", ()) == link == await surveys.find("1.1.0")
    assert await surveys.responses("1.1.0") == ()


async def test_responses_are_those_of_the_survey(surveys: Surveys, answer: Answer) -> None:
    await surveys.open("1.1.0", "How was 1.1.0?", ())
    await surveys.open("1.2.0", "How was 1.2.0?", ())
    answer("1.1.0", 5, "fast")
    answer("1.1.0", 2, "")
    answer("1.2.0", 1, "broken")
    assert await surveys.responses("1.1.0") == (Response(5, "fast"), Response(2, ""))
    assert await surveys.responses("1.3.0") == ()

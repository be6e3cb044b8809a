"""What every ``messages`` adapter must do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.adapters import fake_slack, mail_server
from windlass.adapters.registry import choices
from windlass.ports.connection import ConnectionInfo
from windlass.ports.messages import Message, Messages

Look = Callable[[], list[str]]
MESSAGE = Message(
    "storefront-1.1.0", "Release 1.1.0: 5 % in eu-west", "All checks are green.",
    (("Report", "https://example.com/r?a=1&b=2"),), ("mia",),
)  # fmt: skip


@dataclass
class Channel:
    """An adapter, and what people see in its medium, oldest first."""

    messages: Messages
    look: Look


@pytest.fixture(params=choices("messages"))
async def channel(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    make: Callable[..., Any],
    connections: dict[str, ConnectionInfo],
) -> AsyncIterator[Channel]:
    if request.param == "log":
        path = tmp_path / "said.log"
        made = make("messages", "log", {"path": "said.log"})
        yield Channel(made, lambda: path.read_text().splitlines() if path.exists() else [])
    elif request.param == "smtp":
        async with mail_server.running() as mailbox:
            plain = {"disable_ssl": True, "disable_tls": True, "from_email": "w@example.com"}
            connections["smtp_default"] = ConnectionInfo(
                "127.0.0.1", port=mailbox.port, extra=plain
            )
            made = make("messages", "smtp", {"to": "all@example.com"})
            yield Channel(
                made, lambda: [f"{m['Subject']}\n{m.get_content()}" for m in mailbox.mails]
            )
    elif request.param == "slack":
        async with fake_slack.running() as slack:
            connections["slack_default"] = ConnectionInfo(
                password=fake_slack.TOKEN, extra={"base_url": slack.url}
            )
            made = make("messages", "slack", {"channel": "#releases"})
            yield Channel(made, lambda: [json.dumps(m, ensure_ascii=False) for m in slack.messages])
    else:
        pytest.fail(f"no medium for {request.param}: add one")


async def test_a_message_is_posted_and_found_by_its_marker(channel: Channel) -> None:
    messages = channel.messages
    assert await messages.find(MESSAGE.thread, "m-1") is None
    ref = await messages.post(MESSAGE, marker="m-1", under=None)
    assert await messages.find(MESSAGE.thread, "m-1") == ref
    assert await messages.find(MESSAGE.thread, "m-2") is None
    assert await messages.find("another-thread", "m-1") is None
    (seen,) = channel.look()
    assert "Release 1.1.0: 5 % in eu-west" in seen
    assert "All checks are green." in seen
    assert "mia" in seen


async def test_an_answer_hangs_under_the_first_message_and_is_found_too(channel: Channel) -> None:
    first = await channel.messages.post(MESSAGE, marker="m-1", under=None)
    answer = await channel.messages.post(
        replace(MESSAGE, subject="25 %"), marker="m-2", under=first
    )
    assert answer != first
    assert await channel.messages.find(MESSAGE.thread, "m-2") == answer
    assert len(channel.look()) == 2


async def test_an_edit_shows_the_new_state_and_the_same_edit_again_nothing(
    channel: Channel,
) -> None:
    ref = await channel.messages.post(MESSAGE, marker="m-1", under=None)
    await channel.messages.edit(ref, MESSAGE)
    before = channel.look()
    assert len(before) == 1
    changed = replace(MESSAGE, subject="Release 1.1.0: done", level="action")
    await channel.messages.edit(ref, changed)
    after = channel.look()
    assert "Release 1.1.0: done" in after[-1]
    await channel.messages.edit(ref, changed)
    assert channel.look() == after
    await channel.messages.edit(ref, MESSAGE)
    assert "5 % in eu-west" in channel.look()[-1]


async def test_hostile_text_stays_text(channel: Channel) -> None:
    hostile = "<!channel> *x* <https://evil.example|here>\r\nBcc: x@example.com\u202e\x1b[31m"
    said = Message("t", hostile, hostile, ((hostile, "javascript:alert(1)"),), (hostile,))
    await channel.messages.post(said, marker="m\r\nX-Injected: 1", under=None)
    (seen,) = channel.look()
    assert "\u202e" not in seen
    assert "\x1b" not in seen

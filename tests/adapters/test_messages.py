"""Peculiarities of e-mail and Slack: headers, threads, credentials, refusals, rate limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from tests.adapters import fake_slack, mail_server
from tests.adapters.fake_slack import CHANNEL, TOKEN, Slack
from tests.adapters.mail_server import Mailbox
from windlass.adapters.messages.slack import SlackMessages
from windlass.adapters.messages.smtp import SmtpMessages
from windlass.errors import NotConfigured, RefusedByVendor, VendorUnavailable
from windlass.ports.connection import ConnectionInfo
from windlass.ports.messages import Message, MessageRef
from windlass.spec.vendors import SlackSettings, SmtpSettings

MESSAGE = Message("t", "Release 1.1.0", "Body", (("Report", "https://example.com/a b|c>"),))


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with mail_server.running() as running:
        yield running


def smtp(root: Path, mailbox: Mailbox, login: str = "", **extra: Any) -> SmtpMessages:
    plain = {"disable_ssl": True, "disable_tls": "true", "from_email": "W <w@example.com>"}
    info = ConnectionInfo(
        "127.0.0.1", login, "right" if login == "mia" else "wrong", mailbox.port, "",
        {**plain, **extra},
    )  # fmt: skip
    settings = SmtpSettings(to=("a@example.com", "b@example.com"))
    return SmtpMessages(settings, root=root, connect=lambda _: info)


async def test_mails_of_a_release_are_one_thread_and_carry_their_marker(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    messages = smtp(tmp_path, mailbox)
    first = await messages.post(MESSAGE, marker="m-1", under=None)
    await messages.post(replace(MESSAGE, subject="5 %"), marker="m-2", under=first)
    await messages.edit(first, replace(MESSAGE, subject="Done"))
    root, answer, edit = mailbox.mails
    assert root["Message-ID"] == first.id
    assert root["X-Windlass-Marker"] == "m-1"
    assert root["To"] == "a@example.com, b@example.com"
    assert root["From"] == "W <w@example.com>"
    assert answer["In-Reply-To"] == answer["References"] == edit["In-Reply-To"] == first.id
    assert edit["Subject"] == "Re: Done"
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 3


async def test_no_header_can_be_slipped_in(tmp_path: Path, mailbox: Mailbox) -> None:
    hostile = replace(MESSAGE, subject="x\r\nBcc: evil@example.com\r\n\r\nbody")
    await smtp(tmp_path, mailbox).post(hostile, marker="m\nX-More: 1", under=None)
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert mail["X-More"] is None


async def test_another_process_finds_what_was_sent_and_sends_it_only_once(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    first = await smtp(tmp_path, mailbox).post(MESSAGE, marker="m", under=None)
    assert await smtp(tmp_path, mailbox).find("t", "m") == first
    assert await smtp(tmp_path, mailbox).post(MESSAGE, marker="m", under=None) == first
    assert len(mailbox.mails) == 1


async def test_a_mail_that_was_cut_off_is_sent_again_under_the_same_id(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    for answer, kind in (("451 later", VendorUnavailable), ("550 unknown", RefusedByVendor)):
        mailbox.refuse = answer
        with pytest.raises(kind, match=answer[:3]):
            await smtp(tmp_path, mailbox).post(MESSAGE, marker="m", under=None)
    assert await smtp(tmp_path, mailbox).find("t", "m") is None
    mailbox.refuse = None
    ref = await smtp(tmp_path, mailbox).post(MESSAGE, marker="m", under=None)
    assert mailbox.mails[0]["Message-ID"] == ref.id


async def test_credentials_are_used_and_wrong_ones_are_a_refusal(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    await smtp(tmp_path, mailbox, "mia").post(MESSAGE, marker="m", under=None)
    assert mailbox.logins == [(b"mia", b"right")]
    with pytest.raises(RefusedByVendor, match="535"):
        await smtp(tmp_path, mailbox, "eve").post(MESSAGE, marker="n", under=None)


async def test_tls_is_not_given_up_when_the_server_has_none(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    for extra in ({"disable_ssl": False, "timeout": 2}, {"disable_tls": False}):
        with pytest.raises(VendorUnavailable, match=r"127\.0\.0\.1"):
            await smtp(tmp_path, mailbox, **extra).post(MESSAGE, marker="m", under=None)
    assert mailbox.mails == []


async def test_a_sender_that_is_no_address_is_a_configuration_error(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    with pytest.raises(NotConfigured, match="no sender's address"):
        await smtp(tmp_path, mailbox, from_email="").post(MESSAGE, marker="m", under=None)


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with fake_slack.running() as running:
        yield running


def messages_in(slack: Slack, channel: str = "#releases", token: str = TOKEN) -> SlackMessages:
    info = ConnectionInfo(password=token, extra={"base_url": slack.url})
    settings = SlackSettings(channel=channel)
    return SlackMessages(settings, root=Path(), connect=lambda _: info)


async def test_what_others_wrote_is_plain_text_and_links_are_quoted(slack: Slack) -> None:
    hostile = Message(
        "t", "<!channel> & *x*", "<@U123456> `y`", MESSAGE.links, ("U0MIA12345", "sam")
    )
    await messages_in(slack).post(hostile, marker="m", under=None)
    (message,) = slack.messages
    assert message["text"] == "&lt;!channel&gt; &amp; *x*"
    header, section, context = message["blocks"]
    assert header["text"] == {"type": "plain_text", "text": "<!channel> & *x*", "emoji": False}
    assert section["text"]["type"] == "plain_text"
    shown = context["elements"][0]["text"]
    assert shown == "<https://example.com/a%20b%7Cc%3E|Report> · <@U0MIA12345> · @sam"


async def test_the_thread_and_the_edit_stay_in_the_channel_of_the_first_message(
    slack: Slack,
) -> None:
    messages = messages_in(slack)
    first = await messages.post(MESSAGE, marker="m-1", under=None)
    assert first == MessageRef(CHANNEL, slack.messages[0]["ts"])
    answer = await messages.post(MESSAGE, marker="m-2", under=first)
    assert slack.messages[1]["thread_ts"] == first.id
    await messages.edit(answer, replace(MESSAGE, subject="Edited"))
    assert [m["text"] for m in slack.messages] == ["Release 1.1.0", "Edited"]


async def test_a_message_is_found_on_a_later_page_and_in_a_long_thread(slack: Slack) -> None:
    slack.page = 2
    messages = messages_in(slack, CHANNEL)
    first = await messages.post(MESSAGE, marker="m-0", under=None)
    for number in range(1, 6):
        await messages.post(MESSAGE, marker=f"m-{number}", under=first)
        await messages.post(replace(MESSAGE, thread=f"other-{number}"), marker="m", under=None)
    found = await messages.find("t", "m-5")
    assert found is not None
    assert found.id == slack.messages[9]["ts"]


async def test_a_channel_too_long_to_search_is_not_called_absent(slack: Slack) -> None:
    slack.page = 1
    messages = messages_in(slack)
    for number in range(20):
        await messages.post(replace(MESSAGE, thread=f"other-{number}"), marker="m", under=None)
    with pytest.raises(VendorUnavailable, match="not searched further"):
        await messages.find("t", "m")


async def test_a_rate_limit_is_waited_for(slack: Slack) -> None:
    limited = JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "0"})
    slack.next_answers = [limited]
    await messages_in(slack).post(MESSAGE, marker="m", under=None)
    assert len(slack.messages) == 1


@pytest.mark.parametrize(
    "answer, kind, said",
    [
        (JSONResponse({"ok": False, "error": "internal_error"}), VendorUnavailable, "internal"),
        (PlainTextResponse("down", 503), VendorUnavailable, "slack chat.postMessage"),
        (
            JSONResponse({"ok": False, "error": "missing_scope", "needed": "chat:write"}),
            RefusedByVendor,
            r"missing_scope \(needs chat:write\)",
        ),
        (JSONResponse({"ok": False, "error": "not_in_channel"}), RefusedByVendor, "not_in_chan"),
    ],
)
async def test_what_slack_says_no_to_is_told_from_what_it_cannot_now(
    slack: Slack, answer: Any, kind: type[Exception], said: str
) -> None:
    slack.next_answers = [answer]
    with pytest.raises(kind, match=said):
        await messages_in(slack).post(MESSAGE, marker="m", under=None)


async def test_a_wrong_token_is_a_refusal_that_does_not_show_it(slack: Slack) -> None:
    with pytest.raises(RefusedByVendor, match="invalid_auth") as caught:
        await messages_in(slack, token="xoxb-wrong").post(MESSAGE, marker="m", under=None)
    assert "xoxb" not in str(caught.value)


async def test_an_unknown_channel_says_what_to_do(slack: Slack) -> None:
    with pytest.raises(NotConfigured, match="invite it there"):
        await messages_in(slack, "#nowhere").find("t", "m")


async def test_no_slack_at_all_is_unavailable() -> None:
    with pytest.raises(VendorUnavailable, match="slack"):
        await messages_in(Slack("http://127.0.0.1:9/api/")).post(MESSAGE, marker="m", under=None)

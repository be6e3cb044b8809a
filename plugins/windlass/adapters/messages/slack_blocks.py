"""A message as Slack blocks. What others wrote is ``plain_text``: Slack reads no markup in it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from windlass.adapters.safe_names import one_line, visible
from windlass.ports.messages import Message

#: Slack's own bounds, in characters.
_HEADER, _SECTION, _TEXT = 150, 3000, 4000
_SIGN = {"info": "", "action": "👉 ", "problem": "🔴 "}
_USER = re.compile(r"[UW][A-Z0-9]{6,}")


def escaped(text: str) -> str:
    """``text`` for Slack's ``mrkdwn``: no mention, no link can come out of it.

    >>> escaped("<!channel> a&b")
    '&lt;!channel&gt; a&amp;b'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fallback(message: Message) -> str:
    """What notifications show."""
    return escaped(_SIGN.get(message.level, "") + one_line(message.subject))[:_TEXT]


def blocks(message: Message) -> list[dict[str, Any]]:
    """Subject, body, links and people."""
    subject = one_line(_SIGN.get(message.level, "") + message.subject, _HEADER)
    made: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": subject or "…", "emoji": False}}
    ]
    body = visible(message.body).strip()
    if body:
        text = body if len(body) <= _SECTION else body[: _SECTION - 1] + "…"
        plain = {"type": "plain_text", "text": text, "emoji": False}
        made.append({"type": "section", "text": plain})
    more = [_link(label, url) for label, url in message.links]
    more += [_person(name) for name in message.to]
    if more:
        ours = {"type": "mrkdwn", "text": " · ".join(more)[:_SECTION], "verbatim": True}
        made.append({"type": "context", "elements": [ours]})
    return made


def _link(label: str, url: str) -> str:
    name = escaped(one_line(label, 100)).replace("|", "¦")
    if not url.startswith(("http://", "https://")):
        return f"{name}: {escaped(one_line(url))}"
    address = quote(url, safe=":/?#[]@!$&'()*+,;=%~-._")
    return f"<{address.replace('&', '&amp;')}|{name}>"


def _person(name: str) -> str:
    return f"<@{name}>" if _USER.fullmatch(name) else escaped(f"@{one_line(name, 80)}")

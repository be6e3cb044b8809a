"""Slack's Web API (``chat.*``, ``conversations.*``) through slack_sdk; https://docs.slack.dev/.

One message per release, edited in place; what else is to be said goes into its thread. Every
message carries our marker as metadata, by which it is found again. Scopes: ``chat:write``,
``channels:read`` and ``channels:history`` (``groups:…`` for a private channel). The connection is
Airflow's "Slack API": the token is its password; ``base_url`` and ``timeout`` may be in its extra.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windlass.adapters.messages.slack_blocks import blocks, fallback
from windlass.errors import NotConfigured, RefusedByVendor, VendorUnavailable
from windlass.ports.connection import Connect
from windlass.ports.messages import Message, MessageRef
from windlass.spec.vendors import SlackSettings

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

TIMEOUT = 20
PAGE = 200
#: How many pages of a channel are searched for a message before giving up.
PAGES = 15
EVENT = "windlass_message"
_ID = re.compile(r"[CGD][A-Z0-9]{6,}")
#: Errors after which the same call may work.
_LATER = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable",
     "request_timeout", "team_added_to_org", "accesslimited"}
)  # fmt: skip


class SlackMessages:
    """One channel. Slack refuses no doubles: the marker in the metadata tells them."""

    visible_within = 10.0
    deadline = 120.0

    def __init__(
        self,
        settings: SlackSettings,
        *,
        root: Path,  # noqa: ARG002 - every adapter is made the same way
        connect: Connect,
    ) -> None:
        self._settings = settings
        self._connect = connect
        self._id: str | None = None

    async def find(self, thread: str, marker: str) -> MessageRef | None:
        """See the port.

        Raises:
            VendorUnavailable: the channel is too long to be searched to its end.
        """
        client = self._client()
        channel = await self._channel(client)
        async for message in _pages(client, "conversations.history", "messages", channel=channel):
            said = _payload(message)
            if said.get("thread") != thread:
                continue
            if said.get("marker") == marker:
                return MessageRef(channel, str(message["ts"]))
            if message.get("reply_count"):
                found = await self._in_thread(client, channel, str(message["ts"]), marker)
                if found is not None:
                    return found
        return None

    async def post(self, message: Message, *, marker: str, under: MessageRef | None) -> MessageRef:
        """See the port."""
        metadata = {
            "event_type": EVENT,
            "event_payload": {"thread": message.thread, "marker": marker},
        }
        body = {
            **_body(message),
            "channel": under.channel if under else self._settings.channel,
            "metadata": metadata,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if under is not None:
            body["thread_ts"] = under.id
        answer = await _call(self._client(), "chat.postMessage", body)
        return MessageRef(str(answer["channel"]), str(answer["ts"]))

    async def edit(self, ref: MessageRef, message: Message) -> None:
        """See the port."""
        body = {**_body(message), "channel": ref.channel, "ts": ref.id}
        await _call(self._client(), "chat.update", body)

    async def _in_thread(
        self, client: AsyncWebClient, channel: str, root: str, marker: str
    ) -> MessageRef | None:
        pages = _pages(client, "conversations.replies", "messages", channel=channel, ts=root)
        async for reply in pages:
            if _payload(reply).get("marker") == marker:
                return MessageRef(channel, str(reply["ts"]))
        return None

    async def _channel(self, client: AsyncWebClient) -> str:
        """The channel's id: searching takes no names."""
        wanted = self._settings.channel
        if self._id is None and _ID.fullmatch(wanted):
            self._id = wanted
        if self._id is None:
            kinds = "public_channel,private_channel"
            async for channel in _pages(
                client, "conversations.list", "channels", types=kinds, exclude_archived=True
            ):
                if channel.get("name") == wanted.removeprefix("#"):
                    self._id = str(channel["id"])
                    break
            else:
                raise NotConfigured(
                    f"messages.slack: no channel {wanted!r} that the app can see; invite it there"
                )
        return self._id

    def _client(self) -> AsyncWebClient:
        from slack_sdk.http_retry.builtin_async_handlers import (
            AsyncConnectionErrorRetryHandler,
            AsyncRateLimitErrorRetryHandler,
        )
        from slack_sdk.web.async_client import AsyncWebClient

        info = self._connect(self._settings.connection)
        base = str(info.extra.get("base_url") or AsyncWebClient.BASE_URL)
        return AsyncWebClient(
            token=info.password,
            base_url=base if base.endswith("/") else base + "/",
            timeout=int(info.extra.get("timeout") or TIMEOUT),
            trust_env_in_session=True,
            retry_handlers=[
                AsyncConnectionErrorRetryHandler(max_retry_count=1),
                AsyncRateLimitErrorRetryHandler(max_retry_count=2),
            ],
        )


def _body(message: Message) -> dict[str, Any]:
    return {"text": fallback(message), "blocks": blocks(message), "link_names": False}


def _payload(message: dict[str, Any]) -> dict[str, Any]:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") if metadata.get("event_type") == EVENT else None
    return payload if isinstance(payload, dict) else {}


async def _pages(
    client: AsyncWebClient, method: str, key: str, **params: Any
) -> AsyncIterator[dict[str, Any]]:
    """Everything under ``key``, page by page."""
    cursor = ""
    for _ in range(PAGES):
        query = {**params, "limit": PAGE, "include_all_metadata": True}
        if cursor:
            query["cursor"] = cursor
        answer = await _call(client, method, query, http_verb="GET")
        for one in answer.get(key, ()):
            yield one
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return
    raise VendorUnavailable(
        f"slack {method}: more than {PAGES * PAGE} entries; not searched further"
    )


async def _call(
    client: AsyncWebClient, method: str, body: dict[str, Any], *, http_verb: str = "POST"
) -> dict[str, Any]:
    import aiohttp
    from slack_sdk.errors import SlackApiError, SlackClientError

    sent: dict[str, Any] = {"json": body} if http_verb == "POST" else {"params": body}
    try:
        answer = await client.api_call(method, http_verb=http_verb, **sent)
    except SlackApiError as error:
        said = error.response
        code = str(said.get("error", "")) if isinstance(said.data, dict) else ""
        needs = f" (needs {said.get('needed')})" if code == "missing_scope" else ""
        problem = f"slack {method}: {code or said.status_code}{needs}"
        if code in _LATER or said.status_code >= 500 or said.status_code == 429:
            raise VendorUnavailable(problem) from None
        raise RefusedByVendor(problem) from None
    except (aiohttp.ClientError, TimeoutError, SlackClientError) as error:
        raise VendorUnavailable(f"slack {method}: {error!r}") from error
    if not isinstance(answer.data, dict):
        raise VendorUnavailable(f"slack {method}: not a JSON object")
    return answer.data

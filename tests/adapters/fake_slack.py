"""A small Slack: the five methods that are used, with the checks that Slack itself makes."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.adapters.serving import application

CHANNEL = "C0RELEASES"
TOKEN = "xoxb-test"
#: Parameters that Slack added after the stored specification was written.
NEWER = {"metadata", "include_all_metadata", "unfurl_links", "unfurl_media"}


def specification() -> dict[str, Any] | None:
    """Slack's own description of its methods, when it is stored beside the repository."""
    beside = Path(__file__).parents[2].parent / "shared" / "specs"
    path = Path(os.environ.get("WINDLASS_SPECS", beside)) / "slack.json"
    return json.loads(path.read_text()) if path.exists() else None


@dataclass
class Slack:
    """What is in the channel, and what to answer next instead of doing the work."""

    url: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    next_answers: list[Response] = field(default_factory=list)
    page: int = 100
    problems: list[str] = field(default_factory=list)
    spec: dict[str, Any] | None = field(default_factory=specification)

    async def answer(self, request: Request) -> Response:
        """One call of a method."""
        method = request.path_params["method"]
        body = await request.json() if request.method == "POST" else dict(request.query_params)
        self._check(method, request.method, body)
        if self.next_answers:
            return self.next_answers.pop(0)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"ok": False, "error": "invalid_auth"})
        return JSONResponse(getattr(self, method.replace(".", "_"))(body))

    def _check(self, method: str, verb: str, body: dict[str, Any]) -> None:
        """Every parameter is one that the specification knows."""
        if self.spec is None:
            return
        operation = self.spec["paths"][f"/{method}"][verb.lower()]
        known = {one["name"] for one in operation.get("parameters", [])} | NEWER
        for content in operation.get("requestBody", {}).get("content", {}).values():
            known |= set(content["schema"]["properties"])
            missing = set(content["schema"].get("required", [])) - set(body)
            self.problems += [f"{method}: {name} is missing" for name in sorted(missing)]
        self.problems += [f"{method}: {name} is unknown" for name in sorted(set(body) - known)]

    def chat_postMessage(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        ts = f"1764580000.{len(self.messages):06d}"
        self.messages.append({**body, "ts": ts})
        return {"ok": True, "channel": CHANNEL, "ts": ts}

    def chat_update(self, body: dict[str, Any]) -> dict[str, Any]:
        for message in self.messages:
            if message["ts"] == body["ts"] and body["channel"] == CHANNEL:
                message.update(text=body["text"], blocks=body["blocks"])
                return {"ok": True, "channel": CHANNEL, "ts": body["ts"]}
        return {"ok": False, "error": "message_not_found"}

    def conversations_list(self, body: dict[str, Any]) -> dict[str, Any]:
        channels = [{"id": "C0OTHER01", "name": "other"}, {"id": CHANNEL, "name": "releases"}]
        return {"ok": True, "channels": channels}

    def conversations_history(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["channel"] != CHANNEL:
            return {"ok": False, "error": "channel_not_found"}
        roots = [m for m in reversed(self.messages) if "thread_ts" not in m]
        return self._paged([self._shown(m) for m in roots], body)

    def conversations_replies(self, body: dict[str, Any]) -> dict[str, Any]:
        thread = [m for m in self.messages if body["ts"] in (m["ts"], m.get("thread_ts"))]
        return self._paged([self._shown(m) for m in thread], body)

    def _shown(self, message: dict[str, Any]) -> dict[str, Any]:
        replies = sum(m.get("thread_ts") == message["ts"] for m in self.messages)
        return {**message, "reply_count": replies}

    def _paged(self, found: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
        start = int(body.get("cursor") or 0)
        end = start + self.page
        cursor = str(end) if end < len(found) else ""
        metadata = {"next_cursor": cursor}
        return {"ok": True, "messages": found[start:end], "response_metadata": metadata}


@asynccontextmanager
async def running() -> AsyncIterator[Slack]:
    """A Slack that fails the test when a call was not as the specification says."""
    slack = Slack()
    route = Route("/api/{method}", slack.answer, methods=["GET", "POST"])
    async with application(Starlette(routes=[route])) as url:
        slack.url = f"{url}/api/"
        yield slack
    assert slack.problems == []

"""Messages that a dry run would have sent."""

from __future__ import annotations

from windlass.adapters.recorder.call import SIMULATED, Log, from_json
from windlass.ports.messages import Message, MessageRef, Messages


class RecordedMessages:
    """Nobody gets anything."""

    visible_within = 0.0
    deadline = 60.0

    def __init__(self, inner: Messages, log: Log) -> None:
        self._inner, self._log = inner, log

    async def find(self, thread: str, marker: str) -> MessageRef | None:
        """See the port."""
        for call in self._log.calls("post"):
            if call.arguments["marker"] == marker and call.arguments["message"]["thread"] == thread:
                return from_json(MessageRef, call.answer)
        return await self._inner.find(thread, marker)

    async def post(self, message: Message, *, marker: str, under: MessageRef | None) -> MessageRef:
        """See the port."""
        earlier = await self.find(message.thread, marker)
        if earlier is not None:
            return earlier
        number = len(self._log.calls("post")) + 1
        ref = MessageRef(f"{SIMULATED}channel", f"{SIMULATED}message-{number}")
        would = f"say {message.subject!r}"
        self._log.add("post", would, ref, message=message, marker=marker, under=under)
        return ref

    async def edit(self, ref: MessageRef, message: Message) -> None:
        """See the port."""
        self._log.add("edit", f"change it to {message.subject!r}", ref=ref, message=message)

"""Tasks of one event loop, one after the other: whoever dies, the same seed dies at the same place.

Side by side they would go on in whatever order threads and programs answer. A task takes its turn
until it ends; what it starts itself belongs to its turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_HAS_THE_TURN: ContextVar[bool] = ContextVar("has_the_turn", default=False)


async def in_turns(work: Awaitable[T], may_start: Callable[[], None]) -> T:
    """Await ``work``; the tasks it makes come one after the other.

    Args:
        may_start: called before each of them; raises where none may begin any more.
    """
    turn = asyncio.Lock()

    async def taking_it(coroutine: Coroutine[Any, Any, Any]) -> Any:
        try:
            async with turn:
                may_start()
                _HAS_THE_TURN.set(True)
                return await coroutine
        finally:
            coroutine.close()

    def made(
        loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **settings: Any
    ) -> asyncio.Task[Any]:
        wrapped = coroutine if _HAS_THE_TURN.get() else taking_it(coroutine)
        return asyncio.Task(wrapped, loop=loop, **settings)

    asyncio.get_running_loop().set_task_factory(made)
    return await work

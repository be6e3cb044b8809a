"""Tell people: one living thread per release, and no more than the product wants to hear."""

from __future__ import annotations

from windlass.plan.release_plan import PlannedTask
from windlass.ports.effect import Idempotency
from windlass.ports.messages import Message, MessageRef, Messages
from windlass.tasks.release import Release

#: What each setting of ``tell:`` lets through.
HEARD: dict[str, frozenset[str]] = {
    "problems": frozenset({"problem"}),
    "start_and_end": frozenset({"problem", "start", "end"}),
    "milestones": frozenset({"problem", "start", "end", "milestone", "ask"}),
    "all": frozenset({"problem", "start", "end", "milestone", "ask", "progress"}),
}


async def tell(  # noqa: PLR0913 - what a message must say about itself
    release: Release,
    task: PlannedTask,
    occasion: str,
    subject: str,
    *,
    body: str = "",
    links: tuple[tuple[str, str], ...] = (),
    to: tuple[str, ...] = (),
    name: str = "",
    every_try: bool = True,
) -> list[str]:
    """Post to every channel of the product, once per task, occasion and name.

    Args:
        occasion: start, end, milestone, ask, progress or problem.
        name: tells several messages of one task and occasion apart.
        every_try: whether a try of the task that a person asks for says it again.

    Returns:
        Ids of the messages, one per channel; empty when the product does not want to hear it.
    """
    if occasion not in HEARD[release.policy.tell] or not release.ports.has("messages"):
        return []
    what = f"{occasion}-{name}" if name else occasion
    level = "problem" if occasion == "problem" else "action" if occasion == "ask" else "info"
    message = Message(release.id, subject, body, links, to, level)
    attempt = release.attempt(task) if every_try else 0
    return [
        await _post(release, task, f"{what}-{place}", channel, message, attempt)
        for place, channel in enumerate(release.ports.messages)
    ]


async def _post(
    release: Release,
    task: PlannedTask,
    name: str,
    channel: Messages,
    message: Message,
    attempt: int,
) -> str:
    marker = f"{release.id}#{task.id}#{name}#{attempt}"
    thread = (release.view.thread or {}).get(name.rpartition("-")[2])

    async def find() -> dict[str, str] | None:
        ref = await channel.find(release.id, marker)
        return _json(ref) if ref else None

    async def do() -> dict[str, str]:
        under = MessageRef(thread["channel"], thread["id"]) if thread else None
        return _json(await channel.post(message, marker=marker, under=under))

    posted = await release.once(
        task,
        f"tell-{name}#{attempt}",
        find=find,
        do=do,
        idempotency=Idempotency.MARKER,
        kind="messages.post",
    )
    if thread is None:
        place = name.rpartition("-")[2]
        release.record("message.thread", key=f"thread#{place}", **{place: posted})
    return str(posted["id"])


def _json(ref: MessageRef) -> dict[str, str]:
    return {"channel": ref.channel, "id": ref.id}

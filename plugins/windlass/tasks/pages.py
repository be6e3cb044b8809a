"""Pages about a release: written from templates, and never over what a person wrote."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from windlass.plan.release_plan import PlannedTask
from windlass.ports.documents import Page
from windlass.tasks.acceptance import acceptance
from windlass.tasks.days import production_at
from windlass.tasks.marking import mark
from windlass.tasks.release import Release
from windlass.tasks.wording import media_of, render

_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9_.-]+")


def page_key(release: Release, name: str) -> str:
    """Where the page ``name`` of this release lives: product, run, name."""
    run = _NOT_IN_A_KEY.sub("-", release.id.partition("/")[2] or release.id).strip("-.")
    return f"{release.plan.product}/{run}/{name.replace('_', '-')}"


def facts_of(release: Release, scope: Mapping[str, Any]) -> dict[str, Any]:
    """What every template may say about a release, as plain values; ``scope`` as it is known."""
    product = release.product
    target = acceptance(release)
    return {
        "product": product.title or product.product,
        "version": release.view.version or release.inputs.version or "next",
        "release_type": release.plan.release_type,
        "date": production_at(release).date().isoformat(),
        "captain": release.view.captain or "",
        "reason": release.inputs.reason,
        "note": release.inputs.note,
        "locked": release.view.scope is not None,
        "delivered": list(scope.get("delivered", ())),
        "dropped": list(scope.get("dropped", ())),
        "unplanned": list(scope.get("unplanned", ())),
        "without_issue": list(scope.get("without_issue", ())),
        "breaking": list(scope.get("breaking", ())),
        "migrations": list(scope.get("migrations", ())),
        "summary": scope.get("summary", ""),
        "targets": [target.name for target in release.plan.live_targets],
        "candidate": (release.view.candidate or {}).get("name", ""),
        "package": release.view.package or "",
        "try_at": release.ports.address(target.url) if target and target.url else "",
        "environment": target.environment if target else "",
        "recording": product.enablement.recording if product.enablement else None,
        "notice": str(release.policy.notice),
    }


async def draft(
    release: Release, task: PlannedTask, name: str, facts: Mapping[str, Any], *, template: str = ""
) -> dict[str, Any]:
    """Publish the page ``name``, over an earlier one of ours; what a person wrote stays.

    Returns:
        Its key, link, digest, and whether a person wrote what is there.
    """
    template = template or f"{name}.md"
    body = render(release.product, template, facts)
    title = f"{facts['product']} {facts['version']}: {name.replace('_', ' ')}"
    page = Page(page_key(release, name), title, body, media_of(template))
    return await put(release, task, page)


async def put(release: Release, task: PlannedTask, page: Page) -> dict[str, Any]:
    """Bring ``page`` to what it should say; see :func:`draft`."""
    documents = release.ports.documents
    want = digest_of(page.body)
    there = await documents.read(page.key)
    wrote = _wrote(release, page.key, there)
    if there is not None and wrote not in _ours(release, page.key) | {want}:
        link = _link(release, page.key)
        return {"key": page.key, "link": link, "digest": digest_of(there.body), "edited": True}

    async def read() -> str | None:
        return _wrote(release, page.key, await documents.read(page.key))

    async def write(current: Any) -> None:
        link = await documents.publish(page)
        shown = await documents.read(page.key)
        reads = digest_of(shown.body) if shown else want
        about = {"page": page.key, "wrote": want, "reads": reads, "link": link}
        mark(release, task, f"page {page.key} {want}", **about)

    await release.converge(
        task, f"page-{page.key}", kind="documents.publish", read=read, write=write, want=want
    )
    return {"key": page.key, "link": _link(release, page.key), "digest": want, "edited": False}


async def body_of(release: Release, name: str) -> str:
    """What the page ``name`` says now; empty when there is none."""
    page = await release.ports.documents.read(page_key(release, name))
    return page.body if page else ""


def digest_of(body: str) -> str:
    """SHA-256 of a page's text, without the white space that editors add at its ends."""
    return "sha256:" + hashlib.sha256(body.strip().encode()).hexdigest()


def _marks(release: Release, key: str) -> list[Mapping[str, Any]]:
    return [mark for mark in release.view.marks.values() if mark.get("page") == key]


def _ours(release: Release, key: str) -> set[str]:
    """Digests of everything this release has published there."""
    return {str(mark["wrote"]) for mark in _marks(release, key)}


def _wrote(release: Release, key: str, page: Page | None) -> str | None:
    """What we wrote when the page reads as it does now: some systems rewrite what they are given.

    For a page that somebody else wrote, the digest of its text.
    """
    if page is None:
        return None
    reads = digest_of(page.body)
    known = {mark["reads"]: mark["wrote"] for mark in _marks(release, key)}
    return str(known.get(reads, reads))


def _link(release: Release, key: str) -> str:
    marks = _marks(release, key)
    return str(marks[-1]["link"]) if marks else ""

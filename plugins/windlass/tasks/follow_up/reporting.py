"""The report of a release: one HTML file and one Markdown file, written and published."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from windlass.adapters.durable_files import write_atomic
from windlass.errors import WindlassError
from windlass.plan.release_plan import PlannedTask
from windlass.ports.documents import Page
from windlass.tasks.pages import page_key, put
from windlass.tasks.release import Release
from windlass.tasks.wording import render

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


async def publish_report(release: Release, task: PlannedTask, outcome: str) -> dict[str, Any]:
    """Write the report into the product's folder of reports, and publish it where pages live.

    Returns:
        ``html`` and ``markdown`` (paths), and ``documents`` (link, or why there is none).
    """
    facts = _facts(release, outcome)
    folder = Path(release.product.root or ".") / release.product.reports
    stem = _NOT_IN_A_NAME.sub("-", release.id).strip("-.")
    written: dict[str, Any] = {}
    for kind, suffix in (("html", "html"), ("markdown", "md")):
        path = folder / f"{stem}.{suffix}"
        write_atomic(path, render(release.product, f"report.{suffix}", **facts))
        written[kind] = str(path)
    if release.ports.has("documents"):
        body = render(release.product, "report.md", **facts)
        page = Page(page_key(release, "report"), f"{release.name}: {outcome}", body)
        try:
            written["documents"] = (await put(release, task, page))["link"]
        except WindlassError as problem:
            # The release ends whether or not a page can be published; the files are there.
            written["documents"] = f"not published: {problem}"
    return written


def _facts(release: Release, outcome: str) -> dict[str, Any]:
    view = release.view
    head = release.ledger.head(release.id)
    return {
        "title": release.name,
        "outcome": outcome,
        "release": release.id,
        "head": {"seq": head.seq, "hash": head.hash} if head else {"seq": 0, "hash": ""},
        "tasks": [
            {
                "title": task.title,
                "outcome": view.records[task.id].outcome if task.id in view.records else "not run",
                "seq": view.records[task.id].seq if task.id in view.records else 0,
                "reasons": list(view.records[task.id].reasons) if task.id in view.records else [],
            }
            for task in release.plan.tasks
        ],
    }

"""The report of a release: one HTML file and one Markdown file, written and published."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from windlass.adapters.durable_files import write_atomic
from windlass.errors import EffectBusy, WindlassError
from windlass.ledger.views.report import Head, Report, build_report
from windlass.plan.release_plan import PlannedTask
from windlass.ports.documents import Page
from windlass.tasks.assembling import would_have_called
from windlass.tasks.follow_up.report_page import html_page, markdown_page
from windlass.tasks.pages import page_key, put
from windlass.tasks.release import Release

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
#: Outcomes that nobody has to look at.
QUIET_OUTCOMES = frozenset(
    {
        "released",
        "released with exceptions",
        "superseded",
        "postponed",
        "cancelled",
        "nothing to release",
        "dry run",
    }
)


async def publish_report(
    release: Release, task: PlannedTask, outcome: str, why: str = ""
) -> dict[str, Any]:
    """Write the report into the product's folder of reports, and publish it where pages live.

    Returns:
        ``html`` and ``markdown`` (paths), and ``documents`` (link, or why there is none).
    """
    report = report_of(release, outcome, why)
    written: dict[str, Any] = write_report(release, report, reports_folder(release))
    if release.ports.has("documents"):
        page = Page(
            page_key(release, "report"),
            f"{release.name}: {outcome}",
            markdown_page(release.product, report),
        )
        try:
            written["documents"] = (await put(release, task, page))["link"]
        except EffectBusy:
            raise  # a try that died in the middle of it: whether the page is there is found out
        except WindlassError as problem:
            # The release ends whether or not a page can be published; the files are there.
            written["documents"] = f"not published: {problem}"
    return written


def report_of(release: Release, outcome: str, why: str) -> Report:
    """The report as the ledger has it now."""
    events = release.ledger.events(release.id)
    signed = release.ledger.signed_head(release.id)
    last = events[-1]
    head = Head(last.seq, last.hash)
    if signed is not None and signed.seq == last.seq:
        head = Head(signed.seq, signed.hash, signed.key_id, signed.signature)
    return build_report(
        release.id,
        events,
        outcome=outcome,
        why=why,
        good=outcome in QUIET_OUTCOMES,
        head=head,
        calls=would_have_called(release.product, release.id) if release.dry_run else (),
        now=release.now(),
    )


def write_report(release: Release, report: Report, folder: Path) -> dict[str, Any]:
    """Write both files into ``folder``; returns their paths as text."""
    stem = _NOT_IN_A_NAME.sub("-", release.id).strip("-.")
    html, markdown = folder / f"{stem}.html", folder / f"{stem}.md"
    write_atomic(html, html_page(release.product, report))
    write_atomic(markdown, markdown_page(release.product, report))
    return {"html": str(html), "markdown": str(markdown)}


def reports_folder(release: Release) -> Path:
    """Where this product's reports are kept."""
    return Path(release.product.root or ".") / release.product.reports

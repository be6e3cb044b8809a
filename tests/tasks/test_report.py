"""The report: every claim rests on an event that verifies, and hostile text does nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.tasks.after import MONITOR, QUICK, THERE, go, released, rolled_back
from tests.tasks.world import World
from windlass.ledger.views.proofs import Proofs
from windlass.ledger.views.report import Report
from windlass.tasks.follow_up.reporting import report_of, write_report
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Fail

Make = Callable[..., World]
CLOSE, FEATURES = "follow_up.close", "follow_up.verify_features"
FOLLOWING = (MONITOR, "follow_up.incidents", "follow_up.issues", FEATURES, CLOSE)
HOSTILE = "<script>alert(1)</script>[x](javascript:alert(1))\u202egnp.exe"
PAIRED = frozenset({"br", "meta", "link", "hr", "img", "line", "rect", "circle"})


@pytest.fixture
def quick(make: Make) -> World:
    return make(QUICK)


async def ended(world: World) -> tuple[Release, Report, Path]:
    """A good release to its end, with hostile words wherever people and trackers put words."""
    world.issue("SHOP-12", HOSTILE, version="")
    release = await released(world, "execution.production.validate", *FOLLOWING)
    world.reply(FEATURES, "checked", "mia", notes=HOSTILE)
    for task in FOLLOWING:
        await go(world, release, task)
    done = await go(world, release, "release.end")
    assert isinstance(done, Done), done
    report = report_of(release, "released", "promoted everywhere and closed")
    written = write_report(release, report, world.root / "again")
    return release, report, Path(written["html"])


def claims(report: Report) -> Iterable[Any]:
    """Everything in the report that says something happened."""
    for group in (report.criteria, report.conditions, report.inputs, report.outputs):
        yield from group
    for gate in report.gates:
        yield from gate.signed
    for step in report.steps:
        yield from (line for line in step.lines if line.state not in ("not run", "waiting"))
    yield from report.judged
    yield from report.waived
    yield from report.timeline
    yield from report.effects


async def test_every_claim_rests_on_an_event_that_verifies(quick: World) -> None:
    release, report, _ = await ended(quick)
    events = {event.seq: event for event in quick.ledger.events(release.id)}
    found = list(claims(report))
    assert len(found) > 60
    for claim in found:
        assert claim.proofs, claim
        for proof in claim.proofs:
            assert proof in report.proofs
            assert (proof.hash, proof.type) == (events[proof.seq].hash, events[proof.seq].type)
    assert quick.ledger.verify(release.id).ok


async def test_an_event_that_is_edited_later_no_longer_matches_the_report(quick: World) -> None:
    release, report, _ = await ended(quick)
    (first, *_) = (claim for claim in report.criteria if claim.state == "met")
    seq = first.proofs[0].seq
    with quick.ledger.store.writing() as connection:
        edit = "UPDATE windlass_events SET data = '{}' WHERE stream = :stream AND seq = :seq"
        connection.execute(text("DROP TRIGGER windlass_events_no_update"))
        connection.execute(text(edit), {"stream": release.id, "seq": seq})
    problems = quick.ledger.verify(release.id).problems
    assert any(f"event {seq}" in problem for problem in problems)


async def test_the_head_in_the_report_is_the_ledgers(quick: World) -> None:
    release, report, _ = await ended(quick)
    head = quick.ledger.head(release.id)
    assert (report.head.seq, report.head.hash) == (head.seq, head.hash)


async def test_a_good_release_reads_as_one(quick: World) -> None:
    _, report, _ = await ended(quick)
    assert [claim.title for claim in report.criteria] == [
        "No critical or high incident",
        "All planned features work",
        "Performance meets its targets",
        "Feedback is positive",
        "Rollback was tested",
    ]
    assert [claim.title for claim in report.conditions] == [
        "In production",
        "Monitoring complete",
        "Critical issues resolved or mitigated",
        "Stakeholders told",
        "Documentation final and distributed",
    ]
    assert [claim.state for claim in report.conditions] == ["met"] * 5
    assert [step.number for step in report.steps] == list(range(1, 13))
    assert (len(report.inputs), len(report.outputs)) == (5, 5)
    assert report.charts.exposure[0].points[-1][1] == 100.0
    assert report.charts.rates[0].watches[0].percent == 10.0


class Page(HTMLParser):
    """Checks that tags pair up; keeps the ids, links and tags of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        for name, value in attrs:
            if name == "id":
                self.ids.add(str(value))
            if name in ("href", "src"):
                self.links.append(str(value))
        if tag not in PAIRED:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in PAIRED:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li", "td") and self.open and self.open[-1] != tag:
            raise AssertionError(f"</{tag}> closes <{self.open[-1]}>")
        if tag not in PAIRED:
            assert self.open.pop() == tag


def parsed(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text())
    page.close()
    assert page.open == []
    return page


async def test_the_page_is_whole_and_needs_nothing_from_elsewhere(quick: World) -> None:
    _, report, path = await ended(quick)
    page = parsed(path)
    assert not page.tags & {"script", "img", "link", "iframe", "object", "form", "base"}
    assert not [name for name in page.attributes if name.startswith("on")]
    assert "default-src 'none'" in path.read_text()
    assert not re.search(r"url\(|@import", path.read_text())
    anchors = [link for link in page.links if link.startswith("#")]
    assert {link[1:] for link in anchors} <= page.ids
    assert {f"e{proof.seq}" for proof in report.proofs} <= page.ids
    others = [link for link in page.links if not link.startswith("#")]
    assert all(re.match(r"(https?|file|mailto):", link) for link in others)


async def test_hostile_words_are_shown_and_do_nothing(quick: World) -> None:
    _, _, path = await ended(quick)
    page, markdown = path.read_text(), path.with_suffix(".md").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page + markdown
    assert "](javascript:" not in markdown
    assert "\u202e" not in page + markdown


async def test_a_rollback_says_how_far_it_went_and_what_is_missing(quick: World) -> None:
    release = await rolled_back(quick, FEATURES, CLOSE)
    result = await perform(release, "release.end")
    assert isinstance(result, Fail)
    report = report_of(release, "rolled back", "customers call")
    states = {claim.title: claim.state for claim in (*report.criteria, *report.conditions)}
    assert states["In production"] == "not met"
    assert states["Rollback was tested"] == "met"
    assert report.charts.exposure[0].points[-1][1] == 0.0
    assert max(share for _, share in report.charts.exposure[0].points) == 10.0
    page = (quick.root / "reports/shop.minor-run-1.html").read_text()
    assert "taken back" in page
    assert "rolled back" in page


async def test_what_a_product_does_not_have_is_listed_with_the_reason(quick: World) -> None:
    _, report, path = await ended(quick)
    reasons = dict(report.not_applicable)
    assert reasons["follow_up.feedback"] == "no surveys configured"
    assert "no surveys configured" in path.read_text()


async def test_a_report_of_a_release_that_goes_on_says_what_it_waits_for(quick: World) -> None:
    release = quick.open("minor", rows=(*THERE, FEATURES), day_0=None)
    await perform(release, "validation.cut")
    report = report_of(release, "in progress", "")
    assert all(claim.proofs for claim in claims(report))
    assert {step.state for step in report.steps} <= {"done", "not run", "not applicable", "waiting"}


async def test_a_dry_run_lists_what_it_would_have_done(quick: World) -> None:
    release = quick.open("minor", rows=(*THERE, FEATURES), day_0=None, dry_run=True)
    await quick.run(release)
    assert release.view.outcome == "dry run"
    report = report_of(release, "dry run", "nothing was done")
    who = {each.who for each in report.simulated}
    assert {"deployments.expose", "source_control.create_branch", FEATURES} <= who
    assert quick.exposed("1.4.0") == 0.0
    page = (quick.root / "reports/shop.minor-run-1.html").read_text()
    assert "nothing below was done" in page


async def test_a_documents_system_that_is_down_does_not_keep_a_release_open(make: Make) -> None:
    world = make(QUICK)
    release = await released(world, FEATURES)
    (world.root / "documents").mkdir(exist_ok=True)
    (world.root / "documents" / "shop").write_text("a file where a folder should be")
    done = await perform(release, "release.end")
    assert isinstance(done, Done | Fail)
    assert release.view.outcome == "released"
    written = release.view.ended["report"]
    assert written["documents"].startswith("not published")
    assert (world.root / "reports" / Path(written["html"]).name).exists()


def test_a_proof_that_the_ledger_does_not_have_cannot_be_named() -> None:
    assert Proofs([]).cited() == ()
    with pytest.raises(KeyError):
        Proofs([]).of(7)

"""The first page: what waits for whom, what goes on, what is live, what ended."""

from __future__ import annotations

from collections.abc import Collection

from tests.board.conftest import Shown
from tests.tasks.world import LIVE
from windlass.board.home import Home, home_of
from windlass.board.live import products_of
from windlass.board.reading import Reader
from windlass.ledger.views.live import LIVE_TYPES
from windlass.tasks import verbs
from windlass.tasks.line import stop, stopped_lines

STAKEHOLDER = "validation.acceptance.approval.stakeholder"


def home(shown: Shown, user: str) -> Home:
    return home_of(
        [shown.snapshot],
        user=user,
        products=(),
        stopped=stopped_lines(shown.ledger),
        ended=shown.ledger.select(("release.ended",)),
    )


def every(dags: Collection[str]) -> Collection[str]:
    return dags


def test_a_person_sees_first_what_waits_for_them(waiting: Shown) -> None:
    mine = home(waiting, "sam").mine
    assert [(wait.task, wait.who) for wait in mine] == [(STAKEHOLDER, ("sam",))]


def test_somebody_without_a_role_is_not_waited_for(waiting: Shown) -> None:
    found = home(waiting, "stranger")
    assert not found.mine
    assert {wait.who for wait in found.releases[0].asks} == {("mia",), ("sam",)}


def test_who_may_not_sign_is_not_asked_to(waiting: Shown) -> None:
    """Mia holds the role, but a question excludes who started the release."""
    opened = waiting.release.view.opened
    assert opened is not None
    assert {wait.who for wait in home(waiting, "ines").releases[0].asks} == {("mia",), ("sam",)}
    assert not home(waiting, opened["inputs"]["by"]).mine


def test_an_open_release_says_its_phase_and_how_far_it_is(waiting: Shown) -> None:
    row = home(waiting, "mia").releases[0]
    assert (row.name, row.captain, row.phase) == ("shop 1.4.0", "mia", "Validation")
    phases = {phase.title: phase for phase in row.phases}
    assert phases["Validation"].state == "now"
    assert 0 < phases["Validation"].ended < len(phases["Validation"].lines)


def test_a_hold_stands_beside_the_release_with_who_and_why(waiting: Shown) -> None:
    verbs.hold(waiting.release, by="ops", reason="the network is being repaired")
    row = home(waiting, "mia").releases[0]
    assert row.standing == "held by ops: the network is being repaired"


def test_a_stopped_line_is_shown(waiting: Shown) -> None:
    stop(
        waiting.ledger,
        product="*",
        environment="*",
        by="ops",
        reason="the data centre burns",
        at=waiting.clock.now(),
    )
    assert [line.reason for line in home(waiting, "mia").stopped] == ["the data centre burns"]


def test_an_ended_release_is_listed_with_its_outcome(ended: Shown) -> None:
    rows = home(ended, "mia").ended
    assert [(row.id, row.outcome) for row in rows] == [
        (ended.release.id, ended.release.view.outcome)
    ]


def test_what_is_live_comes_with_since_when_and_by_which_release(ended: Shown) -> None:
    events, claims = ended.ledger.select(LIVE_TYPES), ended.ledger.claims.all()
    (shop,) = products_of(events, claims, now=ended.clock.now())
    place = next(place for place in shop.places if place.target == "production/eu")
    assert (place.version, place.release, place.held_by) == ("1.4.0", ended.release.id, "")
    assert place.since is not None


def test_a_lock_is_shown_and_suspect_after_its_lease(waiting: Shown) -> None:
    at, held = waiting.clock.now(), waiting.release.id
    waiting.ledger.claims.take("shop/production/eu", held, at=at, lease=60.0)
    events, claims = waiting.ledger.select(LIVE_TYPES), waiting.ledger.claims.all()
    waiting.clock.pass_(61)
    found = [products_of(events, claims, now=now)[0] for now in (at, waiting.clock.now())]
    places = [next(p for p in live.places if p.target == "production/eu") for live in found]
    assert [(p.version, p.held_by, p.suspect) for p in places] == [
        (LIVE, held, False),
        (LIVE, held, True),
    ]


def test_a_blocked_version_is_shown_with_the_reason(waiting: Shown) -> None:
    waiting.ledger.append(
        "shop.minor/bad",
        "version.blocked",
        {"product": "shop", "version": "1.3.5", "reason": "errors at 10 %"},
        at=waiting.clock.now(),
    )
    (shop,) = products_of(waiting.ledger.select(LIVE_TYPES), (), now=waiting.clock.now())
    assert shop.blocked == (("1.3.5", "errors at 10 %"),)


def test_releases_of_dags_that_may_not_be_seen_are_left_out(waiting: Shown) -> None:
    reader, asked = Reader(waiting.ledger), set[str]()

    def none(dags: Collection[str]) -> set[str]:
        asked.update(dags)
        return set()

    hidden = reader.home("mia", none)
    shown = reader.home("mia", lambda _: {"shop.minor"})
    assert "shop.minor" in asked
    assert (hidden.releases, hidden.products, hidden.mine) == ((), (), ())
    assert [row.id for row in shown.releases] == [waiting.release.id]
    assert [live.product for live in shown.products] == ["shop"]


def test_a_release_that_moved_is_read_again(waiting: Shown) -> None:
    reader = Reader(waiting.ledger)
    before = reader.home("mia", every).releases[0]
    verbs.hold(waiting.release, by="ops", reason="lunch")
    after = reader.home("mia", every).releases[0]
    assert (before.standing, after.standing) == ("", "held by ops: lunch")

"""Published documents: what every process reads instead of files, with their history."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from windlass.ledger import Ledger

T = datetime(2026, 1, 6, 9, tzinfo=UTC)


def test_the_latest_version_is_the_one_published_last(ledger: Ledger) -> None:
    ledger.documents.publish("teams", "company", "d1", {"devops": ["ops"]}, T, "worker")
    ledger.documents.publish("teams", "company", "d2", {"devops": ["mia"]}, T, "worker")
    latest = ledger.documents.latest("teams", "company")
    assert latest is not None
    assert (latest.digest, latest.data, latest.by) == ("d2", {"devops": ["mia"]}, "worker")
    assert ledger.documents.latest("teams", "other") is None


def test_an_unchanged_digest_publishes_nothing(ledger: Ledger) -> None:
    first = ledger.documents.publish("teams", "company", "d1", {"a": 1}, T, "worker")
    again = ledger.documents.publish(
        "teams", "company", "d1", {"a": 1}, T + timedelta(hours=1), "other"
    )
    assert again == first
    assert len(ledger.events("documents/teams/company")) == 1


def test_who_held_a_role_then_is_answered_from_the_history(ledger: Ledger) -> None:
    for hour, digest in enumerate(("d1", "d2", "d1")):
        at = T + timedelta(hours=hour)
        ledger.documents.publish("teams", "company", digest, {"v": digest}, at, "worker")

    def digest_at(hours: float) -> str | None:
        found = ledger.documents.at("teams", "company", T + timedelta(hours=hours))
        return None if found is None else found.digest

    assert [digest_at(hours) for hours in (-1, 0, 0.5, 1, 1.5, 9)] == [
        None,
        "d1",
        "d1",
        "d2",
        "d2",
        "d1",
    ]


def test_names_lists_what_is_published_of_a_kind(ledger: Ledger) -> None:
    for name in ("storefront", "payments"):
        ledger.documents.publish("products", name, "d", {}, T, "worker")
    ledger.documents.publish("calendars", "company", "d", {}, T, "worker")
    assert ledger.documents.names("products") == ("payments", "storefront")
    assert ledger.documents.names("trains") == ()


def test_processes_that_publish_the_same_change_at_once_write_one_event(ledger: Ledger) -> None:
    def publish(_number: int) -> None:
        ledger.documents.publish("teams", "company", "d1", {"a": 1}, T, "worker")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(publish, range(16)))
    assert len(ledger.events("documents/teams/company")) == 1


def test_documents_are_chained_and_are_no_releases(ledger: Ledger) -> None:
    ledger.documents.publish("teams", "company", "d1", {"a": 1}, T, "worker")
    assert ledger.verify("documents/teams/company").ok
    assert ledger.streams() == ()

"""Windows as people write them."""

from __future__ import annotations

import pytest

from windlass.decisions.windows import parse_weekdays, parse_windows, zone_named
from windlass.errors import InputError


@pytest.mark.parametrize(
    "text,read",
    [
        ("mon-thu 10:00-16:00", ["mon-thu 10:00-16:00"]),
        ("Monday - Thursday 9:00 – 16:00", ["mon-thu 09:00-16:00"]),
        ("mon,wed,fri 10:00-16:00", ["mon,wed,fri 10:00-16:00"]),
        ("mon-thu 10:00-12:00, 14:00-16:00", ["mon-thu 10:00-12:00", "mon-thu 14:00-16:00"]),
        ("mon-thu 10:00-16:00, fri 10:00-12:00", ["mon-thu 10:00-16:00", "fri 10:00-12:00"]),
        ("mon-fri 10:00-16:00, sat", ["mon-fri 10:00-16:00", "sat 00:00-24:00"]),
        ("sat; mon-fri 10:00-16:00", ["sat 00:00-24:00", "mon-fri 10:00-16:00"]),
        ("sat, mon-fri 10:00-16:00", ["mon-sat 10:00-16:00"]),
        ("fri 22:00-02:00", ["fri 22:00-02:00"]),
        ("fri-mon", ["mon,fri-sun 00:00-24:00"]),
        ("10:00-16:00", ["every day 10:00-16:00"]),
        ("always", ["every day 00:00-24:00"]),
        ("mon 18:00-24:00", ["mon 18:00-24:00"]),
    ],
)
def test_windows_are_read_as_release_people_write_them(text: str, read: list[str]) -> None:
    assert [str(window) for window in parse_windows(text, "UTC")] == [f"{r} UTC" for r in read]


@pytest.mark.parametrize(
    "text,complaint",
    [
        ("mno-thu 10:00-16:00", "'mno' is not a weekday; use mon tue wed thu fri sat sun; did you"),
        ("mon 25:00-26:00", "'25:00' is not a time of day"),
        ("mon 10:60-11:00", "'10:60' is not a time of day"),
        ("mon 10:00-10:00", "is empty; for a whole day name the day without hours"),
        ("mon 24:00-02:00", "cannot start at 24:00"),
        ("mon 10:00-16:00,", "has an empty part"),
        ("", "has an empty part"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_is_allowed(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        parse_windows(text, "UTC")


def test_an_unknown_zone_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="did you mean Europe/Zurich"):
        zone_named("Europe/Zürich")
    for name in ("", "America", "../etc/passwd"):
        with pytest.raises(InputError, match="unknown time zone"):
            zone_named(name)


def test_weekday_ranges_go_round_the_end_of_the_week() -> None:
    assert parse_weekdays("sat-tue") == (0, 1, 5, 6)

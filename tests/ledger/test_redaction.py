"""No secret enters the ledger: ours is refused by name, other people's is cut out of text."""

from __future__ import annotations

import pytest

from windlass.errors import InputError
from windlass.ledger.redaction import names_a_secret, scrub, without_secrets


@pytest.mark.parametrize(
    "key",
    ["password", "apiKey", "API_KEY", "db.password", "X-Auth-Token", "clientSecret", "token"],
)
def test_a_key_that_names_a_secret_may_not_hold_text(key: str) -> None:
    with pytest.raises(InputError, match="a secret may not enter the ledger"):
        without_secrets({"deep": [{key: "hunter2"}]})


def test_the_refusal_says_where() -> None:
    with pytest.raises(InputError, match=r"data\.deep\[0\]\.password"):
        without_secrets({"deep": [{"password": "hunter2"}]})


@pytest.mark.parametrize("key", ["tokens", "password_policy", "reset password", "keyboard", "key"])
def test_a_key_that_only_sounds_like_one_is_fine(key: str) -> None:
    assert not names_a_secret(key)


def test_a_fencing_token_is_a_number_and_no_secret() -> None:
    assert without_secrets({"token": 3}) == {"token": 3}


def test_a_vendors_answer_loses_its_secret_instead_of_being_refused() -> None:
    answer = without_secrets({"id": 7, "token": "abc"}, refuse=False)
    assert answer == {"id": 7, "token": "[secret removed]"}


@pytest.mark.parametrize(
    "text,clean",
    [
        (
            "https://mia:hunter2@git.example/x",
            "https://mia:[password in URL removed]@git.example/x",
        ),
        (
            "Authorization: Bearer abcdefghijklmnop1234",
            "Authorization: Bearer [authorization removed]",
        ),
        ("pushed with ghp_" + "a1" * 18, "pushed with [GitHub token removed]"),
        ("xoxb-1234567890-abcdef", "[Slack token removed]"),
        ("key AKIAABCDEFGHIJKLMNOP leaked", "key [AWS key removed] leaked"),
        (
            "https://x.example/?token=abc&q=1",
            "https://x.example/?token=[query parameter removed]&q=1",
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----",
            "[private key removed]",
        ),
    ],
)
def test_text_from_outside_loses_what_looks_like_a_secret(text: str, clean: str) -> None:
    assert scrub(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "fix(auth): bearer token expiry",
        "see https://git.example/a/b#L10",
        "basic tests pass",
        "v1.4.0",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert scrub(text) == text

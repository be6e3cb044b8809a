"""The command line's page is what the commands say."""

from __future__ import annotations

from scripts.cli_reference import PAGE, page


def test_the_page_is_fresh() -> None:
    """Write it anew with: python scripts/cli_reference.py."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_command_and_option_is_explained() -> None:
    text = page()
    empty = [line for line in text.splitlines() if line.startswith("| `") and line.endswith("|  |")]
    assert not empty
    assert "## windlass doctor" in text
    assert "## windlass ledger verify" in text

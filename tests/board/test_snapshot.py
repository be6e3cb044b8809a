"""A page reads a release; nothing is written through what it reads."""

from __future__ import annotations

import pytest

from tests.board.conftest import Shown


def test_a_snapshot_refuses_to_be_written_through_alone_or_together(waiting: Shown) -> None:
    read = waiting.snapshot
    with pytest.raises(TypeError, match=r"is a snapshot: hold\.set by mia cannot be written"):
        read.record("hold.set", by="mia", reason="no")
    with pytest.raises(TypeError, match="is a snapshot: hold"):
        read.record_together([("hold.set", {"reason": "no"}, None)])
    assert waiting.ledger.events(waiting.release.id)[-1].type != "hold.set"

"""Another system as effects meet it: it can lag, refuse, lose its reply, or not know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from windlass.errors import RefusedByVendor
from windlass.ledger import Absent, Found, Unknown

T = datetime(2026, 1, 6, 9, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that tests turn."""

    now: datetime = T

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Vendor:
    """Creates things. ``lag`` is how many seconds pass until one is found."""

    clock: Clock
    lag: float = 0.0
    made: list[datetime] = field(default_factory=list)
    looked: int = 0
    fails_before: BaseException | None = None
    fails_after: BaseException | None = None
    cannot_tell: str = ""
    exposure: int = 0
    writes: list[int] = field(default_factory=list)

    async def do(self) -> Any:
        if self.fails_before is not None:
            raise self.fails_before
        self.made.append(self.clock.now)
        if self.fails_after is not None:
            raise self.fails_after
        return {"number": len(self.made)}

    async def find(self) -> Found | Absent | Unknown:
        self.looked += 1
        if self.cannot_tell:
            return Unknown(self.cannot_tell)
        seen = [at for at in self.made if at + timedelta(seconds=self.lag) <= self.clock.now]
        return Found({"number": len(seen)}) if seen else Absent()

    async def read(self) -> int:
        return self.exposure

    def writing(self, want: int) -> Any:
        async def write(_current: int) -> None:
            if self.fails_before is not None:
                raise self.fails_before
            self.exposure = want
            self.writes.append(want)
            if self.fails_after is not None:
                raise self.fails_after

        return write


REFUSED = RefusedByVendor("409: a tag of that name exists on another commit")
LOST = ConnectionResetError("the reply was lost")

"""Every error Windlass raises on purpose.

::

    WindlassError
    ├── SpecError              a file people wrote is wrong; carries every problem found
    ├── PlanError              the files are right one by one, but give no plan
    ├── InputError             a parameter, an answer or a command-line argument is wrong
    ├── TerminalError          trying again cannot help
    │   ├── RefusedByVendor    the other system understood the request and said no
    │   ├── UnsupportedByVendor  the other system cannot do this at all
    │   └── NotConfigured      a port was asked for that the product does not configure
    ├── RetryableError         trying again may help
    │   ├── VendorUnavailable  the other system gives no answer now
    │   ├── EffectBusy         another live try is in the middle of the same effect
    │   └── ClaimHeld          another release holds the environment
    └── LedgerError            the record itself
        ├── LedgerTampered     the chain of hashes does not hold
        ├── LedgerSchemaError  the database is older or newer than this code
        ├── LedgerUnavailable  the ledger cannot be read or written
        └── StaleToken         a write by somebody whose claim was taken over
"""

from __future__ import annotations

from collections.abc import Sequence


class WindlassError(Exception):
    """Root of the tree: everything Windlass raises on purpose."""


class SpecError(WindlassError):
    """A file people wrote is wrong; ``problems`` holds one line per problem, all of them."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__("\n".join(self.problems))


class PlanError(WindlassError):
    """No release can be planned from these files; ``problems`` says why, one line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__("\n".join(self.problems))


class InputError(WindlassError):
    """A parameter, an answer or an argument is wrong; the message says what is allowed."""


class TerminalError(WindlassError):
    """Trying again cannot help: the task fails now."""


class RefusedByVendor(TerminalError):
    """The other system understood the request and said no."""


class UnsupportedByVendor(TerminalError):
    """The other system cannot do this at all."""


class NotConfigured(TerminalError):
    """A port was asked for that the product does not configure."""


class RetryableError(WindlassError):
    """Trying again may help: the task is retried."""


class VendorUnavailable(RetryableError):
    """The other system did not answer, or answered that it cannot now."""


class EffectBusy(RetryableError):
    """Another live try is in the middle of the same effect."""


class ClaimHeld(RetryableError):
    """Another release holds the environment; ``holder`` is its id, ``why`` who goes first."""

    def __init__(self, target: str, holder: str, why: str = "") -> None:
        self.target, self.holder = target, holder
        super().__init__(f"{target} is held by release {holder}" + (f": {why}" if why else ""))


class LedgerError(WindlassError):
    """Something about the record itself."""


class LedgerTampered(LedgerError):
    """The chain of hashes does not hold."""


class LedgerSchemaError(LedgerError):
    """The ledger's database is older or newer than this code understands."""


class LedgerUnavailable(LedgerError, RetryableError):
    """The ledger cannot be read or written now; no effect may happen without it."""


class StaleToken(LedgerError, TerminalError):
    """A write by somebody whose claim was taken over."""

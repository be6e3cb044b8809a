"""``windlass`` on the command line. Exit codes: 0 fine, 1 a finding, 2 wrong usage."""

from __future__ import annotations

import sys

from windlass.errors import InputError, PlanError, SpecError, WindlassError

#: A finding: a file is wrong, a chain is broken, nothing was found.
FINDING = 1
#: The words of the command were wrong.
USAGE = 2


def main() -> None:
    """Run the command line; errors on purpose are one line each on standard error."""
    from windlass.cli.app import app

    try:
        app()
    except InputError as problem:
        sys.exit(_say(problem, USAGE))
    except (SpecError, PlanError, WindlassError) as problem:
        sys.exit(_say(problem, FINDING))


def _say(problem: Exception, code: int) -> int:
    print(problem, file=sys.stderr)
    return code

"""``python -m tests.crash --kills 1000 --seed 7``: what ``make crash`` runs.

Releases of two regions, of four kinds in turn (a good one, a bad one, one that ramps a flag, one
whose flag is bad), each killed at places that follow from the seed, until so many processes have
died. The last line has the figures; the exit code is 1 when anything happened twice, is missing or
got stuck. A release that failed says which ``--seed`` and ``--release`` run it alone again.
"""

from __future__ import annotations

import argparse
import sys

from tests.crash.dying import Chooser, at_random
from tests.crash.harness import Result, figures, long_run, once_more

#: The share of boundaries at which a process dies; a release has about two thousand.
SHARE = 0.03


def main() -> int:
    """Run, print a line for each release and the figures of all; 0 when all is clean."""
    options = _options()

    def chooser(nth: int) -> Chooser:
        return at_random(options.seed * 1_000_003 + nth, options.share)

    runs = long_run(options.kills, chooser)
    if options.release is not None:
        runs = iter([once_more(options.release, chooser(options.release))])
    results: list[Result] = []
    for nth, result in enumerate(runs, start=options.release or 0):
        results.append(result)
        _say(_line(nth, result))
        if not result.clean:
            _explain(nth, result, options.seed)
    _say(str(figures(results)))
    return 0 if all(result.clean for result in results) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.crash",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kills", type=int, default=1000, help="processes to kill (1000)")
    parser.add_argument("--seed", type=int, default=1, help="where they die follows from it (1)")
    parser.add_argument("--share", type=float, default=SHARE, help="of the boundaries that kill")
    parser.add_argument("--release", type=int, help="only this release of the seed, from 0")
    return parser.parse_args()


def _line(nth: int, result: Result) -> str:
    state = "clean" if result.clean else "NOT CLEAN"
    return (
        f"release {nth:>3} {result.scenario:<8} {len(result.kills):>3} kills  "
        f"{result.seconds:5.1f} s  {state}"
    )


def _explain(nth: int, result: Result, seed: int) -> None:
    for word, found in (("twice", result.doubles), ("missing", result.drops)):
        for trace, times in sorted(found.items()):
            _say(f"    {word}: {trace} ({times})")
    if result.stuck:
        _say(f"    stuck: {result.stuck}")
    _say(f"    died {', '.join(str(kill.boundary) for kill in result.kills)}")
    _say(f"    again: python -m tests.crash --seed {seed} --release {nth}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""The judge against the rules of others, on simulated releases.

    python benchmarks/judge.py            4,000 runs of each scenario
    python benchmarks/judge.py --short    400 runs, a minute or two

Prints false rollbacks, detection and speed, and which targets hold. Windlass is the shipped code,
called look by look; the others are re-stated in ``judge_rivals``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file, its folder is on the path

import numpy as np  # noqa: TID253 - no DAG imports a benchmark

from benchmarks import judge_rivals as rivals
from benchmarks.judge_scenarios import HEALTHY, MINUTES, WORSE, Runs, simulate
from windlass.cli.judge import judge_lines
from windlass.decisions.judge import (
    ArmCounts,
    CountJudge,
    CountPolicy,
    JudgePolicy,
    Look,
    MetricLooks,
    dispersion,
    judge_release,
)

Rule = Callable[[Runs], rivals.First]
SEED = 20260801

#: Column, what is limited, the limit. From the design's targets.
TARGETS = (
    *((scenario.name, "false", 1.0) for scenario in HEALTHY),
    ("2x 100/m", "mean", 30.0),
    ("2x 300/m", "mean", 11.0),
    ("2x 1000/m", "mean", 4.0),
    ("2x 10/90", "mean", 17.0),
    ("2x from min 20", "mean", 34.0),
    ("2x noise 300/m", "mean", 17.0),
    ("1.25x 1000/m", "found", 85.0),
)


def windlass(runs: Runs, alpha: float = 0.02, *, measured: bool = True) -> rivals.First:
    """The shipped judge: the first look with ROLLBACK."""
    return exits(runs, alpha, measured=measured)[0]


def within_window(runs: Runs, alpha: float = 0.02) -> rivals.First:
    """The shipped judge, told that the window has an hour of looks."""
    return exits(runs, alpha, windows=(MINUTES,))[0]


def exits(
    runs: Runs, alpha: float = 0.02, *, measured: bool = True, windows: tuple[int, ...] = ()
) -> tuple[rivals.First, rivals.First]:
    """The first look with ROLLBACK and the first with GO."""
    rollback = np.full(len(runs.canary), rivals.NEVER)
    go = rollback.copy()
    scenario = runs.scenario
    for run in range(len(runs.canary)):
        phi = dispersion(runs.before[run].tolist()) if measured else 1.0
        policy = CountPolicy(alpha=alpha, beta=0.05, refuse_ratio=2, dispersion=phi)
        judge = CountJudge(replace(policy, windows=windows))
        for s1, s0 in zip(runs.canary[run].tolist(), runs.baseline[run].tolist(), strict=True):
            arms = ArmCounts(scenario.baseline, s0), ArmCounts(scenario.canary, s1)
            judge.observe(Look(*arms))
            if judge.rollback_look is not None:
                rollback[run] = judge.rollback_look - 1
                break
        if judge.go_look is not None:
            go[run] = judge.go_look - 1
    return rollback, go


RULES: tuple[tuple[str, Rule], ...] = (
    ("Argo: rate>=95 %, failureLimit 0 (default)", lambda r: rivals.argo(r, 0.95, 0)),
    ("Argo: rate>=98.5 %, failureLimit 3", lambda r: rivals.argo(r, 0.985, 3)),
    ("Argo: rate>=98.5 %, 5 min interval, failureLimit 3", lambda r: rivals.argo(r, 0.985, 3, 5)),
    ("Flagger: rate>=99 %, threshold 1 (default)", lambda r: rivals.flagger(r, 0.99, 1)),
    ("Flagger: rate>=99 %, threshold 5", lambda r: rivals.flagger(r, 0.99, 5)),
    ("Flagger: rate>=99 %, threshold 10", lambda r: rivals.flagger(r, 0.99, 10)),
    ("Kayenta 98 %, look every 5 min", lambda r: rivals.kayenta(r, 5, 5)),
    ("Kayenta 98 %, look every 1 min from min 5", lambda r: rivals.kayenta(r, 1, 5)),
    ("naive z-test 2 % at every look", rivals.z_test),
    ("group-sequential (Pocock, exact binomial) 2 %", rivals.pocock),
    ("**Windlass sequential, alpha 2 %**", windlass),
    ("Windlass, dispersion not measured", lambda r: windlass(r, measured=False)),
    ("Windlass group_sequential, alpha 2 %", within_window),
    ("Windlass, alpha 0.5 %", lambda r: windlass(r, 0.005)),
)


class Row:
    """One rule on every scenario."""

    def __init__(self, name: str, rule: Rule, runs: Sequence[Runs]) -> None:
        self.name = name
        self.first = {group.scenario.name: rule(group) for group in runs}

    def found(self, column: str) -> float:
        """Percent of the runs that were rolled back."""
        return float(100 * np.mean(self.first[column] < rivals.NEVER))

    def mean(self, column: str) -> float:
        """Mean minute of the rollback, 60 where there was none."""
        return float(np.mean(np.minimum(self.first[column] + 1, MINUTES)))

    def error(self, column: str, what: str) -> float:
        """The standard error of ``found`` (percent points) or ``mean`` (minutes)."""
        first = self.first[column]
        values = 100.0 * (first < rivals.NEVER) if what != "mean" else first + 1.0
        return float(np.std(values) / len(first) ** 0.5)

    def healthy(self) -> str:
        """The row of the table of false rollbacks."""
        cells = (f"{self.found(scenario.name):.1f}" for scenario in HEALTHY)
        return f"| {self.name} | {' | '.join(cells)} |"

    def worse(self) -> str:
        """The row of the table of detection."""
        cells = []
        for scenario in WORSE:
            first = self.first[scenario.name]
            seen = first[first < rivals.NEVER]
            middle = f"{np.median(seen) + 1:.0f}" if len(seen) else "-"
            found, mean = self.found(scenario.name), self.mean(scenario.name)
            cells.append(f"{found:.1f} / {middle} / {mean:.1f}")
        return f"| {self.name} | {' | '.join(cells)} |"


def header(first: str, names: Sequence[str]) -> str:
    """The head of a Markdown table."""
    return f"| {first} | {' | '.join(names)} |\n|{'---|' * (len(names) + 1)}"


def targets(row: Row) -> list[str]:
    """Each target with what was measured."""
    lines = []
    for column, what, limit in TARGETS:
        value = row.mean(column) if what == "mean" else row.found(column)
        holds = value >= limit if what == "found" else value <= limit
        unit = "min" if what == "mean" else "%"
        sign = ">=" if what == "found" else "<="
        lines.append(
            f"{'holds' if holds else 'FAILS'}  {column}: {what} {value:.2f} {unit} "
            f"(standard error {row.error(column, what):.2f}), target {sign} {limit:g}"
        )
    return lines


def three_exits(runs: Sequence[Runs]) -> list[str]:
    """Rollback, GO and neither, whichever comes first."""
    lines = []
    for group in runs:
        rollback, go = exits(group)
        went = go < rollback
        gone = go[went]
        middle = f"{np.median(gone) + 1:.0f}" if len(gone) else "-"
        neither = np.mean((go == rivals.NEVER) & (rollback == rivals.NEVER))
        lines.append(
            f"| {group.scenario.name} | {100 * np.mean((rollback < rivals.NEVER) & ~went):.1f} | "
            f"{100 * np.mean(went):.1f} at {middle} | {100 * neither:.1f} |"
        )
    return lines


def speed(documents: int) -> list[str]:
    """One look at a hundred metrics, and documents of sixty looks through the command line."""
    judges = [CountJudge(CountPolicy()) for _ in range(100)]
    look = Look(ArmCounts(900, 9), ArmCounts(100, 1))
    for judge in judges:
        judge.observe(look)
    began = time.process_time()
    for _ in range(20):
        for judge in judges:
            judge.observe(look)
    per_look = 1000 * (time.process_time() - began) / 20
    release = {f"m{place}": MetricLooks([look]) for place in range(100)}
    began = time.process_time()
    for _ in range(20):
        judge_release(release, JudgePolicy())
    whole = 1000 * (time.process_time() - began) / 20
    group = simulate(HEALTHY[1], 50, SEED)
    lines = [json.dumps(_document(group, run % 50)) for run in range(documents)]
    began = time.process_time()
    answered = sum(1 for _ in judge_lines(lines))
    rate = answered / (time.process_time() - began)
    anew = f"with verdicts and reasons made anew {whole:.1f} ms"
    return [
        f"one look at 100 metrics: {per_look:.1f} ms (target 10); {anew}",
        f"command line: {rate:.0f} documents of 60 looks a second (target 200; {answered} judged)",
    ]


def _document(runs: Runs, run: int) -> dict[str, object]:
    scenario = runs.scenario
    return {
        "method": "sequential",
        "looks": [
            {
                "baseline": {"requests": scenario.baseline, "errors": int(s0)},
                "canary": {"requests": scenario.canary, "errors": int(s1)},
            }
            for s1, s0 in zip(runs.canary[run], runs.baseline[run], strict=True)
        ],
        "alpha": 0.02,
    }


def main() -> int:
    """Simulate, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--short", action="store_true", help="400 runs")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    runs = 400 if options.short else options.runs
    healthy = [simulate(scenario, runs, options.seed) for scenario in HEALTHY]
    worse = [simulate(scenario, runs, options.seed) for scenario in WORSE]
    rows = []
    for name, rule in RULES:
        began = time.perf_counter()
        rows.append(Row(name, rule, [*healthy, *worse]))
        print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    print(f"False rollbacks, % of {runs} healthy releases\n")
    print(header("judge", [scenario.name for scenario in HEALTHY]))
    print("\n".join(row.healthy() for row in rows))
    print("\nFound % / median minute when found / mean minute (60 if never)\n")
    print(header("judge", [scenario.name for scenario in WORSE]))
    print("\n".join(row.worse() for row in rows))
    print("\nThree exits, alpha 2 %, beta 5 %, refuse twofold: % of releases\n")
    print(header("release", ["rollback first", "GO first, median minute", "neither"]))
    print("\n".join(three_exits([*healthy[:4], *worse[:4]])))
    ours = next(row for row in rows if "**" in row.name)
    print("\nTargets\n\n" + "\n".join(targets(ours)))
    print("\nSpeed\n\n" + "\n".join(speed(1000 if options.short else 10000)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

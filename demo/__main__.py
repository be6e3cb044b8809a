"""``make demo``: two real releases of a small shop, one good and one bad.

    python -m demo [--exit] [--local] [--home .demo]

``--local`` runs the releases in this process instead of on Airflow.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from pathlib import Path

from demo.embedded_airflow import EmbeddedAirflow
from demo.home import Home
from demo.local import Local
from demo.on_airflow import OnAirflow
from demo.project import connections, use, write_project
from demo.recovery import recovery_of, told
from demo.repository import Repository
from demo.screen import Screen
from demo.world import World
from windlass.tasks.release import Release

GOOD, BAD = "1.1.0", "1.2.0"
REGIONS = ("production/eu-west", "production/us-east")


async def play(home: Home, screen: Screen, *, local: bool, stay: bool) -> int:
    """Set up, run both releases, say how it went. Returns the exit code."""
    world = World(home)
    airflow: EmbeddedAirflow | None = None
    try:
        began = time.monotonic()
        screen.say("The shop: two regions, staging, routers, traffic …", "bold")
        await world.start()
        project = write_project(home)
        use(connections(home))
        if local:
            stage: Local | OnAirflow = Local(home, project, screen)
        else:
            screen.say("Airflow: PostgreSQL, API server, scheduler, DAG processor, triggerer …")
            airflow = EmbeddedAirflow(home.root / "airflow", dags=project / "dags")
            airflow.start()
            stage = OnAirflow(home, project, airflow, screen)
        await stage.start()
        screen.say(f"ready after {time.monotonic() - began:.0f} s", "dim")
        code = await _story(stage, home, screen)
        screen.say(f"{time.monotonic() - began:.0f} s in all", "dim")
        if airflow is not None:
            _doors(airflow, screen)
        if stay:
            screen.say("It stays up until Ctrl-C.")
            await asyncio.Event().wait()
        return code
    finally:
        if airflow is not None:
            airflow.stop()
        await world.stop()


async def _story(stage: Local | OnAirflow, home: Home, screen: Screen) -> int:
    """The good release, then the bad one; every promise of the demo is checked, not assumed."""
    repository = Repository(home.repository)
    repository.advance_to(GOOD)
    screen.say(f"\nA minor release, {GOOD}: a new feature and a migration.", "bold")
    good = await stage.release("good")
    if good.view.outcome != "released":
        why = (good.view.ended or {}).get("why")
        screen.say(f"NOT AS PROMISED: {good.name}: {good.view.outcome}: {why}", "bold red")
        return 1
    repository.advance_to(BAD)
    screen.say(f"\nThe next one, {BAD}: its tests pass, 6 % of real checkouts fail.", "bold")
    bad = await stage.release("bad")
    wrong = _wrong(good, bad, home)
    _summary(good, bad, home, screen)
    for line in wrong:
        screen.say(f"NOT AS PROMISED: {line}", "bold red")
    return 1 if wrong else 0


def _wrong(good: Release, bad: Release, home: Home) -> list[str]:
    """What the demo promises and did not happen."""
    expected = {
        f"{BAD} is rolled back": bad.view.outcome == "rolled back",
        "both regions were promoted": set(REGIONS) <= set(good.view.promoted),
        "the judge stopped it": any(
            v["decision"] == "rollback" for v in bad.view.verdicts.values()
        ),
        "every touched region is back": all(
            bad.view.reverted.get(t, {}).get("back_to") == GOOD
            for t in bad.view.touched
            if t in REGIONS
        ),
        "no request was lost to the rollout": _lost(home) == 0,
        "both ledgers verify": all(r.ledger.verify(r.id).ok for r in (good, bad)),
    }
    return [promise for promise, kept in expected.items() if not kept]


def _summary(good: Release, bad: Release, home: Home, screen: Screen) -> None:
    screen.say("")
    for release in (good, bad):
        verified = release.ledger.verify(release.id)
        screen.say(f"{release.name}: {release.view.outcome}", "bold")
        screen.say(
            f"  ledger: {release.view.seq} events, {'verified' if verified.ok else 'BROKEN'}"
        )
        report = (release.view.ended or {}).get("report") or {}
        screen.say(f"  report: {report.get('html', 'none')}")
    recovery = recovery_of(bad)
    if recovery is not None:
        screen.say(told(recovery), "" if recovery.holds else "red")
    screen.say(f"requests that the rollouts themselves lost: {_lost(home)}")


def _lost(home: Home) -> int:
    """Requests that failed because of the roll-out or roll-back itself."""
    if not home.traffic.exists():
        return -1
    summary = json.loads(home.traffic.read_text(encoding="utf-8"))
    return int(summary["failed_by_rollout"])


def _doors(airflow: EmbeddedAirflow, screen: Screen) -> None:
    screen.say(f"\nAirflow: {airflow.url}  user mia, password {airflow.passwords['mia']}")
    screen.say("  others: " + ", ".join(name for name in airflow.passwords if name != "mia"), "dim")


def _free_home(wanted: Path) -> Path:
    """``wanted``, or the first of ``wanted-2`` … in which no demo runs."""
    for number in range(1, 100):
        home = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        registry = Home(home).registry
        if not registry.exists():
            return home
        owner = json.loads(registry.read_text(encoding="utf-8")).get("pid")
        if owner is None or not Path(f"/proc/{owner}").exists():
            return home
    raise SystemExit(f"a hundred demos run beside {wanted}; stop some")


def main() -> int:
    """Parse the arguments and play."""
    parser = argparse.ArgumentParser(prog="python -m demo")
    parser.add_argument("--exit", action="store_true", help="end by itself")
    parser.add_argument("--local", action="store_true", help="without Airflow")
    parser.add_argument("--home", type=Path, default=Path(".demo"))
    arguments = parser.parse_args()
    home = Home(_free_home(arguments.home.resolve()))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return asyncio.run(play(home, Screen(), local=arguments.local, stay=not arguments.exit))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())

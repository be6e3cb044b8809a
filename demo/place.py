"""Commands about one place, for a product's YAML: drift, migrations, backups.

    python -m demo.place --home .demo --environment production --region eu-west VERB

Verbs: `check` (processes and router are as the registry says), `check-database` (schema and
damage), `migrate --version V [--to N]`, `backup`, `latest-backup`, `verify-backup`,
`restore --id ID`. Exit code 0: as it should be; 2: it is not, with the differences on standard
output; 1: the question could not be asked. Backup verbs print JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from demo import backups, databases, wire
from demo.connections import Connections, Lost, NotSent
from demo.home import Home

DRIFT = 2


async def get(url: str, path: str) -> Any:
    """A JSON document from one of the demo's own servers."""
    server = Connections(url)
    ask = wire.request("GET", path, f"{server.host}:{server.port}", b"")
    document = json.loads((await server.exchange(ask, 5.0)).body)
    server.close()
    return document


async def check(home: Home, name: str) -> list[str]:
    """What differs between the registry, the processes and the router."""
    agent = home.read_registry()["agent_url"]
    place = (await get(agent, "/places"))["places"][name]
    routed = await get(place["admin_url"], "/admin/backends")
    replicas = {replica["url"]: replica for replica in place["backends"]}
    found = [
        f"{r['url']} ({r['version']}) has ended" for r in replicas.values() if not r["running"]
    ]
    for backend in routed["backends"]:
        replica = replicas.get(backend["url"])
        if replica is None:
            found.append(f"the router knows {backend['url']}, which nobody runs")
        elif replica["version"] != backend["version"]:
            found.append(f"{backend['url']} runs {replica['version']}, not {backend['version']}")
    known = {backend["url"] for backend in routed["backends"]}
    found += [f"{url} is not behind the router" for url in replicas if url not in known]
    if not any(backend["weight"] for backend in routed["backends"]):
        found.append("no version has traffic")
    return found


def check_database(home: Home, name: str) -> list[str]:
    """What is wrong with the place's database."""
    with closing(sqlite3.connect(f"file:{home.database(name)}?mode=ro", uri=True)) as database:
        found = [row[0] for row in database.execute("PRAGMA quick_check") if row[0] != "ok"]
        schema = database.execute("PRAGMA user_version").fetchone()[0]
    if schema < 1:
        found.append(f"{home.database(name)} was never migrated")
    return found


def run(home: Home, name: str, arguments: argparse.Namespace) -> list[str]:
    """Run one verb; the differences it found."""
    match arguments.verb:
        case "check":
            return asyncio.run(check(home, name))
        case "check-database":
            return check_database(home, name)
        case "verify-backup":
            return backups.verify(home, name)
        case "backup":
            print(json.dumps(backups.create(home, name)))
        case "latest-backup":
            print(json.dumps(backups.latest(home, name)))
        case "restore":
            backups.restore(home, name, arguments.id)
        case "migrate":
            moved = databases.migrate(home, name, arguments.version, arguments.to)
            print(json.dumps(asyncio.run(moved)))
    return []


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.place")
    parser.add_argument("--home", type=Path, default=Path(".demo"))
    parser.add_argument("--environment", required=True)
    parser.add_argument("--region", default="")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("check", "check-database", "backup", "latest-backup", "verify-backup"):
        verbs.add_parser(verb)
    verbs.add_parser("restore").add_argument("--id", required=True)
    migrate = verbs.add_parser("migrate")
    migrate.add_argument("--version", required=True)
    migrate.add_argument("--to", type=int)
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Run one verb; the exit code."""
    arguments = _arguments(words)
    home = Home(arguments.home.resolve())
    try:
        differences = run(home, arguments.region or arguments.environment, arguments)
    except (OSError, LookupError, sqlite3.Error, NotSent, Lost, databases.MigrationFailed) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    for difference in differences:
        print(difference)
    return DRIFT if differences else 0


if __name__ == "__main__":
    sys.exit(main())

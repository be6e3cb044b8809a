"""`python -m storefront serve | migrate | check | backup`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from storefront import database as databases
from storefront.database import Database, SchemaError
from storefront.server import serve
from storefront.shop import Shop


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="storefront")
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("serve", help="serve the shop until SIGTERM")
    run.add_argument("--port", type=int, default=0, help="0 takes a free one")
    run.add_argument("--region", default="local")
    run.add_argument("--ready", type=Path, help="file that receives the address once it answers")
    run.add_argument("--migrate", action="store_true", help="migrate first")
    look = verbs.add_parser("check", help="is the database whole and on this release's schema?")
    move = verbs.add_parser("migrate", help="bring the database to this release's schema")
    move.add_argument("--to", type=int, help="this migration instead of the latest; down works too")
    save = verbs.add_parser("backup", help="copy the database while it is in use")
    save.add_argument("--to", type=Path, required=True)
    for verb in (run, look, move, save):
        verb.add_argument("--database", type=Path, required=True)
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Run one verb; 0 when it worked, 1 with the reason on standard error."""
    arguments = _arguments(words)
    database = Database(arguments.database)
    try:
        if arguments.verb == "migrate":
            done = databases.migrate(database, arguments.to)
            print(json.dumps({"schema": database.version(), "ran": done}))
        elif arguments.verb == "check":
            databases.check(database)
        elif arguments.verb == "backup":
            databases.backup(database, arguments.to)
        else:
            if arguments.migrate:
                databases.migrate(database)
            database.require_schema()
            serve(arguments.port, Shop(database), arguments.region, arguments.ready)
    except SchemaError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the small products of these tests are deployed to: a JSON file per target.

``target.py STATE VERB TARGET [VERSION PERCENT]``. Every change is also a line of ``effects.log``:
the count that the ledger cannot influence. ``slow`` in the folder makes a change take that long,
``broken`` makes production refuse every new version.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(words: list[str]) -> None:
    """Do one verb."""
    state, verb, target = Path(words[0]), words[1], words[2]
    path = state / (target.replace("/", "-") + ".json")
    shares: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    if verb == "current":
        sys.stdout.write(json.dumps({"shares": shares}))
        return
    version, percent = words[3], float(words[4])
    with (state / "effects.log").open("a") as log:
        log.write(f"{verb} {target} {version} {percent:g}\n")
    if verb == "expose" and target != "staging" and (state / "broken").exists():
        sys.exit("no room for another replica")
    slow = state / "slow"
    if slow.exists():
        time.sleep(float(slow.read_text()))
    old = next((known for known in shares if known != version), None)
    shares = {version: percent}
    if old is not None and percent < 100:
        shares[old] = 100 - percent
    path.write_text(json.dumps(shares))


if __name__ == "__main__":
    main(sys.argv[1:])

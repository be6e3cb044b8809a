"""What a release has left in the world, counted: the same release leaves the same, whoever died."""

from __future__ import annotations

import json
from collections import Counter

from tests.tasks import shop
from tests.tasks.world import World

#: Folders of plain adapters: a second change request or document would be a second file.
FOLDERS = ("documents", "changes", "meetings", "status", "incidents", "dashboards")


def tally(world: World) -> Counter[str]:
    """Every trace outside of the ledger, by name; times and texts are left out."""
    found: Counter[str] = Counter()
    for folder in FOLDERS:
        files = sorted((world.root / folder).rglob("*"))
        found.update(f"file {p.relative_to(world.root)}" for p in files if p.is_file())
    found.update(f"message {subject}" for subject in _lines(world, "messages.jsonl"))
    found.update(f"entry {line}" for line in _uids(world))
    for words in (("tag",), ("branch", "--format=%(refname:short)")):
        found.update(f"{words[0]} {name}" for name in world.repository().git(*words).split())
    found.update(f"pipeline {marker}" for marker in world.pipelines.runs)
    found.update(f"backup of {t}" for t, made in world.backups.made.items() for _ in made)
    found.update(f"call {' '.join(call)}" for call in world.deployments.calls)
    for target in shop.TARGETS:
        for version, share in world.deployments.state(target).shares.items():
            found[f"{target} serves {version} at {share:g} %"] += 1
    for path in sorted(world.root.glob("flags-*.json")):
        state = json.loads(path.read_text())["flags"]["new-cart"]
        found[f"{path.stem}: {state['defaultVariant']}, {state.get('targeting')}"] += 1
    return found


def _lines(world: World, name: str) -> list[str]:
    path = world.root / name
    lines = path.read_text().splitlines() if path.exists() else []
    return [str(json.loads(line)["subject"]) for line in lines]


def _uids(world: World) -> list[str]:
    path = world.root / "calendar.ics"
    lines = path.read_text().splitlines() if path.exists() else []
    return [line for line in lines if line.startswith("UID:")]

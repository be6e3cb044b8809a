"""Phase 1, row by row: broken and restored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.tasks.cases import Case, Do
from tests.tasks.world import DAY_0, START, World

FREEZE = {
    "name": "year end",
    "from": "2026-03-10T12:00:00",
    "until": "2026-03-12T00:00:00",
    "reason": "accounts",
    "owner": "mia",
}


def lost_package(world: World) -> None:
    """The package of what is live cannot be had any more."""
    world.deployments.packages.clear()


def kept_package(world: World) -> None:
    world.artifact("1.3.0")


def payments(version: str, days: int = 14) -> Do:
    def live(world: World) -> None:
        world.live(version, "0" * 40, product="payments", at=START + timedelta(days=14 - days))

    return live


def broken_file(name: str, text: str = "not what it should be") -> Do:
    def write(world: World) -> None:
        path = world.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return write


def breaking(world: World) -> None:
    world.repository().commit("feat!: prices are cents (SHOP-12)", "prices.py")


def guide(text: str) -> Do:
    """A person has written the migration guide."""

    def write(world: World) -> None:
        path = world.root / "documents/shop/run-1/migration-guide.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\ntitle: Moving\n---\n{text}\n")

    return write


CASES = (
    Case(
        task="planning.scope",
        name="the tracker cannot be read",
        red="fails",
        broken=broken_file("issues/SHOP-99.md"),
        reason="begin the file with a line ---",
        left=lambda e, w: [item["key"] for item in e["items"]] == ["SHOP-12", "SHOP-14"],
    ),
    Case(
        task="planning.dependencies",
        name="the other product is too old",
        broken=payments("2.2.0"),
        mended=payments("2.4.0", days=1),
        by="dev",
        reason="production/eu has payments 2.2.0; >=2.3 is needed",
        left=lambda e, w: e["dependencies"]["payments"]["live"]["production/us"] == ["2.4.0"],
    ),
    Case(
        task="planning.dependencies",
        name="nobody knows what is live",
        mended=payments("2.4.0", days=1),
        by="dev",
        reason="nothing is known to be live there",
        left=lambda e, w: e["outcome"] == "PASS",
    ),
    Case(
        task="planning.dependencies",
        name="an open issue blocks",
        prepared=payments("2.4.0"),
        broken=lambda w: w.issue("SHOP-13", "No idea", kind="blocker", status="ready"),
        mended=lambda w: w.issue("SHOP-13", "No idea", kind="blocker", status="done"),
        by="dev",
        reason="SHOP-13 blocks the release: No idea",
        left=lambda e, w: e["blockers"] == [],
    ),
    Case(
        task="planning.environments.production",
        name="infrastructure has drifted",
        broken=lambda w: w.infrastructure.found.update(production="1 rule added"),
        mended=lambda w: w.infrastructure.found.clear(),
        reason="1 rule added",
        left=lambda e, w: e["live"]["production/eu"] == "1.3.0",
    ),
    Case(
        task="planning.environments.production",
        name="it serves what nobody recorded",
        broken=lambda w: w.deployments.put("production/us", w.artifact("1.2.9")),
        mended=lambda w: w.deployments.put("production/us", w.artifact("1.3.0")),
        reason="windlass adopt shop production/us",
        left=lambda e, w: e["live"]["production/us"] == "1.3.0",
    ),
    Case(
        task="planning.rollback",
        name="the old package is gone",
        broken=lost_package,
        mended=kept_package,
        reason="the package of 1.3.0 cannot be had any more",
        left=lambda e, w: e["last_good"]["production/eu"]["back_to"] == "1.3.0",
    ),
    Case(
        task="planning.automation",
        name="the plan cannot be played through",
        broken=lost_package,
        mended=kept_package,
        reason="no package",
        left=lambda e, w: e["rollout"][1]["would"] == "100 % of production/eu to 1.3.0",
    ),
    Case(
        task="planning.monitoring",
        name="nothing is counted",
        broken=lambda w: w.metrics.silent.add("production/us"),
        mended=lambda w: w.metrics.silent.clear(),
        reason="http_requests_total has no fresh data of 1.3.0",
        left=lambda e, w: "2000" in e["fresh"][0] and e["detectable"]["errors"] > 1,
    ),
    Case(
        task="planning.risk",
        name="the commits cannot be read",
        red="fails",
        wrong_inputs={"ref": "nowhere"},
        reason="'nowhere' names no commit",
        left=lambda e, w: (
            0 < e["score"] < 70
            and any("3 lines changed" in f["reason"] for f in e["factors"])
            and e["scenarios"]["production/eu"]["back_to"] == "1.3.0"
        ),
    ),
    Case(
        task="planning.timeline",
        name="the rollout would run into a freeze",
        inputs={"day_0": DAY_0},
        wrong={"(calendar)": {"freezes": [FREEZE]}},
        reason="needs 8 h (P90), but only 2 h are left before freeze year end",
        left=lambda e, w: (
            e["milestones"]["production"] == DAY_0.isoformat()
            and "SUMMARY:shop (minor): production" in (w.root / "calendar.ics").read_text()
        ),
    ),
    Case(
        task="planning.notify",
        name="users get too little notice",
        inputs={"day_0": DAY_0},
        wrong_inputs={"day_0": datetime(2026, 3, 3, 8, tzinfo=UTC)},
        reason="users are promised 2 days of notice",
        left=lambda e, w: e["message"][0] in (w.root / "messages.jsonl").read_text(),
    ),
    Case(
        task="planning.enablement",
        name="support is not ready",
        broken=lambda w: w.reply(
            "planning.enablement", "we are not ready", "sue", reason="nobody is trained"
        ),
        mended=lambda w: w.reply("planning.enablement", "we are ready", "sue", "form"),
        by="mia",
        reason="sue (support) is not ready: nobody is trained",
        left=lambda e, w: (
            e["acknowledged_by"] == "sue"
            and "Gift notes" in (w.root / "documents/shop/run-1/briefing.md").read_text()
        ),
    ),
    Case(
        task="planning.documents",
        name="the guide leaves out what breaks",
        kind="major",
        prepared=breaking,
        broken=guide("All is well."),
        mended=guide("SHOP-12: multiply by 100."),
        by="mia",
        reason="the migration guide does not name SHOP-12",
        left=lambda e, w: (
            e["documents"]["migration_guide"]["edited"]
            and e["documents"]["release_notes"]["link"].endswith("release-notes.md")
        ),
    ),
    Case(
        task="planning.review",
        name="the calendar is broken",
        red="fails",
        inputs={"day_0": DAY_0},
        broken=broken_file("calendar.ics"),
        reason="calendar.ics",
        left=lambda e, w: e["event"] in (w.root / "calendar.ics").read_text().replace("\r\n ", ""),
    ),
    Case(
        task="planning.change",
        name="the change requests cannot be read",
        red="fails",
        broken=broken_file("changes/CHG-1.json"),
        reason="CHG-1.json: not JSON",
        left=lambda e, w: (w.root / f"changes/{e['change']}.json").exists(),
    ),
)

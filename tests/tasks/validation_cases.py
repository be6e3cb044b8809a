"""Phase 2, row by row: broken and restored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.tasks.cases import Case, Do, both
from tests.tasks.fakes import AXE, K6, SARIF, Outcome, junit
from tests.tasks.world import World
from windlass.ports.probes import ProbeAnswer

ERROR = ProbeAnswer(500, 0.01, body="oh no")
GATES = ("validation.quality.gate", "validation.acceptance.gate", "validation.readiness.gate")
FINDING = b'{"ruleId": "sql", "level": "error", "message": {"text": "injection"}}'
VIOLATION = b'{"id": "contrast", "impact": "critical", "help": "low", "nodes": [{"target": ["p"]}]}'
MIGRATION = "migrations/0002_notes.sql"


def ends(command: str, **changes: object) -> Do:
    """From now on ``command`` ends otherwise."""

    def change(world: World) -> None:
        known = world.pipelines.outcomes.get(command, Outcome())
        world.pipelines.outcomes[command] = replace(known, **changes)  # type: ignore[arg-type] # values come from a table

    return change


def answers(url: str, answer: ProbeAnswer) -> Do:
    return lambda world: world.probes.answers.update({url: answer})


def as_ever(world: World) -> None:
    """Every place answers again."""
    world.probes.answers.clear()


def hotfix(world: World) -> None:
    """A hotfix is live that never came back to main."""
    repository = world.repository()
    repository.git("checkout", "--quiet", "-b", "hotfix", "v1.3.0")
    sha = repository.commit("fix: the till (SHOP-20)", "till.py")
    repository.git("checkout", "--quiet", "main")
    world.live("1.3.1", sha)


def migration(world: World) -> None:
    """The release brings a migration."""
    world.repository().commit("feat: notes in the database (SHOP-12)", MIGRATION)


def somebody_else(world: World) -> None:
    """As soon as the candidate is on staging, somebody puts the old version back."""
    old = world.artifact("1.3.0")
    world.deployments.after_change = lambda: world.deployments.put("staging", old)


def candidate_back(world: World) -> None:
    world.deployments.after_change = lambda: None
    built = next(iter(world.ledger.select(("candidate.built",)))).data
    world.deployments.targets["staging"] = {"1.4.0": 100.0}
    world.deployments.running["staging"] = {"1.4.0": built["digest"]}


def blocked(world: World) -> None:
    data = {"product": "shop", "version": "1.4.0", "reason": "lost orders"}
    world.ledger.append("shop.minor/earlier-1.3.0", "version.blocked", data, at=world.clock.now())


def tagged_elsewhere(world: World) -> None:
    world.repository().git("tag", "v1.4.0", "v1.3.0^{commit}")


def hold(world: World, *, taken: bool) -> None:
    """Another release holds staging, or gives it back."""
    claims, other = world.ledger.claims, "shop.minor/earlier-1.3.0"
    if taken:
        claims.take("shop/staging", other, at=world.clock.now(), lease=60.0)
    else:
        claims.free("shop/staging", other)


def fixes_only(world: World) -> None:
    """A branch without the feature."""
    repository = world.repository()
    repository.git("checkout", "--quiet", "-b", "fixes", "v1.3.0")
    repository.commit("fix: refuse quantities below one (SHOP-14)", "cart.py")
    repository.git("checkout", "--quiet", "main")


def runbook(world: World) -> None:
    (world.root / "runbook.md").write_text("Call ops.")


def counted(world: World) -> float:
    """The requests that production/us has counted."""
    return world.metrics.counted["production/us"]["1.3.0"]["http_requests_total"]


def silent(world: World) -> None:
    world.metrics.silent.add("production/us")


QUALITY_SEAT = "validation.quality.approval.qa_engineer"
CUT = (
    Case(
        task="validation.cut",
        name="a live hotfix would be lost",
        red="fails",
        broken=hotfix,
        reason="fix: the till (SHOP-20)",
        left=lambda e, w: (
            e["version"] == "1.4.0"
            and e["scope"]["sha"] == w.repository().head("main")
            and e["scope"]["delivered"] == ["SHOP-12", "SHOP-14"]
            and w.repository().head("release/1.4.0") == w.repository().head("main")
        ),
    ),
    Case(
        task="validation.cut",
        name="the version is blocked",
        red="fails",
        inputs={"version": "1.4.0"},
        broken=blocked,
        reason="version 1.4.0: it is blocked: lost orders",
        left=lambda e, w: e["version"] == "1.4.0",
    ),
    Case(
        task="validation.cut",
        name="the tag is somewhere else",
        red="fails",
        inputs={"version": "1.4.0"},
        broken=tagged_elsewhere,
        reason="the tag v1.4.0 is at",
        left=lambda e, w: e["branch"] == "release/1.4.0",
    ),
    Case(
        task="validation.cut",
        name="the version is not above the last",
        red="fails",
        inputs={"version": "1.4.0"},
        wrong_inputs={"version": "1.3.0"},
        reason="not above 1.3.0",
        left=lambda e, w: e["version"] == "1.4.0",
    ),
    Case(
        task="validation.cut",
        name="more than a patch may hold",
        red="question",
        kind="patch",
        reason="feature: feat: gift notes (SHOP-12)",
        mended=lambda w: w.reply("validation.cut", "drop the items", "mia", ref="fixes"),
        broken=fixes_only,
        left=lambda e, w: (
            e["version"] == "1.3.1" and e["scope"]["sha"] == w.repository().head("fixes")
        ),
    ),
    Case(
        task="validation.candidate",
        name="the build fails",
        red="fails",
        broken=ends("make package", code=2, tail="no rule"),
        reason="the build ended with failed: no rule",
        left=lambda e, w: (
            e["package"] == e["artifacts"]["dist/shop.tar"]
            and w.deployments.state("staging").digests == {"1.4.0": e["package"]}
        ),
    ),
    Case(
        task="validation.candidate",
        name="another release holds staging",
        red="waits",
        broken=lambda w: hold(w, taken=True),
        mended=lambda w: hold(w, taken=False),
        reason="shop/staging is held by release shop.minor/earlier-1.3.0",
        left=lambda e, w: w.deployments.state("staging").stable == "1.4.0",
    ),
)


SUITES = (
    Case(
        task="validation.quality.regression",
        name="a test fails",
        broken=ends("make regression", code=1, reports={"build/junit.xml": junit(bad=("buys",))}),
        mended=ends("make regression", code=0, reports={"build/junit.xml": junit(good=4)}),
        by="quinn",
        reason="1 of 4 tests failed: shop::buys",
        left=lambda e, w: (
            e["result"]["passed"] == 4
            and w.pipelines.ran("make regression")[-1].parameters["TARGET_URL"] == "http://staging"
            and w.pipelines.ran("make regression")[-1].ref == w.repository().head("main")
        ),
    ),
    Case(
        task="validation.quality.regression",
        name="the report is empty",
        broken=ends("make regression", reports={"build/junit.xml": junit(good=0)}),
        mended=ends("make regression", reports={"build/junit.xml": junit()}),
        by="quinn",
        reason="an empty report passes nothing",
        left=lambda e, w: e["result"]["total"] == 3,
    ),
    Case(
        task="validation.quality.regression",
        name="there is no report",
        broken=ends("make regression", reports={}, tail="crashed"),
        mended=ends("make regression", reports={"build/junit.xml": junit()}),
        by="quinn",
        reason="left no report build/junit.xml",
        left=lambda e, w: e["exit_code"] == 0,
    ),
    Case(
        task="validation.quality.regression",
        name="it takes too long",
        product={"quality": {"regression": {"timeout": "1 min"}}},
        broken=ends("make regression", polls=10_000),
        mended=ends("make regression", polls=1),
        by="quinn",
        reason="regression was cancelled",
        left=lambda e, w: e["result"]["total"] == 3,
    ),
    Case(
        task="validation.quality.integration",
        name="green, but the command broke",
        broken=ends("make integration", code=3),
        mended=ends("make integration", code=0),
        by="quinn",
        reason="the report is green, but the command ended with 3",
        left=lambda e, w: e["result"]["total"] == 2,
    ),
    Case(
        task="validation.quality.performance",
        name="slower than the target",
        broken=ends("make performance", reports={"build/k6.json": K6 % 450}),
        mended=ends("make performance", reports={"build/k6.json": K6 % 120}),
        by="quinn",
        reason="http_req_duration_p95 is 450; at most 300",
        left=lambda e, w: e["result"]["figures"]["http_req_duration_p95"] == 120,
    ),
    Case(
        task="validation.quality.security",
        name="a grave finding",
        broken=ends("make security", code=1, reports={"build/security.sarif": SARIF % FINDING}),
        mended=ends("make security", code=0, reports={"build/security.sarif": SARIF % b""}),
        by="quinn",
        reason="1 high; allowed: at most medium",
        left=lambda e, w: e["result"]["checked"] == "scan",
    ),
    Case(
        task="validation.quality.accessibility",
        name="a violation",
        broken=ends("make accessibility", code=1, reports={"build/axe.json": AXE % VIOLATION}),
        mended=ends("make accessibility", code=0, reports={"build/axe.json": AXE % b""}),
        by="quinn",
        reason="1 critical; allowed: at most medium",
        left=lambda e, w: e["result"]["findings"] == {},
    ),
    Case(
        task="validation.quality.exploratory",
        name="a person finds something",
        product={
            "quality": {"exploratory": {"manual": "qa_engineer", "checklist": ["buy a bench"]}}
        },
        broken=lambda w: w.reply(
            "validation.quality.exploratory", "failed", "quinn", failed_items="no bench"
        ),
        mended=lambda w: w.reply("validation.quality.exploratory", "passed", "quinn", "manual"),
        by="quinn",
        reason="quinn: no bench",
        left=lambda e, w: e["result"]["checked_by"] == "quinn",
    ),
    Case(
        task="validation.quality.gate",
        name="who must sign rejects",
        red="question",
        also=("validation.quality.regression", QUALITY_SEAT),
        product={"approvals": {"quality": ["qa_engineer"]}},
        broken=lambda w: w.reply(
            QUALITY_SEAT, "Reject", "quinn", reason="too slow", condition="quicker"
        ),
        mended=both(
            lambda w: w.reply(
                "validation.quality.gate", "address and ask again", "mia", reason="did"
            ),
            lambda w: w.reply(QUALITY_SEAT, "Approve", "quinn"),
        ),
        reason="too slow",
        left=lambda e, w: (
            e["decision"] == "open" and e["signed"] == [{"by": "quinn", "role": "qa_engineer"}]
        ),
    ),
)

READINESS = (
    Case(
        task="validation.acceptance.demonstrate",
        name="staging serves something else",
        broken=somebody_else,
        mended=candidate_back,
        by="mia",
        reason="staging serves 1.3.0, not shop 1.4.0",
        left=lambda e, w: (
            e["serves"] == "1.4.0"
            and "Gift notes" in (w.root / "documents/shop/run-1/demonstration.md").read_text()
        ),
    ),
    Case(
        task="validation.readiness.health",
        name="a target is ill",
        broken=answers("http://us/health", ERROR),
        mended=as_ever,
        reason="http://us/health: answered 500, not 200",
        left=lambda e, w: e["targets"]["production/us"]["health"]["seconds"] == 0.01,
    ),
    Case(
        task="validation.readiness.health",
        name="the error budget is spent",
        broken=lambda w: w.metrics.errors.update({"1.3.0": 0.03}),
        reason="availability: -200.0 % of the error budget is left",
        left=lambda e, w: e["targets"]["production/eu"]["availability"]["total"] > 0,
    ),
    Case(
        task="validation.readiness.observability",
        name="a target reports nothing",
        broken=silent,
        mended=lambda w: w.metrics.silent.clear(),
        reason="production/us: errors: no data of 1.3.0",
        left=lambda e, w: (
            f"errors: {counted(w):g} at" in e["queries"]["production/us"]["errors"]
            and e["alerts"] == {"errors": "PASS"}
        ),
    ),
    Case(
        task="validation.readiness.observability",
        name="an alert does not answer",
        broken=answers("http://alerts", ERROR),
        mended=as_ever,
        reason="http://alerts/rules: answered 500",
        left=lambda e, w: e["alerts"] == {"errors": "PASS"},
    ),
    Case(
        task="validation.readiness.observability",
        name="metrics cannot be asked",
        broken=lambda w: setattr(w.metrics, "down", True),
        mended=lambda w: setattr(w.metrics, "down", False),
        reason="could not be asked: metrics do not answer",
        left=lambda e, w: e["outcome"] == "PASS",
    ),
    Case(
        task="validation.readiness.backups",
        name="the newest backup is old",
        prepared=runbook,
        broken=lambda w: setattr(w.backups, "age", timedelta(hours=30)),
        mended=lambda w: setattr(w.backups, "age", timedelta(hours=2)),
        reason="backup b-production/eu is 30 h old; allowed: 24 h",
        left=lambda e, w: e["backups"]["production/eu"]["restore_seconds"] == 5.0,
    ),
    Case(
        task="validation.readiness.backups",
        name="a backup cannot be restored",
        prepared=runbook,
        broken=lambda w: w.backups.broken.update({"production/us": "12 orders differ"}),
        mended=lambda w: w.backups.broken.clear(),
        reason="cannot be restored: 12 orders differ",
        left=lambda e, w: e["backups"]["production/us"]["id"] == "b-production/us",
    ),
    Case(
        task="validation.readiness.backups",
        name="the runbook is missing",
        mended=runbook,
        reason="the runbook runbook.md is missing or empty",
        left=lambda e, w: e["runbook"] == "runbook.md",
    ),
    Case(
        task="validation.readiness.rehearsal",
        name="going back takes too long",
        broken=lambda w: setattr(w.deployments, "seconds", 1000.0),
        mended=lambda w: setattr(w.deployments, "seconds", 7.0),
        reason="it took 16.7 min; acceptable: 15 min",
        left=lambda e, w: (
            e["recovery_seconds"] == 7.0
            and e["back_to"] == "1.3.0"
            and w.deployments.state("staging").stable == "1.4.0"
        ),
    ),
    Case(
        task="validation.readiness.rehearsal",
        name="the old version does not come back",
        broken=lambda w: w.deployments.stubborn.add("staging"),
        mended=lambda w: w.deployments.stubborn.clear(),
        reason="staging serves {'1.4.0': 100.0}, not 1.3.0 alone",
        left=lambda e, w: ("retract", "staging", "1.4.0", "1.3.0") in w.deployments.calls,
    ),
    Case(
        task="validation.readiness.rehearsal",
        name="a migration cannot be undone",
        prepared=migration,
        broken=ends("migrate down", code=1, tail="no such table"),
        mended=ends("migrate down", code=0),
        reason="back-down in staging failed: no such table",
        left=lambda e, w: (
            e["migrations"]
            == [
                "up-expand: passed",
                "up-expand-check: passed",
                "back-down: passed",
                "again-expand: passed",
                "again-expand-check: passed",
            ]
        ),
    ),
)

CASES = (*CUT, *SUITES, *READINESS)

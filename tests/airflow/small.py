"""A small product on real adapters: git, commands, a folder of incidents.

Its releases are judged only where its counters are scraped. They take seconds of machine time, so
that several can run side by side in one Airflow; a ``short`` one has what the scenarios need.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Never

from demo.project import ROOT
from tests.airflow.counters import Counters
from windlass.adapters.package_store import digest_of
from windlass.ledger import Ledger
from windlass.ports.deployments import Artifact
from windlass.spec.loader import load_product
from windlass.spec.product import Product
from windlass.tasks.adopting import adopt
from windlass.tasks.assembling import ports_of

TARGET = Path(__file__).with_name("target.py")
FIRST = "1.0.0"
TARGETS = ("staging", "production/eu", "production/us")

PRODUCT = """\
product: {name}
roles:
  product_manager: [mia]
  developer: [dev, ines]
  devops: [ops, ines]
  qa_engineer: [quinn]
  stakeholder: [sam]
vendors:
  source_control: {{git: {{repository: {root}/code}}}}
  messages: {{log: {{path: {root}/messages.jsonl}}}}
  pipelines: {{command: {{cwd: {root}/code}}}}
  deployments:
    pipeline:
      expose: [{python}, {target}, {root}/state, expose, "{{target}}", "{{version}}", "{{percent}}"]
      current: [{python}, {target}, {root}/state, current, "{{target}}"]
      retract: [{python}, {target}, {root}/state, retract, "{{target}}", "{{back_to}}", "100"]
  incidents: {{folder: {{path: {root}/incidents}}}}
{metrics}environments:
  - staging: {{live: no}}
  - production:
      live: yes
      waves:
        - regions: {{eu: {{window: always}}}}
        - regions: {{us: {{window: always}}}}
package: {{build: [make, package], artifacts: [dist/package.tar]}}
rollout: {{steps: [50, 100], later_steps: [100], bake: {bake}}}
quality:
  regression: {{run: [make, regression], report: {{junit: build/junit.xml}}}}
inline_wait: 4 s
reports: {root}/reports
release_types:
  minor: {{follow_up: {{monitor: 1 s, interval: 1 s}}}}
  patch: {{follow_up: {{monitor: 1 s, interval: 1 s}}}}
  emergency: {{follow_up: {{monitor: 1 s, interval: 1 s}}}}
  short:
    tasks:
      - planning.scope
      - planning.risk
      - validation.cut
      - validation.candidate
      - validation.quality.regression
      - validation.quality.gate
      - validation.acceptance.gate
      - validation.readiness.gate
      - follow_up.incidents
      - follow_up.close
    lead: 1 day
    cut: 1 h
    approvals: {{acceptance: [product_manager, stakeholder], readiness: [developer, devops]}}
    follow_up: {{monitor: 1 s, interval: 1 s}}
"""
BAKE = "{time: 1 s, requests: 0}"
#: What a product has besides when it is judged.
JUDGED_BAKE = "{time: 4 s, requests: 200, longest: 2 min}"
METRICS = "  metrics: {{prometheus_text: {{targets: {targets}}}}}\n"
JUDGE = """\
judge:
  interval: 1 s
  fresh: 20 s
  baseline: 3 s
  metrics:
    errors: {count: http_errors_total, of: http_requests_total, direction: increase, critical: true}
"""

MAKEFILE = """\
package:
\t@mkdir -p dist && tar --sort=name --mtime=@0 --owner=0 --group=0 -cf dist/package.tar code.txt
regression:
\t@mkdir -p build && {python} suite.py {root}/red
"""

SUITE = """\
import sys, pathlib
red = pathlib.Path(sys.argv[1]).exists()
failure = "<failure message='red on purpose'/>" if red else ""
text = f"<testsuite name='s' tests='2' failures='{int(red)}'><testcase name='a'/>" \\
    f"<testcase name='b'>{failure}</testcase></testsuite>"
pathlib.Path("build/junit.xml").write_text(text)
sys.exit(int(red))
"""


@dataclass(slots=True)
class Small:
    """One small product below ``root``; ``kind`` is the type of its first release.

    ``unlike`` says in what its file is unlike the others': text and what stands in its place.
    """

    name: str
    root: Path
    kind: str = "short"
    unlike: Mapping[str, str] = field(default_factory=dict)

    @property
    def effects(self) -> list[str]:
        """Every change of a target, as the targets saw it."""
        log = self.root / "state" / "effects.log"
        return log.read_text().splitlines() if log.exists() else []

    def serves(self, target: str) -> dict[str, float]:
        """What a target serves."""
        path = self.root / "state" / file_of(target)
        found: dict[str, float] = json.loads(path.read_text())
        return found

    def make(self, include: Path, dags: Path, counters: Counters | None = None) -> None:
        """Write the repository, the product's YAML and its DAG file; ``counters`` are judged."""
        words = {
            "name": self.name,
            "root": str(self.root),
            "python": sys.executable,
            "target": str(TARGET),
            "metrics": METRICS.format(targets=self._scraped(counters)) if counters else "",
            "bake": JUDGED_BAKE if counters else BAKE,
        }
        (self.root / "state").mkdir(parents=True)
        for target in TARGETS:
            (self.root / "state" / file_of(target)).write_text(json.dumps({FIRST: 100.0}))
        (self.root / "first.tar").write_bytes(b"the first package")
        self._repository(words)
        text = self.text(words) + (JUDGE if counters else "")
        (include / "products" / f"{self.name}.yaml").write_text(text)
        loader = (ROOT / "dags" / "storefront.py").read_text()
        (dags / f"{self.name}.py").write_text(
            loader.replace("storefront.yaml", f"{self.name}.yaml")
        )

    def text(self, words: dict[str, str]) -> str:
        """The product's YAML, as far as every release of it has it."""
        text = PRODUCT.format(**words)
        for others, mine in self.unlike.items():
            assert others in text, f"no product has {others!r}"
            text = text.replace(others, mine)
        return text

    def reassign(self, include: Path, others: str, mine: str) -> None:
        """Somebody edits the product's file."""
        path = include / "products" / f"{self.name}.yaml"
        text = path.read_text()
        assert others in text
        path.write_text(text.replace(others, mine))

    @property
    def conf(self) -> Mapping[str, object]:
        """What is filled into the form for its first release."""
        return {}

    def halves(self, target: str) -> Mapping[str, float]:
        """Labels that tell a target's users apart, and how many percent of them each has."""
        return {"": 100.0}

    def _scraped(self, counters: Counters) -> str:
        state = self.root / "state"
        urls = {
            target: [
                counters.add(self.name, state, file_of(target), FIRST, partial(self.halves, target))
            ]
            for target in TARGETS
        }
        return json.dumps(urls)

    def _repository(self, words: dict[str, str]) -> None:
        code = self.root / "code"
        code.mkdir()
        (code / "Makefile").write_text(MAKEFILE.format(**words))
        (code / "suite.py").write_text(SUITE)
        (code / "code.txt").write_text("1\n")
        self.git("init", "-q", "-b", "main")
        self.git("add", ".")
        self.git("commit", "-q", "-m", "feat: the first version")
        self.git("tag", "-a", f"v{FIRST}", "-m", "first")
        self.git("switch", "-q", "-c", "hotfix")
        (code / "code.txt").write_text("1, mended\n")
        self.git("commit", "-q", "-am", "fix: what users cannot wait for")
        self.git("switch", "-q", "main")
        (code / "code.txt").write_text("2\n")
        self.git("commit", "-q", "-am", "feat: something new")

    def git(self, *words: str) -> str:
        """Run git as the developer."""
        who = ["-c", "user.name=Dev", "-c", "user.email=dev@storefront.example"]
        command = ["git", *who, *words]
        done = subprocess.run(
            command, cwd=self.root / "code", check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    async def adopt(self, ledger: Ledger, include: Path) -> Product:
        """Take up what is live, as a product that is new to Windlass does."""
        product = load_product(include / "products" / f"{self.name}.yaml")
        ports = ports_of(product, connect=_no_connection)
        package = self.root / "first.tar"
        artifact = Artifact(FIRST, str(package), digest_of(package.read_bytes()))
        for target in TARGETS:
            await adopt(
                ledger,
                ports.deployments,
                product=self.name,
                target=target,
                artifact=artifact,
                by="ops",
                reason="it was live before",
                at=_now(),
                sha=self.git("rev-parse", f"v{FIRST}^{{commit}}"),
            )
        return product


def file_of(target: str) -> str:
    """The name of the file that says what ``target`` serves."""
    return target.replace("/", "-") + ".json"


def _no_connection(name: str) -> Never:
    raise AssertionError(f"nothing here needs the connection {name}")


def _now() -> datetime:
    return datetime.now(UTC)

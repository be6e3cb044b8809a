"""The product of the plain world, as a team would write it; tests change parts of it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from windlass.spec.loader import load_product
from windlass.spec.product import Product

#: Keys of changes that go into the calendar and into teams.yaml.
CALENDAR_KEY, TEAMS_KEY = "(calendar)", "(teams)"
TARGETS = ("staging", "production/eu", "production/us")
PLACES = {
    "http://staging": "staging",
    "http://eu": "production/eu",
    "http://us": "production/us",
}
TEAMS = """
people:
  mia: {airflow: mia, git: mia@shop.example, email: mia@shop.example}
  dev: {airflow: dev, git: dev@shop.example, email: dev@shop.example}
  ines: {airflow: ines, git: ines@shop.example, email: ines@shop.example}
  ops: {airflow: ops, email: ops@shop.example}
  quinn: {airflow: quinn, git: quinn@shop.example}
  sam: {airflow: sam, email: sam@shop.example}
  sue: {airflow: sue, email: sue@shop.example}
roles:
  product_manager: mia
  developer: [ines, dev]
  devops: ops
  qa_engineer: quinn
  stakeholder: sam
  support: sue
"""
CALENDAR = """
calendar: company
zone: UTC
windows: always
"""
SHOP = """
product: shop
title: The shop
vendors:
  source_control: {git: {repository: shop.git}}
  tracker: {folder: {path: issues}}
  documents: {folder: {path: documents}}
  messages: {log: {path: messages.jsonl}}
  pipelines: {command: {}}
  deployments: {processes: {fleet: fleet.json}}
  metrics: {prometheus_text: {fleet: fleet.json}}
  infrastructure: {command: {plan: [plan]}}
  configuration: {command: {check: [check]}}
  backups: {command: {create: [create], verify: [verify], restore: [restore]}}
  calendar: {ics: {path: calendar.ics}}
  meetings: {folder: {path: meetings}}
  incidents: {folder: {path: incidents}}
  change_records: {folder: {path: changes}}
  status_page: {folder: {path: status}}
  dashboards: {folder: {path: dashboards}}
standard_change: yes
environments:
  - staging: {live: no, url: "http://staging"}
  - production:
      live: yes
      waves:
        - regions: {eu: {url: "http://eu"}}
        - regions: {us: {url: "http://us"}}
package: {build: make package, artifacts: [dist/shop.tar]}
rollout:
  steps: [10, 100]
  later_steps: [100]
  bake: {time: 60 s, requests: 100, longest: 1 h}
  migrations:
    expand: migrate up
    down: migrate down
    check: migrate check
judge:
  interval: 10 s
  baseline: 10 s
  errors: {count: http_errors_total, of: http_requests_total, critical: true}
slo:
  availability: {count: http_errors_total, of: http_requests_total, objective: 99%}
backup: {max_age: 24 h, runbook: runbook.md, drill: "2026-02-01"}
alerts:
  errors: {check: {path: "http://alerts/rules"}}
enablement: {acknowledged_by: support}
depends_on: {payments: ">=2.3"}
quality:
  regression: {run: make regression, report: {junit: build/junit.xml}, rerun: 0}
  integration: {run: make integration, report: {junit: build/integration.xml}}
  performance:
    run: make performance
    report: {k6: build/k6.json}
    targets: {http_req_duration_p95: {at_most: 300}}
  security: {run: make security, report: {sarif: build/security.sarif}}
  accessibility: {run: make accessibility, report: {axe: build/axe.json}}
smoke: {health: {path: /health, contains: "{version}"}}
synthetic: {checkout: {path: /checkout}}
notice: 2 days
release_types: {major: yes}
"""


@cache
def product(folder: Path, changes: str) -> Product:
    """The shop with ``changes`` (JSON) laid over it; loaded once for each.

    What stands under :data:`CALENDAR_KEY` and :data:`TEAMS_KEY` goes into those files.
    """
    include = folder / "include"
    (include / "calendars").mkdir(parents=True, exist_ok=True)
    (include / "products").mkdir(exist_ok=True)
    wanted = json.loads(changes)
    calendar = _over(yaml.safe_load(CALENDAR), wanted.pop(CALENDAR_KEY, {}))
    people = _over(yaml.safe_load(TEAMS), wanted.pop(TEAMS_KEY, {}))
    _write(include / "teams.yaml", people)
    _write(include / "calendars" / "company.yaml", calendar)
    _write(include / "products" / "shop.yaml", _over(yaml.safe_load(SHOP), wanted))
    return load_product(include / "products" / "shop.yaml")


def _write(path: Path, content: Any) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def _over(base: Any, changes: Any) -> Any:
    """``changes`` over ``base``; None takes a key away."""
    if not isinstance(base, dict) or not isinstance(changes, dict):
        return changes
    merged = {**base}
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _over(merged.get(key), value)
    return merged

"""Bad files: every problem at once, each with its line, what is allowed and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spec.project import SHOP, Project
from windlass.errors import SpecError
from windlass.spec.loader import load_product


def test_five_mistakes_are_five_lines_in_the_order_of_the_file(project: Project) -> None:
    text = """
    product: shop
    kind: servise
    vendors:
      source_control: {git: {repository: shop.git}}
      deployments: {processes: {fleet: fleet.json}}
    environments:
      - staging: {live: no}
      - production: {live: yes, zone: Europe/Zurych}
    rollout:
      steps: [5, 3, 100]
      bakes: {minutes: 10}
    rollback_window: 24 hrs
    """
    assert project.problems(text) == [
        (
            "2: kind: 'servise' is not known; allowed: app, job, library, service; "
            "did you mean 'service'?"
        ),
        (
            "8: environments[1].production.zone: unknown time zone 'Europe/Zurych'; "
            "allowed: an IANA name; did you mean 'Europe/Zurich'?"
        ),
        "10: rollout.steps: the steps [5, 3, 100] must rise, from 1 or more to 100",
        (
            "11: rollout.bakes: unknown key; allowed: at_close, bake, calm, later_steps, "
            "migrations, spread, steps, strategy; did you mean 'bake'?"
        ),
        (
            "12: rollback_window: '24 hrs' is not a duration; allowed: a number and a unit, "
            "such as 20 s, 10 min, 24 h, 3 days, 2 weeks"
        ),
    ]


@pytest.mark.parametrize(
    "lines, expected",
    [
        pytest.param(
            "judge: {errors: {count: e, of: r}}\n",
            "8: judge.metrics: needs vendors.metrics, which is not configured",
            id="a metric without a metrics port",
        ),
        pytest.param(
            "approvals: {readiness: [devop]}\n",
            "8: approvals.readiness[0]: unknown role 'devop'; allowed: developer, devops, "
            "product_manager, qa_engineer, stakeholder; did you mean 'devops'?",
            id="unknown role",
        ),
        pytest.param(
            "approvals: {readiness: {devops: 2}}\n",
            "8: approvals.readiness.devops: needs 2 × devops, but only ops holds it; "
            "add people to roles",
            id="a seat that cannot be filled",
        ),
        pytest.param(
            "release_types: {patch: {approvals: {acceptance: [], readiness: []}}}\n",
            "8: release_types.patch.approvals: nobody approves it: add approvals, or both "
            "needs_reason: yes and review_due",
            id="a release that nobody consents to",
        ),
        pytest.param(
            "roles: {devops: [opps]}\n",
            "8: roles.devops[0]: nobody called 'opps' in teams.yaml; allowed: dev, mia, ops; "
            "did you mean 'ops'?",
            id="a person nobody knows",
        ),
        pytest.param(
            "depends_on: {shop: '>=1'}\n",
            "8: depends_on.shop: a product cannot depend on itself",
            id="a product that needs itself",
        ),
        pytest.param(
            "depends_on: {payments: latest}\n",
            "8: depends_on.payments: 'latest' is not a version range; allowed: >=2.3, or "
            ">=2.3, <3, or ^2.3 (same major), or ~2.3 (same minor)",
            id="a version range that is none",
        ),
        pytest.param(
            "cadence: {every: 2 weeks, on: tue}\n",
            "8: cadence: every: 2 weeks needs anchor: a day in the first sprint",
            id="a cadence without a beginning",
        ),
        pytest.param(
            "cadence: {every: week, on: tue, drives: minro}\n",
            "8: cadence.drives: no release type 'minro'; allowed: emergency, minor, patch, "
            "rollback; did you mean 'minor'?",
            id="a cadence that drives no release type",
        ),
        pytest.param(
            "quality: {regression: {run: make test, manual: devops}}\n",
            "8: quality.regression: needs either run (a command) or manual (a role)",
            id="a suite that is both",
        ),
        pytest.param(
            "quality: {regression: {run: make test}}\n",
            "8: quality.regression.run: needs vendors.pipelines, which is not configured",
            id="a suite without pipelines",
        ),
        pytest.param(
            "quality: {regression: {manual: devops, pass: 101%}}\n",
            "8: quality.regression.pass: '101%' is wrong: it must be less than or equal to 100",
            id="more than everything",
        ),
        pytest.param(
            "release_types: {patch: {also: [validation.readiness.rehersal]}}\n",
            "8: release_types.patch.also[0]: the workflow has no row "
            "'validation.readiness.rehersal'; did you mean 'validation.readiness.rehearsal'?",
            id="a row that the workflow has not",
        ),
        pytest.param(
            "rehearsal: {environment: production}\n",
            "8: rehearsal.environment: 'production' is no environment before the live one; "
            "allowed: staging",
            id="a rehearsal in production",
        ),
        pytest.param(
            "calendar: holidays\n",
            "8: calendar: there is no include/calendars/holidays.yaml",
            id="a calendar that is not there",
        ),
        pytest.param(
            "preset: smal\n",
            "8: preset: there is no 'smal'; allowed: small; did you mean 'small'?",
            id="unknown preset",
        ),
        pytest.param(
            "release_types: {minor: often}\n",
            "8: release_types.minor: must be a mapping of settings, yes or no",
            id="a release type that is a word",
        ),
        pytest.param(
            "product: store\n", "8: product: is written twice (first in line 1)", id="a key twice"
        ),
    ],
)
def test_one_mistake_is_one_exact_line(project: Project, lines: str, expected: str) -> None:
    assert project.problems(SHOP + lines) == [expected]


@pytest.mark.parametrize(
    "vendors, expected",
    [
        pytest.param(
            "metrics: {prometheus_txt: {}}",
            "5: vendors.metrics: unknown metrics vendor 'prometheus_txt'; allowed: "
            "prometheus_text; did you mean 'prometheus_text'?",
            id="unknown vendor",
        ),
        pytest.param(
            "message: {log: {path: x}}",
            "5: vendors.message: unknown port; allowed: backups, calendar, change_records, "
            "configuration, dashboards, deployments, documents, errors, flags, incidents, "
            "infrastructure, logs, meetings, messages, metrics, pipelines, source_control, "
            "status_page, surveys, tracker; did you mean 'messages'?",
            id="unknown port",
        ),
        pytest.param(
            "tracker: {folder: {}}",
            "5: vendors.tracker.folder.path: is missing: The folder; made when missing",
            id="a setting that is missing",
        ),
        pytest.param(
            "tracker: {folder: {path: x}, git: {}}",
            "5: vendors.tracker: must name one vendor with its settings; allowed: folder",
            id="two vendors where one may be",
        ),
        pytest.param(
            "messages: [{log: {path: x}}, {slak: {channel: x}}]",
            "5: vendors.messages[1]: unknown messages vendor 'slak'; allowed: log, slack, smtp; "
            "did you mean 'slack'?",
            id="the second of several",
        ),
    ],
)
def test_a_wrong_vendor_is_told_once(project: Project, vendors: str, expected: str) -> None:
    text = SHOP.replace("environments:", f"  {vendors}\nenvironments:", 1)
    problems = project.problems(text)
    assert problems == [expected]


def test_a_port_that_every_release_needs_is_missed(project: Project) -> None:
    text = """
    product: shop
    vendors: {source_control: {git: {repository: shop.git}}}
    environments: [production: {live: yes}]
    """
    assert project.problems(text) == ["2: vendors.deployments: is missing: every release needs it"]


def test_the_same_region_in_two_waves_is_told_at_both_places(project: Project) -> None:
    text = SHOP.replace(
        "- production: {live: yes}",
        "- production: {live: yes, waves: [{regions: {eu: {}}}, {regions: {us: {}, eu: {}}}]}",
    )
    what = "the region 'eu' is there 2 times; a region has one place"
    assert project.problems(text) == [
        f"7: environments[1].production.waves[0].regions.eu: {what}",
        f"7: environments[1].production.waves[1].regions.eu: {what}",
    ]


@pytest.mark.parametrize(
    "environments, expected",
    [
        (
            "[production: {live: yes}, staging: {live: no}]",
            "5: environments[1]: is not live but comes after production, which is; put it before",
        ),
        (
            "[staging: {live: no}]",
            "5: environments: no environment is live; add live: yes to the one users see",
        ),
        (
            "[watch: {live: yes}]",
            "5: environments[0]: 'watch' is a step of the execution phase; use another name",
        ),
        (
            "[a: {live: no}, a: {live: yes}]",
            "5: environments[0]: there are 2 environments 'a'",
        ),
        (
            "[a: {waves: [{regions: {x: {}}}]}, b: {live: yes}]",
            "5: environments[0].a.waves: only a live environment has waves",
        ),
        (
            "[Prod EU: {live: yes}]",
            (
                "5: environments[0].name: 'Prod EU' is not a name; allowed: lower-case "
                "letters, digits, - and _, at most 40, starting with a letter or digit"
            ),
        ),
    ],
)
def test_environments_come_in_an_order_that_makes_sense(
    project: Project, environments: str, expected: str
) -> None:
    text = SHOP.split("environments:", maxsplit=1)[0] + f"environments: {environments}\n"
    assert expected in project.problems(text)


def test_products_that_need_each_other_are_a_circle(project: Project) -> None:
    for name, needs in (("payments", "ledger"), ("ledger", "shop")):
        project.write(f"products/{name}.yaml", f"product: {name}\ndepends_on: {{{needs}: '>=1'}}\n")
    assert project.problems(SHOP + "depends_on: {payments: '>=2'}\n") == [
        "8: depends_on.payments: a circle: shop → payments → ledger → shop; take one arrow away"
    ]


def test_a_mistake_in_company_defaults_names_the_company_file(project: Project) -> None:
    project.write("company.yaml", "defaults:\n  tell: everything\n")
    assert project.problems(SHOP) == [
        (
            "include/company.yaml:2: defaults.tell: 'everything' is not known; allowed: all, "
            "milestones, problems, start_and_end"
        )
    ]


def test_a_mistake_that_hides_others_does_not_hide_them(project: Project) -> None:
    text = SHOP + "approvals: {readiness: [devop]}\nrollback_window: soon\n"
    assert [line.split(":")[0] for line in project.problems(text)] == ["8", "9"]


def test_a_mistake_is_not_told_again_by_what_it_takes_away(project: Project) -> None:
    text = SHOP.replace("deployments: {processes: {fleet: fleet.json}}", "deployments: {procs: {}}")
    assert project.problems(text) == [
        (
            "4: vendors.deployments: unknown deployments vendor 'procs'; allowed: pipeline, "
            "processes; did you mean 'processes'?"
        )
    ]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "1: (file): is empty"),
        ("- a\n- b\n", "1: (file): must be a mapping that starts with product:"),
        ("product: [\n", "2: (file): is not YAML: did not find expected node content"),
        ("product: !!python/name:os.system x\n", "1: product: the tag "),
        ("product: &a [*a]\n", "1: product[0]: refers to itself, or the file is too large"),
        ("a: &x {b: 1}\nc: {<<: *x}\n", "2: c.<<: merge keys are not read; write the values out"),
    ],
)
def test_a_file_that_is_no_plain_yaml_is_refused(
    project: Project, text: str, expected: str
) -> None:
    assert any(line.startswith(expected) for line in project.problems(text)), project.problems(text)


def test_aliases_of_aliases_end_early(project: Project) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcde", "bcdef", strict=True)
    ]
    assert any("too large" in line for line in project.problems("\n".join(lines) + "\n"))


def test_a_file_that_is_not_there_is_told_as_one_line(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"nothing\.yaml:1: \(file\): cannot be read"):
        load_product(tmp_path / "include" / "products" / "nothing.yaml")

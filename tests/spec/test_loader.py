"""What the layers of files come to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.spec.project import PEOPLE, SHOP, Project
from windlass.spec.product import Product
from windlass.spec.vendors import FolderSettings, GitSettings


def test_eight_lines_are_a_product(project: Project) -> None:
    project.write(
        "company.yaml",
        """
        defaults:
          vendors: {source_control: {git: {repository: x}}, deployments: {processes: {fleet: f}}}
          environments: [staging: {live: no}, production: {live: yes}]
        """,
    )
    product = project.load("product: shop\nvendors: {source_control: {git: {repository: s.git}}}\n")
    assert list(product.release_types) == ["minor", "patch", "emergency", "rollback"]
    assert product.policy("minor").follow_up.monitor.time == timedelta(days=3)
    assert product.holders("devops") == ("ops",)


def test_the_nearest_layer_wins_and_types_win_inside_a_layer(project: Project) -> None:
    project.write(
        "company.yaml",
        """
        defaults:
          rollback_window: 1 h
          tell: all
          release_types: {minor: {rollback_window: 2 h, notice: 1 day}}
        named:
          loud: {tell: problems}
        """,
    )
    product = project.load(SHOP + "extends: loud\nrelease_types: {patch: {tell: milestones}}\n")
    minor, patch = product.policy("minor"), product.policy("patch")
    assert (minor.rollback_window, patch.rollback_window) == (
        timedelta(hours=2),
        timedelta(hours=1),
    )
    assert (minor.tell, patch.tell) == ("problems", "milestones")
    assert minor.notice.days == 1


def test_a_product_wide_word_is_stronger_than_the_company_word_for_a_type(
    project: Project,
) -> None:
    project.write("company.yaml", "defaults: {release_types: {minor: {tell: all}}}\n")
    assert project.load(SHOP + "tell: problems\n").policy("minor").tell == "problems"


def test_a_type_is_added_by_naming_it_and_taken_away_with_no(project: Project) -> None:
    product = project.load(SHOP + "release_types: {major: yes, patch: no}\n")
    assert list(product.release_types) == ["major", "minor", "emergency", "rollback"]


def test_an_own_type_starts_from_the_one_it_is_like(project: Project) -> None:
    product = project.load(SHOP + "release_types: {hotfix: {like: patch, cut: 0 s}}\n")
    hotfix, patch = product.policy("hotfix"), product.policy("patch")
    assert hotfix.tasks == patch.tasks
    assert hotfix.cut.days == 0 < patch.cut.days


def test_another_vendor_replaces_the_company_vendor_and_the_same_one_is_refined(
    project: Project,
) -> None:
    project.write(
        "company.yaml",
        """
        defaults:
          vendors:
            source_control: {git: {repository: old, branch: trunk}}
            messages: {slack: {channel: all}}
        """,
    )
    vendors = "  messages: {log: {path: m}}\nenvironments:"
    product = project.load(SHOP.replace("environments:", vendors, 1))
    source = product.vendor("source_control")
    assert source is not None
    assert source.as_settings(GitSettings).branch == "trunk"
    assert source.as_settings(GitSettings).repository == "shop.git"
    assert [one.vendor for one in product.vendors["messages"]] == ["log"]
    with pytest.raises(TypeError, match=r"source_control\.git has no FolderSettings"):
        source.as_settings(FolderSettings)


def test_preset_small_has_one_approval_and_adds_no_type(project: Project) -> None:
    product = project.load(SHOP + "preset: small\n")
    patch = product.policy("patch").approvals
    assert [seat.role for seat in (*patch.quality, *patch.acceptance, *patch.readiness)] == [
        "product_manager"
    ]
    assert patch.exclude == ("trigger",)
    assert "major" not in product.release_types
    assert product.policy("emergency").approvals.readiness == ()


def test_what_is_frozen_into_the_ledger_reads_back_the_same(project: Project) -> None:
    text = SHOP.replace("environments:", "  messages: [{log: {path: m}}]\nenvironments:", 1) + (
        "cadence: {every: 2 weeks, on: tue, anchor: 2026-01-06}\n"
        "rollout: {migrations: {expand: make expand}}\n"
        "synthetic: {home: {path: /}}\n"
    )
    product = project.load(text)
    frozen = product.model_dump(mode="json", by_alias=True)
    again = Product.model_validate(frozen)
    assert again == product
    assert again.digest == product.digest


def test_the_digest_is_the_same_on_another_machine_and_for_other_people(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    here = project.load(SHOP)
    elsewhere = Project(tmp_path_factory.mktemp("other"))
    more = "\n  zoe: {airflow: zoe}\nroles: {product_manager: zoe,"
    elsewhere.write("teams.yaml", PEOPLE.replace("\nroles: {product_manager: mia,", more))
    assert elsewhere.load(SHOP).digest == here.digest
    assert elsewhere.load(SHOP + "tell: all\n").digest != here.digest


def test_without_teams_a_name_is_the_user_id(project: Project) -> None:
    (project.root / "include" / "teams.yaml").unlink()
    project.write("company.yaml", "company: Shops\n")
    product = project.load(
        SHOP + "roles: {devops: [ops]}\napprovals: {readiness: [devops], "
        "acceptance: [], when_risky: [], when_no_way_back: []}\n"
    )
    assert product.people["ops"].airflow == "ops"


def test_the_include_folder_may_be_named_by_a_variable(
    project: Project, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = tmp_path_factory.mktemp("alone") / "shop.yaml"
    alone.write_text(SHOP, encoding="utf-8")
    monkeypatch.setenv("WINDLASS_INCLUDE", str(project.root / "include"))
    from windlass.spec.loader import load_product

    product = load_product(alone)
    assert product.holders("devops") == ("ops",)
    assert product.root == str(project.root)


def test_judge_metrics_may_stand_beside_the_settings_and_bake_in_minutes(project: Project) -> None:
    text = SHOP.replace(
        "environments:",
        "  metrics: {prometheus_text: {targets: {production: 'http://x'}}}\nenvironments:",
        1,
    ) + (
        "judge: {alpha: 0.01, errors: {count: e, of: r}}\n"
        "rollout: {bake: {minutes: 10, requests: 2000}}\n"
    )
    policy = project.load(text).policy("minor")
    assert list(policy.judge.metrics) == ["errors"]
    assert policy.judge.alpha == 0.01
    assert policy.rollout.bake.time == timedelta(minutes=10)


def test_an_emergency_is_judged_strictly_whatever_the_product_says_for_all_types(
    project: Project,
) -> None:
    text = SHOP + "judge: {alpha: 0.001, refuse_ratio: 1.2, interval: 2 min}\n"
    product = project.load(text)
    judge, minor = product.policy("emergency").judge, product.policy("minor").judge
    assert (judge.alpha, judge.refuse_ratio, judge.interval) == (0.02, 1.2, timedelta(seconds=10))
    assert (minor.alpha, minor.refuse_ratio, minor.interval) == (0.001, 1.2, timedelta(minutes=2))
    assert product.policy("emergency").follow_up.interval == timedelta(minutes=1)
    assert product.policy("emergency").tightened() == product.policy("emergency")

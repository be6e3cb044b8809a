"""Feature flags as people write them: what may be ramped, and what is told when it cannot be."""

from __future__ import annotations

import pytest

from tests.spec.project import SHOP, Project

FLAGS = SHOP.replace(
    "environments:", '  flags: {flagd: {path: "{environment}.json"}}\nenvironments:', 1
)
REGIONS = FLAGS.replace(
    "- production: {live: yes}",
    "- production: {live: yes, waves: [{regions: {eu: {}, us: {}}}]}",
)


def test_a_flag_ramps_by_percents_unless_it_says_otherwise(project: Project) -> None:
    product = project.load(FLAGS + "flags: {new-cart: {}}\n")
    flag = product.flags["new-cart"]
    assert (flag.steps, flag.label_of("new-cart")) == ((5, 25, 50, 100), "new_cart")
    assert flag.environments == ()


def test_audiences_come_first_and_a_label_may_be_named(project: Project) -> None:
    cart = "{steps: [staff, beta, 50, 100], label: cart_flag}"
    product = project.load(FLAGS + f"audiences: [staff, beta]\nflags: {{new-cart: {cart}}}\n")
    flag = product.flags["new-cart"]
    assert flag.steps == ("staff", "beta", 50, 100)
    assert flag.label_of("new-cart") == "cart_flag"


def test_a_product_with_flags_has_releases_that_ramp_them(project: Project) -> None:
    assert "flag" not in project.load(SHOP).release_types
    assert "flag" in project.load(FLAGS + "flags: {new-cart: {}}\n").release_types
    without = project.load(FLAGS + "flags: {new-cart: {}}\nrelease_types: {flag: no}\n")
    assert "flag" not in without.release_types


STEPS = "must be audiences, each once, and then percents that rise, from 1 or more to 100"


@pytest.mark.parametrize(
    "text, expected",
    [
        pytest.param(
            SHOP + "flags: {new-cart: {}}\n",
            "8: flags: needs vendors.flags, which is not configured",
            id="no vendor",
        ),
        pytest.param(
            FLAGS + "audiences: [staff]\nflags: {new-cart: {steps: [stuff, 100]}}\n",
            "10: flags.new-cart.steps[0]: no audience 'stuff'; allowed: staff; did you mean "
            "'staff'?",
            id="an audience that nobody named",
        ),
        pytest.param(
            FLAGS + "flags: {new-cart: {steps: [staff, 100]}}\n",
            "9: flags.new-cart.steps[0]: no audience 'staff'; name it under audiences:",
            id="no audiences at all",
        ),
        pytest.param(
            FLAGS + "flags: {new-cart: {environments: [prodution]}}\n",
            "9: flags.new-cart.environments[0]: no live environment 'prodution'; allowed: "
            "production; did you mean 'production'?",
            id="no such environment",
        ),
        pytest.param(
            FLAGS + "flags: {new-cart: {environments: [staging]}}\n",
            "9: flags.new-cart.environments[0]: no live environment 'staging'; allowed: production",
            id="an environment that users do not see",
        ),
        pytest.param(
            FLAGS + "flags: {validate: {}}\n",
            "9: flags.validate: 'validate' is a step of the execution phase; use another name",
            id="a name that a task has",
        ),
        pytest.param(
            FLAGS + "flags: {new-cart: {guard: {carts: {series: open_carts}}}}\n",
            "9: flags.new-cart.guard: needs vendors.metrics, which is not configured",
            id="a guard without metrics",
        ),
        pytest.param(
            REGIONS + "flags: {new-cart: {}}\n",
            "5: vendors.flags: production has 2 regions, and flags ramp in each of them on its "
            "own: write {region} into the path '{environment}.json'",
            id="one file for all regions",
        ),
        pytest.param(
            FLAGS + "release_types: {flag: yes}\n",
            "9: release_types.flag: there is nothing to ramp: name the flags under flags:",
            id="releases of flags without flags",
        ),
    ],
)
def test_what_cannot_be_ramped_is_told_where_it_is_written(
    project: Project, text: str, expected: str
) -> None:
    assert expected in project.problems(text)


@pytest.mark.parametrize("steps", ["[5, staff, 100]", "[staff, staff, 100]", "[50, 25]", "[staff]"])
def test_steps_that_do_not_rise_to_everybody_are_refused(project: Project, steps: str) -> None:
    text = FLAGS + f"audiences: [staff]\nflags: {{new-cart: {{steps: {steps}}}}}\n"
    (problem,) = project.problems(text)
    assert STEPS in problem


def test_a_guard_that_the_method_cannot_judge_is_refused(project: Project) -> None:
    metrics = "  metrics: {prometheus_text: {fleet: fleet.json}}\nenvironments:"
    text = FLAGS.replace("environments:", metrics, 1) + (
        "judge: {method: limits}\nflags: {new-cart: {guard: {carts: {series: open_carts}}}}\n"
    )
    found = project.problems(text)
    assert any("flags.new-cart.guard.carts, judged so: method: limits needs" in p for p in found)

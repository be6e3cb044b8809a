"""One Airflow for the whole folder: starting it takes longer than most releases."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.airflow.flagged import Flagged
from tests.airflow.small import Small
from tests.airflow.sprints import Sprints
from tests.airflow.stage import STATE, Scenario, Stage
from tests.airflow.stalling import DOORS, Stalling
from tests.airflow.telling import told

#: What a product is like before its first release, as files in its folder.
PREPARED = {
    "red": {"red": ""},
    "bad": {"state/errors": "0.3"},
    "broken": {"state/broken": ""},
    "flagged": {"state/errors-on": "0.3"},
    **{name: {f"stalls/{task}": ""} for name, task in DOORS.items()},
}
#: Those whose releases are judged at every step.
JUDGED = ("bad", "marked", "broken", "flagged", "launch", *DOORS)
#: One whose releases the calendar and the end of development start too.
SPRINTS = "sprints"
#: Those that are released with everything that such a release has.
WHOLE = {"good": "minor", "urgent": "minor", "handy": "patch", "pair": "patch"}
#: What is filled into the form for the first release, besides what the kind of product needs.
FORMS: dict[str, dict[str, str]] = {
    "handy": {"reason": "fix", "ref": "hotfix", "note": "a small thing"},
    "launch": {"reason": "launch"},
}
#: Those whose first release ramps a flag, and its type.
FLAGGED = {"flagged": "bare", "launch": "flag"}
FIVE = """\
  product_manager: [mia]
  developer: [dev, ines]
  devops: [ops, ines]
  qa_engineer: [quinn]
  stakeholder: [sam]
"""
TWO = """\
  product_manager: [dev, ops]
  developer: [dev, ops]
  devops: [dev, ops]
  qa_engineer: [dev]
  stakeholder: [ops]
preset: small
"""
ACCEPTANCE = "acceptance: [product_manager, stakeholder]"
READINESS = "readiness: [developer, devops]}"
#: In what the file of a product is unlike the others'.
UNLIKE: dict[str, dict[str, str]] = {
    "silent": {READINESS: "readiness: [developer, devops], answer_within: 5 s}"},
    "pair": {
        FIVE: TWO,
        "  minor: {follow_up: {monitor: 1 s, interval: 1 s}}": "  minor: no",
        ACCEPTANCE: "acceptance: []",
        READINESS: "readiness: [product_manager]}",
    },
    "crowd": {
        ACCEPTANCE: "acceptance: [product_manager, stakeholder, developer, devops]",
        READINESS: "readiness: [product_manager, qa_engineer, developer, devops]}",
    },
}


def pytest_itemcollected(item: pytest.Item) -> None:
    """There is one Airflow, so that one process of pytest plays everything on it.

    Said here because xdist asks for groups before it is our turn to change the order.
    """
    if "stage" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.xdist_group("airflow"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What has Airflow's pages open comes first, then what needs no Airflow of its own.

    The scenarios are played meanwhile, and waited for at last. In each part the order stays random.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if "stage" not in getattr(item, "fixturenames", ()):
        return 1
    return 2 if _scenarios(item) else 0


def _scenarios(item: pytest.Item) -> list[Scenario]:
    """What a test has played from the beginning."""
    product, alone = item.get_closest_marker("product"), item.get_closest_marker("alone")
    return [*(product.args[1:] if product else ()), *(alone.args if alone else ())]


@pytest.fixture(scope="session")
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Airflow with the products of the tests to come and a release of each under way.

    The releases run side by side, each up to its first question.
    """
    marks = [mark for item in request.session.items for mark in item.iter_markers("product")]
    names = sorted({str(mark.args[0]) for mark in marks})
    folder = Path(tempfile.mkdtemp(prefix="windlass-stage-"))
    os.environ[STATE] = str(folder / "state")
    made = [_product(name, folder / name) for name in names]
    built = Stage.build(folder, made, JUDGED, api_workers=2)  # for answers in the same moment
    try:
        for name in names:
            for file, content in PREPARED.get(name, {}).items():
                (built.products[name].root / file).write_text(content)
            built.run(name).trigger(**{**built.products[name].conf, **FORMS.get(name, {})})
        built.begin([each for item in request.session.items for each in _scenarios(item)])
        yield built
    finally:
        built.close()


def _product(name: str, root: Path) -> Small:
    if name == SPRINTS:
        return Sprints(name, root)
    if name in FLAGGED:
        return Flagged(name, root, FLAGGED[name])
    if name in DOORS:
        return Stalling(name, root)
    return Small(name, root, WHOLE.get(name, "short"), UNLIKE.get(name, {}))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Who reads that a test failed on another machine has no other way to see why."""
    report = yield
    stage = item.funcargs.get("stage")
    if report.failed and isinstance(stage, Stage):
        for mark in item.iter_markers("product"):
            name = str(mark.args[0])
            report.sections.append((f"ledger of {name}", told(stage.ledger, name)))
    return report

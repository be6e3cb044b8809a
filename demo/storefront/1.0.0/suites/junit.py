"""Runs unittest cases against the target and writes JUnit XML."""

from __future__ import annotations

import time
import traceback
import unittest
from types import ModuleType, TracebackType
from typing import TypeAlias
from xml.etree import ElementTree as ET

from suites.target import BUILD, Target, target

Problem: TypeAlias = tuple[type[BaseException], BaseException, TracebackType]
Problems: TypeAlias = Problem | tuple[None, None, None]


class LiveCase(unittest.TestCase):
    """A case that talks to `self.shop`."""

    shop: Target


class Recorder(unittest.TextTestResult):
    """Keeps each case's time and outcome."""

    def __init__(self, *arguments: object, **settings: object) -> None:
        super().__init__(*arguments, **settings)  # type: ignore[arg-type] # whatever unittest passes is passed on
        self.suite = ET.Element("testsuite")
        self._began = 0.0

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's name
        """Note when the case began."""
        super().startTest(test)
        self._began = time.perf_counter()
        self._case = ET.SubElement(
            self.suite,
            "testcase",
            classname=type(test).__name__,
            name=test.id().rsplit(".", 1)[-1],
        )

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's name
        """Note how long the case took."""
        super().stopTest(test)
        self._case.set("time", f"{time.perf_counter() - self._began:.3f}")

    def addFailure(self, test: unittest.TestCase, err: Problems) -> None:  # noqa: N802
        """The shop did not do what the case expects."""
        super().addFailure(test, err)
        self._problem("failure", err)

    def addError(self, test: unittest.TestCase, err: Problems) -> None:  # noqa: N802
        """The case itself broke."""
        super().addError(test, err)
        self._problem("error", err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        """The case does not apply."""
        super().addSkip(test, reason)
        ET.SubElement(self._case, "skipped", message=reason)

    def _problem(self, kind: str, err: Problems) -> None:
        found = ET.SubElement(self._case, kind, message=str(err[1]))
        found.text = "".join(traceback.format_exception(err[1])) if err[1] else ""


def run(name: str, modules: list[ModuleType], report: str) -> int:
    """Run the modules' cases, write `build/<report>`; 0 when all passed and there were some."""
    with target() as shop:
        LiveCase.shop = shop
        loader = unittest.defaultTestLoader
        cases = unittest.TestSuite(loader.loadTestsFromModule(module) for module in modules)
        began = time.perf_counter()
        result = unittest.TextTestRunner(resultclass=Recorder, verbosity=2).run(cases)
    if not isinstance(result, Recorder):
        raise TypeError("the runner did not use the recorder")
    suite = result.suite
    for key, value in {
        "name": name,
        "tests": result.testsRun,
        "failures": len(result.failures),
        "errors": len(result.errors),
        "skipped": len(result.skipped),
        "time": f"{time.perf_counter() - began:.3f}",
    }.items():
        suite.set(key, str(value))
    root = ET.Element("testsuites")
    root.append(suite)
    BUILD.mkdir(exist_ok=True)
    ET.ElementTree(root).write(BUILD / report, encoding="utf-8", xml_declaration=True)
    return 0 if result.wasSuccessful() and result.testsRun else 1

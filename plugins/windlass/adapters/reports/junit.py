"""JUnit XML, as pytest, Surefire, Gradle, Jest and the rest write it; read with junitparser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from windlass.adapters.safe_names import one_line
from windlass.errors import TerminalError
from windlass.ports.test_reports import TestReport

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def read(content: bytes, name: str) -> TestReport:
    """The cases in all suites, nested ones too.

    Raises:
        TerminalError: not JUnit XML, it declares a document type, or it holds no case.
    """
    root = _root(content, name)
    cases = list(_cases(content, name))
    if not cases:
        raise TerminalError(f"{name}: holds no test case; an empty report passes nothing")
    failures = [_name(case) for case in cases if _failed(case)]
    return TestReport(
        total=len(cases),
        failed=len(failures),
        skipped=sum(case.is_skipped and not _failed(case) for case in cases),
        failures=(*failures, *_broken(root, name)),
    )


def _root(content: bytes, name: str) -> Element:
    from xml.etree.ElementTree import ParseError, fromstring

    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise TerminalError(f"{name}: declares a document type, which no test report needs")
    try:
        return fromstring(content)  # noqa: S314 - without a document type there are no entities
    except (ParseError, ValueError, LookupError) as error:
        raise TerminalError(f"{name}: not JUnit XML: {error}") from error


def _broken(root: Element, name: str) -> Iterator[str]:
    """Suites that say that more went wrong than their cases show; junitparser counts anew."""
    for suite in root.iter("testsuite"):
        declared = sum(_number(suite, kind, name) for kind in ("failures", "errors"))
        shown = sum(
            case.find("failure") is not None or case.find("error") is not None
            for case in suite.iter("testcase")
        )
        if declared > shown:
            title = one_line(suite.get("name") or "a suite", 100)
            yield f"{title}: {declared - shown} outside any case"


def _number(suite: Element, kind: str, name: str) -> int:
    written = suite.get(kind) or "0"
    if not written.strip().isdecimal():
        raise TerminalError(f"{name}: a suite's {kind} is {written!r}")
    return int(written)


def _cases(content: bytes, name: str) -> Iterator[Any]:
    from junitparser import JUnitXml, JUnitXmlError

    try:
        for suite in JUnitXml.fromstring(content):
            yield from suite
    except (JUnitXmlError, ValueError, TypeError) as error:
        raise TerminalError(f"{name}: not JUnit XML: {error}") from error


def _failed(case: Any) -> bool:
    return bool(case.is_failure or case.is_error)


def _name(case: Any) -> str:
    return one_line(f"{case.classname}::{case.name}" if case.classname else str(case.name), 200)

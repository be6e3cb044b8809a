"""Read a report of any known format; a report that proves nothing is an error, never a pass."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from windlass.errors import InputError
from windlass.ports.test_reports import Findings, Performance, TestReport
from windlass.spec.suggest import allowed, did_you_mean

Report = TestReport | Findings | Performance

#: Format → module of this package with ``read(content, name)``.
FORMATS: Mapping[str, str] = {
    "junit": "junit",
    "sarif": "sarif",
    "axe": "axe",
    "k6": "k6",
    "locust": "locust",
}


def read(format_name: str, content: bytes, name: str) -> Report:
    """What ``content`` says.

    Args:
        format_name: a key of :data:`FORMATS`.
        content: the file's bytes.
        name: what to call the file in an error.

    Raises:
        InputError: there is no such format.
        TerminalError: the file is not of that format, or proves nothing; says why.
    """
    if format_name not in FORMATS:
        hint = did_you_mean(format_name, FORMATS)
        raise InputError(f"unknown report format {format_name!r}{allowed(FORMATS)}{hint}")
    module = import_module(f"windlass.adapters.reports.{FORMATS[format_name]}")
    found: Report = module.read(content, name)
    return found

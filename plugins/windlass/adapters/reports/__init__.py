"""Readers of test reports: bytes in, frozen values out; start at :func:`read`."""

from __future__ import annotations

from windlass.adapters.reports.by_format import FORMATS, Report, read

__all__ = ["FORMATS", "Report", "read"]

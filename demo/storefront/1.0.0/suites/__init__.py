"""Suites that run against a live shop and leave a report in `build/`."""

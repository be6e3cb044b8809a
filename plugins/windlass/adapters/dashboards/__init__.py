"""Adapters of the port ``dashboards``."""

"""Adapters of the port ``logs``."""

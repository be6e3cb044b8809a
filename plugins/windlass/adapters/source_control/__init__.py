"""Adapters of the port ``source_control``."""

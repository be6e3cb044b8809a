"""Adapters of the port ``documents``."""

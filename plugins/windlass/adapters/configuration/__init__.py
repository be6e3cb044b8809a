"""Adapters of the port ``configuration``."""

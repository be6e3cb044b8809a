"""Adapters of the port ``calendar``."""

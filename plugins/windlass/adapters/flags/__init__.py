"""Adapters of the port ``flags``."""

"""Adapters of the port ``infrastructure``."""

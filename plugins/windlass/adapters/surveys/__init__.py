"""Adapters of the port ``surveys``."""

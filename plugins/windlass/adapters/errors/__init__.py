"""Adapters of the port ``errors``."""

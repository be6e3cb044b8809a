"""Adapters of the port ``incidents``."""

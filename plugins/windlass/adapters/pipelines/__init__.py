"""Adapters of the port ``pipelines``."""

"""Adapters of the port ``backups``."""

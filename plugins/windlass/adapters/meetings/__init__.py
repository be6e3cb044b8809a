"""Adapters of the port ``meetings``."""

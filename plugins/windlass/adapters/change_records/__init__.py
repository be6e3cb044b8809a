"""Adapters of the port ``change_records``."""

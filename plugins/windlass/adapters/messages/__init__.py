"""Adapters of the port ``messages``."""

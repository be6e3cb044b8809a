"""Adapters of the port ``status_page``."""

"""Adapters of the port ``tracker``."""

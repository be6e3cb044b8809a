"""Adapters of the port ``deployments``."""

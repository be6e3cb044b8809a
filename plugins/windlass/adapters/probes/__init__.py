"""Adapters of the port ``probes``."""

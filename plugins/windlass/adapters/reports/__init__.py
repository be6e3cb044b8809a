"""Readers of test reports: bytes in, frozen values out."""

"""Regression: everything that the shop promised so far, one module a subject."""

"""The migrations, oldest first."""

from __future__ import annotations

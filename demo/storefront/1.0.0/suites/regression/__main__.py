"""Runs every module of this package. Writes `build/junit.xml`."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module

from suites import regression
from suites.junit import run

if __name__ == "__main__":
    names = sorted(found.name for found in pkgutil.iter_modules(regression.__path__))
    modules = [import_module(f"suites.regression.{name}") for name in names if name != "__main__"]
    sys.exit(run("regression", modules, "junit.xml"))

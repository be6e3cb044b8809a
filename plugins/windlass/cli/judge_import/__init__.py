"""``windlass judge import FILE``: a canary configuration of another tool as our YAML."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from windlass.cli.judge_import.argo import from_argo
from windlass.cli.judge_import.carried import Carried
from windlass.cli.judge_import.flagger import from_flagger
from windlass.cli.judge_import.kayenta import from_kayenta
from windlass.errors import InputError


def imported(text: str) -> Carried:
    """The configuration in ``text`` (JSON or YAML; of several documents the first known one).

    Raises:
        InputError: it is none of the configurations that are known.
    """
    try:
        documents = list(yaml.safe_load_all(text))
    except yaml.YAMLError as problem:
        raise InputError(f"neither JSON nor YAML: {problem}") from problem
    for document in documents:
        carried = _known(document) if isinstance(document, Mapping) else None
        if carried is not None:
            return carried
    raise InputError(
        "not a Kayenta canary configuration, an Argo AnalysisTemplate or a Flagger Canary"
    )


def _known(document: Mapping[str, Any]) -> Carried | None:
    kind = document.get("kind")
    if kind in ("AnalysisTemplate", "ClusterAnalysisTemplate"):
        return from_argo(document)
    if kind == "Canary":
        return from_flagger(document)
    if "classifier" in document or ("judge" in document and "metrics" in document):
        return from_kayenta(document)
    return None


def main(path: str) -> int:
    """Print the converted configuration: 0 when it was understood, 2 when it was not."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        print(imported(text).text(), end="")
    except (OSError, UnicodeDecodeError, InputError) as problem:
        print(f"windlass judge import: {path}: {problem}", file=sys.stderr)
        return 2
    return 0

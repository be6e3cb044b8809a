"""Argo's conditions as bounds: comparisons of the result with a number, and nothing else."""

from __future__ import annotations

import re

_RESULT = r"result(?:\[0\])?"
_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_COMPARISON = re.compile(rf"({_RESULT})?\s*({_NUMBER})?\s*(<=|<|>=|>)\s*({_NUMBER})?({_RESULT})?")
_WORDS = {"<=": "at_most", "<": "below", ">=": "at_least", ">": "above"}
#: The comparison as it reads with its sides swapped.
_SWAPPED = {"<=": ">=", "<": ">", ">=": "<=", ">": "<"}


def bounds_of(condition: str, *, joined_by: str) -> dict[str, float] | None:
    """The bounds that ``condition`` states; ``None`` when it says anything else.

    Args:
        condition: such as ``result[0] >= 0.95``.
        joined_by: what joins several: ``&&`` of a success condition, ``||`` of a failure condition,
            as ours are read.

    >>> bounds_of("result[0] >= 0.95 && 1 > result[0]", joined_by="&&")
    {'at_least': 0.95, 'below': 1.0}
    >>> bounds_of("len(result) == 0", joined_by="&&") is None
    True
    """
    found: dict[str, float] = {}
    for part in condition.split(joined_by):
        bound = _bound(part.strip())
        if bound is None or bound[0] in found:
            return None
        found[bound[0]] = bound[1]
    a_side = [{"at_most", "below"} <= found.keys(), {"at_least", "above"} <= found.keys()]
    return None if any(a_side) else found


def _bound(text: str) -> tuple[str, float] | None:
    match = _COMPARISON.fullmatch(text)
    if match is None:
        return None
    result, first, sign, second, swapped = match.groups()
    if result and second and not (first or swapped):
        return _WORDS[sign], float(second)
    if swapped and first and not (result or second):
        return _WORDS[_SWAPPED[sign]], float(first)
    return None

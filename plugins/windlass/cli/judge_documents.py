"""JSON documents of ``windlass judge``: one document in, one answer out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from windlass.cli.json_fields import Document, finite, mapping, number, only, point, series, whole
from windlass.cli.judge_score_documents import limits_answer, score_answer
from windlass.decisions.judge import (
    ArmCounts,
    CountPolicy,
    CountVerdict,
    HistogramLook,
    Look,
    SeriesVerdict,
    judge_counts,
    judge_latency,
    judge_series,
)
from windlass.decisions.judge.latency import LatencyTest
from windlass.errors import InputError

_POLICY = (
    "alpha",
    "beta",
    "refuse_ratio",
    "tolerance_ratio",
    "dispersion",
    "min_requests",
    "max_missing",
)
_WHOLE = ("planned_looks", "stages")
_LOOKS = ("direction", "looks", "history", "quantile", "test")
_SEQUENTIAL = (*_POLICY, *_LOOKS, *_WHOLE, "control", "experiment")
_ALWAYS = ("method", "name", "id")


def answer(document: object) -> dict[str, Any]:
    """The answer to one document.

    Raises:
        InputError: the document cannot be judged; the message says where and why.
    """
    if not isinstance(document, Mapping):
        raise InputError("the document is not a JSON object")
    method = document.get("method")
    known = {
        "sequential": _sequential,
        "group_sequential": _group_sequential,
        "score": score_answer,
        "limits": limits_answer,
    }
    if not isinstance(method, str) or method not in known:
        raise InputError(f"method: {method!r}; allowed: {', '.join(known)}")
    try:
        given = known[method](document)
    except (ValueError, TypeError, ArithmeticError) as problem:
        raise InputError(str(problem)) from problem
    return {**given, "id": document["id"]} if "id" in document else given


def _sequential(document: Document) -> dict[str, Any]:
    only(document, (*_ALWAYS, *_SEQUENTIAL), "")
    given = _policy(document)
    given.update({key: whole(document[key], key) for key in _WHOLE if key in document})
    policy = CountPolicy(**given)
    if "control" in document or "experiment" in document:
        name = str(document.get("name", "value"))
        control = series(document.get("control"), "control")
        experiment = series(document.get("experiment"), "experiment")
        before = series(document.get("history", []), "history")
        verdict = judge_series(control, experiment, policy, name=name, history=before)
        return _series_answer(verdict)
    return _counted(document, policy)


def _group_sequential(document: Document) -> dict[str, Any]:
    """A window of known length: ``planned_looks`` is needed, a list of them for several stages."""
    for key in ("control", "experiment"):
        if key in document:
            raise InputError(f"{key}: group_sequential judges looks at counts; use sequential")
    only(document, (*_ALWAYS, *_POLICY, *_LOOKS, "planned_looks"), "")
    planned = document.get("planned_looks")
    if planned is None:
        raise InputError(
            "planned_looks is missing: how many looks the window has, or a list of them, one for "
            "each stage; where that is not known, use sequential"
        )
    each = planned if isinstance(planned, Sequence) and not isinstance(planned, str) else [planned]
    windows = tuple(
        whole(looks, f"planned_looks[{place}]" if each is planned else "planned_looks")
        for place, looks in enumerate(each)
    )
    if not windows or min(windows) < 1:
        raise InputError(f"planned_looks: {planned} is not 1 or more looks for each stage")
    return _counted(
        document, CountPolicy(**_policy(document), windows=windows, stages=len(windows))
    )


def _policy(document: Document) -> dict[str, Any]:
    given: dict[str, Any] = {key: number(document[key], key) for key in _POLICY if key in document}
    if "direction" in document:
        given["direction"] = document["direction"]
    return given


def _counted(document: Document, policy: CountPolicy) -> dict[str, Any]:
    if "quantile" in document:
        return _latency(document, policy)
    if "test" in document:
        raise InputError("test: it is of a latency; give the quantile, too")
    looks = _looks(document.get("looks"), "looks")
    history = _looks(document.get("history", []), "history")
    name = str(document.get("name", "errors"))
    return _count_answer(judge_counts(looks, policy, name=name, history=history))


def _latency(document: Document, policy: CountPolicy) -> dict[str, Any]:
    """Looks at a histogram: each arm has ``buckets``, how many took at most so long."""
    test = document.get("test", "share")
    if test not in get_args(LatencyTest):
        raise InputError(f"test: {test!r}; allowed: {', '.join(get_args(LatencyTest))}")
    verdict = judge_latency(
        _histograms(document.get("looks"), "looks"),
        number(document["quantile"], "quantile"),
        policy,
        name=str(document.get("name", "latency")),
        history=_histograms(document.get("history", []), "history"),
        test=test,
    )
    return _count_answer(verdict)


def _count_answer(verdict: CountVerdict) -> dict[str, Any]:
    low, high = verdict.ratio_interval
    given: dict[str, Any] = {
        "outcome": verdict.outcome.value,
        "decision": verdict.decision,
        "look": verdict.look,
        "e_value": verdict.e_value,
        "p_value": verdict.p_value,
        "ratio": finite(verdict.ratio),
        "ratio_interval": [finite(low), finite(high)],
    }
    if verdict.decision == "continue":
        given["smallest_detectable_ratio"] = finite(verdict.smallest_detectable_ratio)
    return {**given, "reasons": list(verdict.reasons)}


def _series_answer(verdict: SeriesVerdict) -> dict[str, Any]:
    return {
        "outcome": verdict.outcome.value,
        "decision": verdict.decision,
        "look": verdict.look,
        "e_value": verdict.e_value,
        "p_value": verdict.p_value,
        "ratio": finite(verdict.ratio),
        "ratio_interval": [finite(end) for end in verdict.ratio_interval],
        "reasons": list(verdict.reasons),
    }


def _looks(given: object, where: str) -> list[Look]:
    return [_look(look, f"{where}[{place}]") for place, look in enumerate(_list(given, where))]


def _histograms(given: object, where: str) -> list[HistogramLook]:
    found = []
    for place, look in enumerate(_list(given, where)):
        at, stage, error = _when(look, f"{where}[{place}]")
        arms = [
            _buckets(look.get(arm), f"{where}[{place}].{arm}") for arm in ("baseline", "canary")
        ]
        found.append(HistogramLook(arms[0], arms[1], at, error, stage))
    return found


def _buckets(given: object, where: str) -> dict[float, float] | None:
    if given is None:
        return None
    arm = mapping(given, where)
    only(arm, ("buckets",), where)
    buckets = mapping(arm.get("buckets"), f"{where}.buckets")
    try:
        return {float(b): number(n, f"{where}.buckets.{b}") for b, n in buckets.items()}
    except ValueError as problem:
        raise InputError(f"{where}.buckets: a bound is a number or inf: {problem}") from problem


def _list(given: object, where: str) -> Sequence[Any]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise InputError(f"{where}: a list of looks is needed")
    return given


def _when(given: object, where: str) -> tuple[float | None, float | None, str | None]:
    """When a look was, its stage and what failed."""
    if not isinstance(given, Mapping):
        raise InputError(f"{where}: an object with baseline and canary is needed")
    if given.keys() - {"baseline", "canary"}:
        only(given, ("baseline", "canary", "at", "error", "stage"), where)
    at, stage, error = given.get("at"), given.get("stage"), given.get("error")
    return (
        None if at is None else number(at, f"{where}.at"),
        None if stage is None else number(stage, f"{where}.stage"),
        None if error is None else str(error),
    )


def _look(given: Any, where: str) -> Look:
    at, stage, error = _when(given, where)
    baseline = _arm(given.get("baseline"), where, "baseline")
    return Look(baseline, _arm(given.get("canary"), where, "canary"), at, error, stage)


def _arm(given: object, where: str, arm: str) -> ArmCounts | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise InputError(f"{where}.{arm}: an object with requests and errors is needed")
    if len(given) != 2 or "requests" not in given or "errors" not in given:
        only(given, ("requests", "errors"), f"{where}.{arm}")
        missing = ", ".join(key for key in ("requests", "errors") if key not in given)
        raise InputError(f"{where}.{arm}: {missing} is missing")
    requests, errors = given["requests"], given["errors"]
    if type(requests) is int and type(errors) is int:
        return ArmCounts(requests, errors)
    return ArmCounts(
        point(requests, f"{where}.{arm}.requests"), point(errors, f"{where}.{arm}.errors")
    )

"""What a person, the calendar or another DAG hands to a release when it starts.

One validator for the trigger form, ``planning.open`` and the command line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from windlass.errors import InputError
from windlass.plan.release_plan import ReleasePlan
from windlass.spec.suggest import allowed, did_you_mean

#: The closed list of reasons; the calendar's own is ``cadence``, that of an end of development
#: ``ready``.
REASONS: tuple[str, ...] = (
    "cadence",
    "feature",
    "fix",
    "security",
    "compliance",
    "performance",
    "infrastructure",
    "market",
    "launch",
    "ready",
    "rollback",
    "hotfix",
)

#: What ``day_0`` may say in place of an instant.
NEXT = "next"
#: SemVer 2.0 without build metadata: a version becomes a tag name and a file name.
VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?"
)
#: Git ref names that are safe to hand to any tool: no leading dash, no dots in a row, no space.
REF = re.compile(r"(?!.*\.\.)(?!.*//)[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
RELEASE = re.compile(r"[\w.:/+-]{1,300}")

ALLOWED = (
    "version",
    "ref",
    "reason",
    "note",
    "incident",
    "day_0",
    "captain",
    "regions",
    "flags",
    "confidential",
    "dry_run",
    "to_version",
    "from_version",
    "hotfix_for",
    "completion",
)


@dataclass(frozen=True, slots=True)
class ReleaseInputs:
    """Checked inputs. ``version`` None means "work it out".

    ``day_0`` None means "as soon as it is ready and a window fits"; with ``next_window`` it is the
    first opening after the lead time, worked out when the release opens. ``from_version`` is the
    version that a rollback is to take out; where another one is live by then it has nothing to do.
    """

    reason: str
    by: str
    version: str | None = None
    ref: str | None = None
    note: str = ""
    incident: str | None = None
    day_0: datetime | None = None
    captain: str | None = None
    regions: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    confidential: bool = False
    dry_run: bool = False
    to_version: str | None = None
    from_version: str | None = None
    hotfix_for: str | None = None
    completion: str | None = None
    next_window: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; :meth:`from_json` gives the same inputs back."""
        data = asdict(self)
        data["day_0"] = self.day_0.isoformat() if self.day_0 else None
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReleaseInputs:
        """The inputs that :meth:`to_json` wrote."""
        day_0 = datetime.fromisoformat(data["day_0"]) if data["day_0"] else None
        return cls(
            **{
                **data,
                "day_0": day_0,
                "regions": tuple(data["regions"]),
                "flags": tuple(data["flags"]),
            }
        )


def parse_inputs(form: Mapping[str, Any], *, by: str, scheduled: bool = False) -> ReleaseInputs:
    """Check everything a form says, and report every mistake at once.

    Args:
        form: values by name; absent and None are the same.
        by: who started the release.
        scheduled: the calendar started it: the reason defaults to ``cadence``.

    Raises:
        InputError: one line per mistake, each with what is allowed.
    """
    values = {name: value for name, value in form.items() if value not in (None, "")}
    problems = [
        f"{name}: no such input; allowed: {', '.join(ALLOWED)}"
        for name in values
        if name not in ALLOWED
    ]
    if scheduled:
        values.setdefault("reason", "cadence")
    problems += _problems(values)
    day_0 = _day_0(values.get("day_0"), problems)
    if problems:
        raise InputError("\n".join(problems))
    return ReleaseInputs(
        reason=values["reason"],
        by=by,
        version=values.get("version"),
        ref=values.get("ref"),
        note=str(values.get("note", "")),
        incident=values.get("incident"),
        day_0=day_0,
        captain=values.get("captain"),
        regions=tuple(values.get("regions", ())),
        flags=tuple(values.get("flags", ())),
        confidential=bool(values.get("confidential", False)),
        dry_run=bool(values.get("dry_run", False)),
        to_version=values.get("to_version"),
        from_version=values.get("from_version"),
        hotfix_for=values.get("hotfix_for"),
        completion=values.get("completion"),
        next_window=values.get("day_0") == NEXT,
    )


def check_flags(inputs: ReleaseInputs, plan: ReleasePlan, *, needed: bool) -> None:
    """Check the flags of a release against its plan.

    Args:
        needed: the release brings nothing else.

    Raises:
        InputError: it cannot ramp one of them, or there is none; says what is allowed.
    """
    known = tuple(dict.fromkeys(ramp.flag for ramp in plan.ramps))
    kind = f"{plan.release_type} releases of {plan.product}"
    problems = [
        f"flags: {kind} ramp no {name!r}{allowed(known) if known else '; they ramp none'}"
        f"{did_you_mean(name, known)}"
        for name in inputs.flags
        if name not in known
    ]
    if needed and not inputs.flags:
        problems.append(f"flags: name what is to be ramped{allowed(known)}")
    if problems:
        raise InputError("\n".join(problems))


def _problems(values: Mapping[str, Any]) -> list[str]:
    return [*_reason(values), *_words(values), *_lists(values), *_switches(values)]


def _reason(values: Mapping[str, Any]) -> list[str]:
    reason = values.get("reason")
    if reason in REASONS:
        return []
    allowed = ", ".join(REASONS)
    return [
        f"reason: {reason!r} is not one of {allowed}; a release that a person starts must say why"
    ]


def _words(values: Mapping[str, Any]) -> list[str]:
    """Single words that end up in names, tags and commands."""
    example = "write MAJOR.MINOR.PATCH such as 1.4.0"
    rules = {
        "version": (VERSION, f"a version; {example}"),
        "to_version": (VERSION, f"a version; {example}"),
        "from_version": (VERSION, f"a version; {example}"),
        "ref": (REF, "a branch, tag or commit name"),
        "captain": (NAME, "a name of teams.yaml"),
        "hotfix_for": (RELEASE, "the id of a release"),
        "completion": (NAME, "the mark of an end of development"),
    }
    return [
        f"{name}: {values[name]!r} is not {what}"
        for name, (pattern, what) in rules.items()
        if name in values and not pattern.fullmatch(str(values[name]))
    ]


def _lists(values: Mapping[str, Any]) -> list[str]:
    found = []
    for name in ("regions", "flags"):
        wrong = [x for x in _listed(values.get(name)) if not NAME.fullmatch(str(x))]
        if wrong:
            found.append(f"{name}: {wrong!r} are not names; write a list such as [eu-west]")
    return found


def _switches(values: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: {values[name]!r} is not true or false"
        for name in ("confidential", "dry_run")
        if name in values and not isinstance(values[name], bool)
    ]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _day_0(value: Any, problems: list[str]) -> datetime | None:
    if value in (None, NEXT):
        return None
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        problems.append(
            f"day_0: {value!r} is not 'next' or an instant with its zone such as "
            "2026-12-01T10:00:00+01:00"
        )
        return None
    return instant

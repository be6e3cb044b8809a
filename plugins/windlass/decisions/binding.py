"""What a signature is bound to, whether that still stands, and what changed since, for people.

A signature names the digest of each thing it covers. A thing that is a digest must be the very same
one; a thing that is evidence may be measured again, as long as it is of the same package and no
worse:

=================================  ================================  ======
signed for                         now                               stands
=================================  ================================  ======
package ``a1``                     package ``a1``                    yes
package ``a1``                     package ``b2``                    no
nothing (the page did not show it) package ``a1``                    no
package ``a1``                     nothing known                     no
scan of ``a1``: 0 critical 2 high  scan of ``a1``: 0 critical 1 high yes
scan of ``a1``: 0 critical 2 high  scan of ``a1``: 1 critical 0 high no
scan of ``a1``: 0 critical 2 high  scan of ``b2``: 0 critical 0 high no
scan of ``a1``, no waiver          the same with a new waiver        no
=================================  ================================  ======
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: A digest is shown by its first characters: enough to tell two apart.
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Evidence:
    """The result of a check on one package, in a form that can be compared.

    Attributes:
        package: digest of the package that was checked.
        passed: whether the check came out green.
        counts: figures of which less is better, by name (``critical``, ``high``, ``failed``).
        waivers: ids of the waivers that the result leans on.
    """

    package: str
    passed: bool
    counts: Mapping[str, int] = field(default_factory=dict)
    waivers: frozenset[str] = frozenset()

    def worse_than(self, other: Evidence) -> tuple[str, ...]:
        """In which ways this is worse than ``other``; empty when it is as good or better.

        >>> Evidence("a1", True, {"high": 3}).worse_than(Evidence("a1", True, {"high": 2}))
        ('high: 2 → 3',)
        """
        found = []
        if self.package != other.package:
            found.append(f"of another package: {short(other.package)} → {short(self.package)}")
        if other.passed and not self.passed:
            found.append("green → red")
        found += [
            f"{name}: {other.counts.get(name, 0)} → {count}"
            for name, count in sorted(self.counts.items())
            if count > other.counts.get(name, 0)
        ]
        found += [
            f"{name}: {count} → not measured"
            for name, count in sorted(other.counts.items())
            if name not in self.counts
        ]
        found += [f"new waiver {waiver}" for waiver in sorted(self.waivers - other.waivers)]
        return tuple(found)


#: What one thing was signed as.
Bound = str | Evidence


def unbound(
    names: Iterable[str], signed: Mapping[str, Bound], now: Mapping[str, Bound]
) -> tuple[str, ...]:
    """Why what was signed is not what there is now, one line per thing; empty when it still is.

    >>> unbound(["package"], {"package": "sha256:aaa"}, {"package": "sha256:aaa"})
    ()
    >>> unbound(["package"], {"package": "sha256:aaa"}, {"package": "sha256:bbb"})
    ('the package changed: aaa → bbb',)
    >>> unbound(["package"], {}, {"package": "sha256:bbb"})
    ('the package was not part of what was signed',)
    """
    lines = (_changed(name, signed.get(name), now.get(name)) for name in names)
    return tuple(line for line in lines if line)


def _changed(name: str, signed: Bound | None, now: Bound | None) -> str:
    if not signed:
        return f"the {name} was not part of what was signed"
    if not now:
        return f"the {name} is not known now"
    if isinstance(signed, Evidence) and isinstance(now, Evidence):
        worse = now.worse_than(signed)
        return f"the {name} got worse: {'; '.join(worse)}" if worse else ""
    if isinstance(signed, Evidence) or isinstance(now, Evidence):
        return f"the {name} is not the kind of thing that was signed"
    return "" if signed == now else f"the {name} changed: {short(signed)} → {short(now)}"


def short(digest: str) -> str:
    """The first characters of a digest, without the algorithm's name."""
    return digest.partition(":")[2][:SHOWN] or digest[:SHOWN]


def difference(then: Any, now: Any, *, of: str = "") -> tuple[str, ...]:
    """What changed between two plain JSON values, one line per change, in a stable order.

    Lists whose items are objects with an ``id``, ``key`` or ``name`` are compared by it, lists of
    plain values by membership, so that a moved item is no change of the others.

    Args:
        then: the scope, package, plan or rollback target that was signed.
        now: the same thing as it is now.
        of: what to call it; the first word of each line.

    >>> difference({"issues": ["SHOP-1", "SHOP-2"], "version": "1.4.0"},
    ...            {"issues": ["SHOP-1", "SHOP-3"], "version": "1.5.0"}, of="scope")
    ('scope.issues: + SHOP-3', 'scope.issues: − SHOP-2', 'scope.version: 1.4.0 → 1.5.0')
    >>> difference({"targets": [{"name": "production/eu", "steps": [5, 100]}]},
    ...            {"targets": [{"name": "production/eu", "steps": [100]}]}, of="plan")
    ('plan.targets[production/eu].steps: [5, 100] → [100]',)
    """
    if _canonical(then) == _canonical(now):
        return ()
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        return _of_objects(then, now, of)
    if _is_list(then) and _is_list(now):
        return _of_lists(list(then), list(now), of)
    return (f"{of or 'value'}: {_show(then)} → {_show(now)}",)


def _canonical(value: Any) -> str:
    """As JSON, so that a tuple is a list and 1 is not true."""
    return json.dumps(value, sort_keys=True)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _of_objects(then: Mapping[str, Any], now: Mapping[str, Any], of: str) -> tuple[str, ...]:
    lines: list[str] = []
    for key in sorted({*then, *now}):
        path = f"{of}.{key}" if of else str(key)
        if key not in now:
            lines.append(f"{path}: {_show(then[key])} → gone")
        elif key not in then:
            lines.append(f"{path}: new, {_show(now[key])}")
        else:
            lines += difference(then[key], now[key], of=path)
    return tuple(lines)


def _of_lists(then: list[Any], now: list[Any], of: str) -> tuple[str, ...]:
    old, new = _by_name(then), _by_name(now)
    if old is not None and new is not None:
        lines: list[str] = [f"{of}: + {name}" for name in new if name not in old]
        lines += [f"{of}: − {name}" for name in old if name not in new]
        for name in (name for name in new if name in old):
            lines += difference(old[name], new[name], of=f"{of}[{name}]")
        return tuple(lines) or (f"{of}: the order changed to {', '.join(new)}",)
    if all(isinstance(item, str) for item in [*then, *now]):
        lines = [f"{of}: + {item}" for item in now if item not in then]
        lines += [f"{of}: − {item}" for item in then if item not in now]
        return tuple(lines) or (f"{of}: {_show(then)} → {_show(now)}",)
    return (f"{of}: {_show(then)} → {_show(now)}",)


def _by_name(items: list[Any]) -> dict[str, Any] | None:
    """The items by the name each carries, or None when one has none or two share one."""
    named: dict[str, Any] = {}
    for item in items:
        key = next((k for k in ("id", "key", "name") if isinstance(item, dict) and k in item), "")
        if not key or str(item[key]) in named:
            return None
        named[str(item[key])] = item
    return named


def _show(value: Any) -> str:
    if isinstance(value, str):
        return short(value) if value.startswith("sha256:") else value or "(empty)"
    if value is None:
        return "none"
    if _is_list(value):
        return "[" + ", ".join(_show(item) for item in value) + "]"
    return str(value)

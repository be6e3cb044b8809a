"""What no single value shows: names that must exist elsewhere, orders that must hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from windlass.spec.flag_checks import check_flags, check_guards
from windlass.spec.judge_checks import check_judge
from windlass.spec.people import ON_CALL, Teams
from windlass.spec.policy import Policy
from windlass.spec.product import ProductFile
from windlass.spec.ready import Ready
from windlass.spec.source import Path_
from windlass.spec.suggest import allowed, did_you_mean
from windlass.spec.workflow_rows import CHOSEN_ROWS, RESERVED_ENVIRONMENTS

#: A place and what is wrong there.
Found = Iterator[tuple[Path_, str]]

#: Roles that every product may name; a company adds its own in teams.yaml.
ROLES = ("product_manager", "developer", "devops", "qa_engineer", "stakeholder")


def check_file(
    file: ProductFile, teams: Teams | None, types: Iterable[str], ports: Collection[str]
) -> Found:
    """Everything about a product but its policies; ``ports`` are those under ``vendors``."""
    yield from _environments(file)
    yield from _people(file, teams)
    yield from _needed_ports(ports)
    yield from check_flags(file, types, ports)
    if file.cadence is not None and file.cadence.drives not in types:
        known = tuple(types)
        hint = f"{allowed(known)}{did_you_mean(file.cadence.drives, known)}"
        yield ("cadence", "drives"), f"no release type {file.cadence.drives!r}{hint}"
    if file.ready is not None:
        yield from _ready(file.ready, types, ports)
    acceptance = file.package.acceptance
    if acceptance is not None:
        yield from _not_live(file, ("package", "acceptance"), acceptance)
    if file.product in file.depends_on:
        yield ("depends_on", file.product), "a product cannot depend on itself"


def _ready(ready: Ready, types: Iterable[str], ports: Collection[str]) -> Found:
    known = tuple(types)
    if ready.drives not in known:
        hint = f"{allowed(known)}{did_you_mean(ready.drives, known)}"
        yield ("ready", "drives"), f"no release type {ready.drives!r}{hint}"
    if ready.port not in ports:
        yield ("ready", ready.port), f"needs vendors.{ready.port}, which is not configured"


def check_policy(
    file: ProductFile,
    policy: Policy,
    roles: Mapping[str, tuple[str, ...]],
    ports: Collection[str],
) -> Found:
    """Everything about one release type."""
    yield from _seats(policy, roles)
    yield from _rows(policy)
    yield from _consent(policy)
    yield from check_judge(policy)
    yield from check_guards(file, policy)
    watcher = policy.follow_up.watcher
    if watcher is not None and watcher != ON_CALL:
        yield from _role(("follow_up", "watcher"), watcher, roles)
    for name, suite in policy.quality.items():
        if suite.run is not None and "pipelines" not in ports:
            yield ("quality", name, "run"), "needs vendors.pipelines, which is not configured"
        if suite.manual is not None:
            yield from _role(("quality", name, "manual"), suite.manual, roles)
    for part, used in (
        (("judge", "metrics"), policy.judge.metrics),
        (("slo",), policy.slo),
        (("follow_up", "adoption"), policy.follow_up.adoption),
    ):
        if used and "metrics" not in ports:
            yield part, "needs vendors.metrics, which is not configured"
    if policy.follow_up.survey is not None and "surveys" not in ports:
        yield ("follow_up", "survey"), "needs vendors.surveys, which is not configured"
    if policy.rehearsal.environment is not None:
        yield from _not_live(file, ("rehearsal", "environment"), policy.rehearsal.environment)


def known_roles(file: ProductFile, teams: Teams | None) -> dict[str, tuple[str, ...]]:
    """Role → who holds it: teams.yaml, and the product's own over it."""
    held = {role: tuple(names) for role, names in (teams.roles if teams else {}).items()}
    held.update({role: tuple(names) for role, names in file.roles.items()})
    return {**dict.fromkeys(ROLES, ()), **held}


def _environments(file: ProductFile) -> Found:
    names = Counter(environment.name for environment in file.environments)
    regions = Counter(region.name for env in file.environments for region in env.regions)
    live_before = ""
    for i, environment in enumerate(file.environments):
        at: Path_ = ("environments", i)
        if names[environment.name] > 1:
            yield at, f"there are {names[environment.name]} environments {environment.name!r}"
        if environment.name in RESERVED_ENVIRONMENTS:
            yield at, f"{environment.name!r} is a step of the execution phase; use another name"
        if live_before and not environment.live:
            yield at, f"is not live but comes after {live_before}, which is; put it before"
        if environment.waves and not environment.live:
            yield (*at, "waves"), "only a live environment has waves"
        live_before = environment.name if environment.live else live_before
        for j, wave in enumerate(environment.waves):
            for k, region in enumerate(wave.regions):
                if regions[region.name] > 1:
                    what = f"the region {region.name!r} is there {regions[region.name]} times"
                    yield (*at, "waves", j, "regions", k), f"{what}; a region has one place"
    if not live_before:
        yield ("environments",), "no environment is live; add live: yes to the one users see"


def _people(file: ProductFile, teams: Teams | None) -> Found:
    if teams is None:
        return
    places: list[tuple[Path_, tuple[str, ...]]] = [
        (("roles", role), names) for role, names in file.roles.items()
    ]
    places += [(("rota",), file.rota), (("on_call",), file.on_call)]
    for place, names in places:
        for i, name in enumerate(names):
            if name not in teams.people:
                hint = f"{allowed(teams.people)}{did_you_mean(name, teams.people)}"
                yield (*place, i), f"nobody called {name!r} in teams.yaml{hint}"


def _needed_ports(ports: Collection[str]) -> Found:
    for port in ("source_control", "deployments"):
        if port not in ports:
            yield ("vendors", port), "is missing: every release needs it"


def _not_live(file: ProductFile, place: Path_, name: str) -> Found:
    known = [environment.name for environment in file.environments if not environment.live]
    if name not in known:
        hint = allowed(known) if known else "; the product has no environment that is not live"
        yield place, f"{name!r} is no environment before the live one{hint}"


def _seats(policy: Policy, roles: Mapping[str, tuple[str, ...]]) -> Found:
    approvals = policy.approvals
    for name in ("quality", "acceptance", "readiness"):
        seats = getattr(approvals, name)
        for i, seat in enumerate(seats):
            yield from _role(("approvals", name, i), seat.role, roles, seat.count)
    for name in ("when_breaking", "when_risky", "when_no_way_back"):
        for i, seat in enumerate(getattr(approvals, name)):
            yield from _role(("approvals", name, i), seat.role, roles, seat.count)


def _role(place: Path_, role: str, roles: Mapping[str, tuple[str, ...]], count: int = 1) -> Found:
    if role not in roles:
        yield place, f"unknown role {role!r}{allowed(roles)}{did_you_mean(role, roles)}"
    elif len(set(roles[role])) < count:
        holders = ", ".join(sorted(set(roles[role])))
        held = f"only {holders} holds" if holders else "nobody holds"
        yield place, f"needs {count} × {role}, but {held} it; add people to roles"


def _consent(policy: Policy) -> Found:
    """A release that nobody consents to must say why it exists, and be looked at afterwards."""
    rows = (*policy.tasks, *policy.also, *policy.tasks_if)
    asked = any(
        policy.approvals.of(gate) and f"validation.{gate}.gate" in rows
        for gate in ("quality", "acceptance", "readiness")
    )
    if policy.tasks and not asked and not (policy.needs_reason and policy.review_due):
        what = "nobody approves it: add approvals, or both needs_reason: yes and review_due"
        yield ("approvals",), what


def _rows(policy: Policy) -> Found:
    for key in ("tasks", "also"):
        for i, row in enumerate(getattr(policy, key)):
            if row not in CHOSEN_ROWS:
                yield (key, i), _unknown_row(row)
    for row in policy.tasks_if:
        if row not in CHOSEN_ROWS:
            yield ("tasks_if", row), _unknown_row(row)


def _unknown_row(row: str) -> str:
    hint = did_you_mean(row, CHOSEN_ROWS)
    return f"the workflow has no row {row!r}{hint or allowed(CHOSEN_ROWS)}"

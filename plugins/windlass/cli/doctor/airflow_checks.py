"""Is this Airflow one that releases can run on? Pure: facts in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from windlass.cli.doctor.airflow_facts import AirflowFacts
from windlass.cli.doctor.finding import Finding, broken, fine, worse

#: The oldest Airflow whose ``awaiting_input`` state and FastAPI plugins Windlass builds on.
OLDEST = (3, 3, 2)
#: Seconds after which a dead worker should be noticed: a half-done step stands that long.
HEARTBEAT = 60
#: Seconds; tasks that are not Windlass's, but share its Airflow, wait so long after a failure.
RETRY_DELAY = 60
LOCAL = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "::1"})  # noqa: S104 - compared, not bound


def check_airflow(facts: AirflowFacts | None, people: Mapping[str, str]) -> Iterator[Finding]:
    """Everything about Airflow.

    Args:
        facts: None where there is no Airflow here.
        people: short name → Airflow user id, from teams.yaml.
    """
    if facts is None:
        yield worse(
            "airflow",
            "not installed in this environment: plugin, users and settings were not looked at",
            "run windlass doctor with the Python that runs Airflow",
        )
        return
    yield _version(facts)
    yield _plugin(facts)
    yield _login(facts)
    yield from _users(facts, people)
    yield _address(facts)
    yield _timezone(facts)
    yield _heartbeat(facts)
    yield _retries(facts)


def _version(facts: AirflowFacts) -> Finding:
    parts = facts.version.split(".")[:3]
    found = tuple(int("".join(filter(str.isdigit, part)) or 0) for part in parts)
    if found < OLDEST:
        return broken("airflow", facts.version, "install apache-airflow 3.3.2 or newer")
    return fine("airflow", f"{facts.version}, {facts.executor.rpartition('.')[2]}")


def _plugin(facts: AirflowFacts) -> Finding:
    ours = {name: why for name, why in facts.plugin_errors.items() if "windlass" in name}
    if ours:
        name, why = next(iter(ours.items()))
        return broken("plugin", f"{name} cannot be loaded: {why}", "see: airflow plugins")
    if facts.plugins == 0:
        return broken(
            "plugin",
            "not registered: no timetable, no witness, no release pages",
            "install the wheel, or mount plugins/ as Airflow's plugins folder; then restart",
        )
    if facts.plugins > 1:
        return broken(
            "plugin",
            f"registered {facts.plugins} times: acts would be written down twice",
            "take away all but one: the wheel, or the copy in the plugins folder",
        )
    return fine("plugin", "registered once")


def _login(facts: AirflowFacts) -> Finding:
    name = facts.auth_manager.rpartition(".")[2] or "the default"
    if facts.all_admins:
        return broken(
            "login",
            "everybody is an admin without logging in: no signature could name anybody",
            "set [core] simple_auth_manager_all_admins to False",
        )
    return fine("login", f"{name}: the witness knows who acts")


def _users(facts: AirflowFacts, people: Mapping[str, str]) -> Iterator[Finding]:
    if not people:
        return
    if facts.users is not None:
        unknown = {name: user for name, user in people.items() if user not in facts.users}
        known = ", ".join(sorted(facts.users)) or "none"
        fix = f"write one of Airflow's users into teams.yaml: {known}"
    elif facts.auth_manager.endswith("FabAuthManager"):
        # FAB's user id is the number of its row, as text.
        unknown = {name: user for name, user in people.items() if not user.isdigit()}
        fix = "FAB's ids are numbers: write those of `airflow users list` into teams.yaml"
    else:
        yield worse(
            "users",
            f"the users of {facts.auth_manager.rpartition('.')[2]} cannot be listed here",
            "compare teams.yaml with the ids in its token (sub)",
        )
        return
    if unknown:
        named = ", ".join(f"{name} ({user})" for name, user in sorted(unknown.items()))
        yield broken("users", f"Airflow has no such user: {named}; they cannot sign", fix)
    else:
        yield fine("users", f"all {len(people)} people of the products can log in")


def _address(facts: AirflowFacts) -> Finding:
    host = urlsplit(facts.base_url).hostname
    if host is None or host in LOCAL:
        return worse(
            "public URL",
            f"[api] base_url is {facts.base_url or 'not set'}: links lead to this machine only",
            "set [api] base_url to the address that people use",
        )
    return fine("public URL", facts.base_url)


def _timezone(facts: AirflowFacts) -> Finding:
    if facts.default_timezone.lower() not in ("utc", "etc/utc"):
        return worse(
            "timezone",
            f"[core] default_timezone is {facts.default_timezone}; releases do not use it, "
            "other DAGs and Airflow's pages may",
            "leave it at utc: a product's cadence names its own zone",
        )
    return fine("timezone", "utc; each product's cadence names its own")


def _heartbeat(facts: AirflowFacts) -> Finding:
    if facts.heartbeat_timeout > HEARTBEAT:
        return worse(
            "dead workers",
            f"noticed after {facts.heartbeat_timeout} s: a half-done step stands that long",
            f"set [scheduler] task_instance_heartbeat_timeout to 30 to {HEARTBEAT}",
        )
    return fine("dead workers", f"noticed after {facts.heartbeat_timeout} s")


def _retries(facts: AirflowFacts) -> Finding:
    if facts.retry_delay > RETRY_DELAY:
        return worse(
            "retries",
            f"[core] default_task_retry_delay is {facts.retry_delay} s; "
            "Windlass's own tasks retry after 10 s",
            "lower it if your own DAGs stand between releases",
        )
    return fine("retries", f"after {facts.retry_delay} s")

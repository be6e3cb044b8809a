"""Port → its recorder."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from windlass.adapters.recorder.call import Log, MemoryStore, Store
from windlass.errors import NotConfigured
from windlass.spec.suggest import allowed, did_you_mean

#: Ports that change nothing: their adapters are used as they are.
READERS = frozenset({"infrastructure", "configuration", "metrics", "logs", "errors", "probes"})

#: Port → class in this package.
RECORDERS: Mapping[str, str] = {
    "source_control": "source_control:RecordedSourceControl",
    "tracker": "tracker:RecordedTracker",
    "documents": "documents:RecordedDocuments",
    "messages": "messages:RecordedMessages",
    "pipelines": "pipelines:RecordedPipelines",
    "deployments": "deployments:RecordedDeployments",
    "status_page": "announcements:RecordedStatusPage",
    "calendar": "announcements:RecordedCalendar",
    "dashboards": "announcements:RecordedDashboards",
    "meetings": "announcements:RecordedMeetings",
    "surveys": "surveys:RecordedSurveys",
    "flags": "flags:RecordedFlags",
    "incidents": "incidents:RecordedIncidents",
    "change_records": "incidents:RecordedChangeRecords",
    "backups": "backups:RecordedBackups",
}


def record(port: str, adapter: Any, store: Store | None = None) -> Any:
    """The recorder of ``port`` around ``adapter``.

    Args:
        port: name of the port.
        adapter: the real one; only its readers are called.
        store: where calls are kept; by default in memory, for a dry run in one process.

    Raises:
        NotConfigured: there is no such port.
    """
    if port in READERS:
        return adapter
    if port not in RECORDERS:
        known = {*READERS, *RECORDERS}
        raise NotConfigured(f"unknown port {port!r}{allowed(known)}{did_you_mean(port, known)}")
    module, _, name = RECORDERS[port].partition(":")
    made = getattr(import_module(f"windlass.adapters.recorder.{module}"), name)
    # "is None" and not "or": an empty store may be false
    log = Log(port, type(adapter).__name__, MemoryStore() if store is None else store)
    return made(adapter, log)

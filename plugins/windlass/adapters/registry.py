"""Port and vendor → adapter class, imported only when asked.

Built-in adapters stand in a plain table, because a mounted folder has no entry points. Others come
from the entry-point group ``windlass.adapters``, each named ``<port>.<vendor>``; a built-in vendor
cannot be replaced that way. A third party's class may name its settings' pydantic model in the
attribute ``settings_model``; without one it gets the settings as they were written.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from windlass.errors import NotConfigured
from windlass.ports import announcements, environments, incidents, observations
from windlass.ports.connection import Connect
from windlass.ports.deployments import Deployments
from windlass.ports.documents import Documents
from windlass.ports.flags import Flags
from windlass.ports.messages import Messages
from windlass.ports.metrics import Metrics
from windlass.ports.pipelines import Pipelines
from windlass.ports.probes import Probes
from windlass.ports.source_control import SourceControl
from windlass.ports.surveys import Surveys
from windlass.ports.tracker import Tracker
from windlass.spec.installed_vendors import installed_vendors
from windlass.spec.suggest import allowed, did_you_mean
from windlass.spec.vendor import settings_model
from windlass.spec.vendors import PORTS

#: The Protocol that every adapter of a port fulfils.
PORT_TYPES: Mapping[str, type] = {
    "source_control": SourceControl,
    "tracker": Tracker,
    "documents": Documents,
    "dashboards": announcements.Dashboards,
    "meetings": announcements.Meetings,
    "surveys": Surveys,
    "messages": Messages,
    "pipelines": Pipelines,
    "deployments": Deployments,
    "infrastructure": environments.Infrastructure,
    "configuration": environments.Configuration,
    "metrics": Metrics,
    "logs": observations.Logs,
    "errors": observations.Errors,
    "status_page": announcements.StatusPage,
    "calendar": announcements.Calendar,
    "flags": Flags,
    "incidents": incidents.Incidents,
    "change_records": incidents.ChangeRecords,
    "backups": environments.Backups,
    "probes": Probes,
}

TABLE: Mapping[tuple[str, str], str] = {
    ("source_control", "git"): "windlass.adapters.source_control.git:GitSourceControl",
    ("tracker", "folder"): "windlass.adapters.tracker.folder:FolderTracker",
    ("documents", "folder"): "windlass.adapters.documents.folder:FolderDocuments",
    ("dashboards", "folder"): "windlass.adapters.dashboards.folder:FolderDashboards",
    ("meetings", "folder"): "windlass.adapters.meetings.folder:FolderMeetings",
    ("surveys", "folder"): "windlass.adapters.surveys.folder:FolderSurveys",
    ("messages", "log"): "windlass.adapters.messages.log:LogMessages",
    ("messages", "smtp"): "windlass.adapters.messages.smtp:SmtpMessages",
    ("messages", "slack"): "windlass.adapters.messages.slack:SlackMessages",
    ("pipelines", "command"): "windlass.adapters.pipelines.command:CommandPipelines",
    ("deployments", "processes"): "windlass.adapters.deployments.processes:ProcessDeployments",
    ("deployments", "pipeline"): "windlass.adapters.deployments.pipeline:PipelineDeployments",
    ("infrastructure", "command"): "windlass.adapters.infrastructure.command:CommandInfrastructure",
    ("configuration", "command"): "windlass.adapters.configuration.command:CommandConfiguration",
    ("metrics", "prometheus_text"): "windlass.adapters.metrics.prometheus_text:TextMetrics",
    ("logs", "files"): "windlass.adapters.logs.files:FileLogs",
    ("errors", "files"): "windlass.adapters.errors.files:FileErrors",
    ("status_page", "folder"): "windlass.adapters.status_page.folder:FolderStatusPage",
    ("calendar", "ics"): "windlass.adapters.calendar.ics:IcsCalendar",
    ("flags", "flagd"): "windlass.adapters.flags.flagd:FlagdFlags",
    ("incidents", "folder"): "windlass.adapters.incidents.folder:FolderIncidents",
    ("change_records", "folder"): "windlass.adapters.change_records.folder:FolderChangeRecords",
    ("backups", "command"): "windlass.adapters.backups.command:CommandBackups",
    ("probes", "http"): "windlass.adapters.probes.http:HttpProbes",
}


def choices(port: str) -> tuple[str, ...]:
    """The vendors of ``port``, built in and installed, in alphabetical order."""
    built_in = {vendor for known, vendor in TABLE if known == port}
    return tuple(sorted(built_in | set(installed_vendors(port))))


def adapter_class(port: str, vendor: str) -> type[Any]:
    """The adapter class of ``vendor`` behind ``port``.

    Raises:
        NotConfigured: there is no such adapter, or it cannot be imported; says what there is.
    """
    if (port, vendor) in TABLE:
        module, _, name = TABLE[port, vendor].partition(":")
        found: type[Any] = getattr(import_module(module), name)
        return found
    installed = installed_vendors(port)
    if vendor not in installed:
        known = choices(port)
        raise NotConfigured(
            f"unknown {port} vendor {vendor!r}{allowed(known)}{did_you_mean(vendor, known)}"
        )
    try:
        found = installed[vendor].load()
    except (ImportError, AttributeError) as error:
        raise NotConfigured(f"the adapter {port}.{vendor} cannot be imported: {error}") from error
    return found


def build(
    port: str,
    vendor: str,
    settings: Mapping[str, Any] | BaseModel | None,
    *,
    root: Path,
    connect: Connect,
) -> Any:
    """The adapter for ``vendor`` behind ``port``.

    Args:
        port: name of the port, ``metrics``.
        vendor: name of the vendor, ``prometheus_text``.
        settings: as written under ``vendors:``, or the model that was read from it.
        root: the project's folder; relative paths start there.
        connect: finds connections by id.

    Raises:
        NotConfigured: no such adapter, or settings that it does not take.
    """
    made = adapter_class(port, vendor)
    if port in PORTS and not isinstance(settings, BaseModel):
        try:
            settings = settings_model(port, vendor).model_validate(settings or {})
        except ValidationError as error:
            raise NotConfigured(f"{port}.{vendor}: {error}") from error
    return made(settings, root=root, connect=connect)

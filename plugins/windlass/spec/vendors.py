"""Which vendors each port knows, and the settings each takes.

``PORTS[port][vendor]`` is the settings model; to add a vendor, write its model and put it here.
In YAML: ``vendors: {tracker: {folder: {path: issues}}}``; a port may list several vendors.
Relative paths are relative to the project's folder (the one that holds ``include/``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from windlass.spec.json_shapes import OneOrMany
from windlass.spec.model import SpecModel
from windlass.spec.scalars import Command, Duration, as_tuple, parse_duration

#: One text or several.
Texts = Annotated[tuple[str, ...], BeforeValidator(as_tuple), OneOrMany()]


class GitSettings(SpecModel):
    """A git repository reached with the ``git`` command."""

    repository: str = Field(description="Path or URL of the repository.")
    branch: str = Field("main", description="The branch that releases are cut from.")
    tag: str = Field("v{version}", description="Name of a release's tag; holds {version}.")
    release_branch: str = Field(
        "release/{version}", description="Name of a release's branch; holds {version}."
    )


class FolderSettings(SpecModel):
    """A folder of files."""

    path: str = Field(description="The folder; made when missing.")


class LogSettings(SpecModel):
    """Messages appended to a file, one JSON line each."""

    path: str = Field(description="The file that messages are appended to.")


class SmtpSettings(SpecModel):
    """Messages as e-mail."""

    connection: str = Field("smtp_default", description="Airflow connection of the mail server.")
    to: Texts = Field(description="Who gets the messages: an address, or a list of them.")
    sender: str = Field("", description="From address; empty: the connection's.")


class SlackSettings(SpecModel):
    """Messages in Slack, one thread per release."""

    connection: str = Field("slack_default", description="Airflow connection of type Slack API.")
    channel: str = Field(description="The channel, such as #releases.")


class CommandPipelineSettings(SpecModel):
    """Suites and builds as local commands."""

    cwd: str = Field(".", description="Folder in which the release's source is checked out.")
    environment: Mapping[str, str] = Field(
        default_factory=dict, description="Variables added to the command's environment."
    )


class ProcessesSettings(SpecModel):
    """Local processes behind a router with weights, started and stopped by an agent."""

    fleet: str = Field(
        description="Registry file of the fleet (JSON): the agent's URL, and per place the "
        "router's URLs. A target's place is its region's name, else its environment's."
    )
    replicas: int = Field(2, ge=1, le=8, description="Processes of each version in a place.")
    drain: Duration = Field(parse_duration("10 s"), description="Longest drain of a replica.")
    ready: Duration = Field(parse_duration("30 s"), description="Longest start of a replica.")


class PipelineDeploymentSettings(SpecModel):
    """An existing pipeline that deploys; one command per verb, answers as JSON on stdout."""

    expose: Command = Field(description="Puts {version} on {percent} % of {environment} {region}.")
    current: Command = Field(description="Prints what {environment} {region} runs, as JSON.")
    retract: Command | None = Field(
        None, description="Takes {version} off {environment} {region}; with halt_only: halts it."
    )
    undo: Literal["full", "halt_only", "none"] = Field(
        "full",
        description="What retract can do. halt_only: what is out stays out (an app store); none: "
        "nothing is taken back (a package registry).",
    )
    cwd: str = Field(".", description="Folder the commands run in.")

    @model_validator(mode="after")
    def _can_retract(self) -> PipelineDeploymentSettings:
        if (self.retract is None) != (self.undo == "none"):
            raise ValueError("needs retract, or else undo: none (and then no retract)")
        return self


class PlanApplySettings(SpecModel):
    """Infrastructure as code by commands; ``plan`` exits 2 when there is drift."""

    plan: Command = Field(description="Shows drift; exit 0: none, 2: drift, else: error.")
    apply: Command | None = Field(None, description="Applies the plan.")
    cwd: str = Field(".", description="Folder the commands run in.")


class ConfigurationCheckSettings(SpecModel):
    """Configuration management in check mode; ``check`` exits 2 when there is drift."""

    check: Command = Field(description="Check mode; exit 0: as declared, 2: drift, else: error.")
    cwd: str = Field(".", description="Folder the command runs in.")


class PrometheusTextSettings(SpecModel):
    """Metrics scraped as Prometheus text straight from the targets."""

    targets: Mapping[str, Texts] = Field(
        default_factory=dict,
        description="Target (staging, production/eu-west) → the URLs to scrape.",
    )
    fleet: str | None = Field(
        None, description="Instead of targets: registry file of a local fleet; routers are asked."
    )
    version_label: str = Field("version", description="The label that tells versions apart.")

    @model_validator(mode="after")
    def _some(self) -> PrometheusTextSettings:
        if bool(self.targets) == (self.fleet is not None):
            raise ValueError("needs either targets or fleet")
        return self


class FilesSettings(SpecModel):
    """Log files, one JSON object or one line of text per entry."""

    path: str = Field(description="Folder or glob; may hold {environment} and {region}.")


class IcsSettings(SpecModel):
    """A calendar as one .ics file that calendar programs subscribe to."""

    path: str = Field(description="The .ics file.")


class FlagdSettings(SpecModel):
    """Feature flags in a file of flagd's format."""

    path: str = Field(
        description="The JSON file that flagd serves; may hold {environment} and {region}."
    )


class BackupCommandSettings(SpecModel):
    """Backups by commands; each may hold {environment} and {region}."""

    create: Command = Field(description="Makes a backup; prints JSON with id and created (UTC).")
    verify: Command = Field(description="Restores the newest backup aside and checks it.")
    restore: Command = Field(description="Restores the backup {id}.")
    latest: Command | None = Field(
        None, description="Prints JSON with id and created (UTC) of the newest backup."
    )
    cwd: str = Field(".", description="Folder the commands run in.")


#: port → vendor → settings. The only list of what may stand under ``vendors:``.
PORTS: Mapping[str, Mapping[str, type[SpecModel]]] = {
    "tracker": {"folder": FolderSettings},
    "source_control": {"git": GitSettings},
    "documents": {"folder": FolderSettings},
    "messages": {"log": LogSettings, "smtp": SmtpSettings, "slack": SlackSettings},
    "pipelines": {"command": CommandPipelineSettings},
    "deployments": {"processes": ProcessesSettings, "pipeline": PipelineDeploymentSettings},
    "infrastructure": {"command": PlanApplySettings},
    "configuration": {"command": ConfigurationCheckSettings},
    "metrics": {"prometheus_text": PrometheusTextSettings},
    "logs": {"files": FilesSettings},
    "errors": {"files": FilesSettings},
    "dashboards": {"folder": FolderSettings},
    "status_page": {"folder": FolderSettings},
    "calendar": {"ics": IcsSettings},
    "meetings": {"folder": FolderSettings},
    "surveys": {"folder": FolderSettings},
    "flags": {"flagd": FlagdSettings},
    "incidents": {"folder": FolderSettings},
    "change_records": {"folder": FolderSettings},
    "backups": {"command": BackupCommandSettings},
}

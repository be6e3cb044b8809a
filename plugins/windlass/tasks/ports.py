"""The outside world as one release sees it: a typed property per port, built when first asked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, cast

from windlass.errors import NotConfigured
from windlass.ports.announcements import Calendar, Dashboards, Meetings, StatusPage
from windlass.ports.deployments import Deployments
from windlass.ports.documents import Documents
from windlass.ports.environments import Backups, Configuration, Infrastructure
from windlass.ports.flags import Flags
from windlass.ports.incidents import ChangeRecords, Incidents
from windlass.ports.messages import Messages
from windlass.ports.metrics import Metrics
from windlass.ports.observations import Errors, Logs
from windlass.ports.pipelines import Pipelines
from windlass.ports.probes import Probes
from windlass.ports.source_control import SourceControl
from windlass.ports.surveys import Surveys
from windlass.ports.tracker import Tracker

#: Builds the adapter of a port; called once per port.
Build = Callable[[str], Any]
#: Gives the URL behind ``connection:ID`` (and any path after it).
Address = Callable[[str], str]


def as_written(url: str) -> str:
    """The address of a product that names none of its places by a connection."""
    return url


class Ports:
    """The adapters of one product.

    Args:
        configured: names of the ports that the product configures.
        build: gives the adapter of a port.
        address: turns the URL of a place, as the product writes it, into one to ask.
    """

    def __init__(
        self, configured: Collection[str], build: Build, address: Address = as_written
    ) -> None:
        self._configured = frozenset(configured)
        self._build = build
        self._built: dict[str, Any] = {}
        self.address = address

    def has(self, port: str) -> bool:
        """Whether the product configures ``port``."""
        return port in self._configured

    def get(self, port: str) -> Any:
        """The adapter of ``port``.

        Raises:
            NotConfigured: the product does not configure it; says how to.
        """
        if port not in self._configured:
            raise NotConfigured(f"vendors.{port} is not configured; add it to the product's YAML")
        if port not in self._built:
            self._built[port] = self._build(port)
        return self._built[port]

    def wrapped(self, wrap: Callable[[str, Any], Any]) -> Ports:
        """The same ports, each adapter put through ``wrap(port, adapter)`` when first asked."""
        return Ports(self._configured, lambda port: wrap(port, self.get(port)), self.address)

    @property
    def source_control(self) -> SourceControl:
        """Commits, branches, tags."""
        return cast("SourceControl", self.get("source_control"))

    @property
    def tracker(self) -> Tracker:
        """Issues and versions."""
        return cast("Tracker", self.get("tracker"))

    @property
    def documents(self) -> Documents:
        """Pages."""
        return cast("Documents", self.get("documents"))

    @property
    def messages(self) -> tuple[Messages, ...]:
        """Every channel, in the product's order."""
        found = self.get("messages")
        return found if isinstance(found, tuple) else (cast("Messages", found),)

    @property
    def pipelines(self) -> Pipelines:
        """Builds, suites, custom steps."""
        return cast("Pipelines", self.get("pipelines"))

    @property
    def deployments(self) -> Deployments:
        """What runs where, and how exposed."""
        return cast("Deployments", self.get("deployments"))

    @property
    def infrastructure(self) -> Infrastructure:
        """Declared infrastructure."""
        return cast("Infrastructure", self.get("infrastructure"))

    @property
    def configuration(self) -> Configuration:
        """Declared configuration."""
        return cast("Configuration", self.get("configuration"))

    @property
    def metrics(self) -> Metrics:
        """Counters and histograms."""
        return cast("Metrics", self.get("metrics"))

    @property
    def logs(self) -> Logs:
        """Log lines."""
        return cast("Logs", self.get("logs"))

    @property
    def errors(self) -> Errors:
        """Grouped errors."""
        return cast("Errors", self.get("errors"))

    @property
    def dashboards(self) -> Dashboards:
        """Marks on dashboards."""
        return cast("Dashboards", self.get("dashboards"))

    @property
    def status_page(self) -> StatusPage:
        """Maintenances."""
        return cast("StatusPage", self.get("status_page"))

    @property
    def calendar(self) -> Calendar:
        """People's calendars."""
        return cast("Calendar", self.get("calendar"))

    @property
    def meetings(self) -> Meetings:
        """Rooms to meet in."""
        return cast("Meetings", self.get("meetings"))

    @property
    def surveys(self) -> Surveys:
        """Users' opinions."""
        return cast("Surveys", self.get("surveys"))

    @property
    def flags(self) -> Flags:
        """Feature flags."""
        return cast("Flags", self.get("flags"))

    @property
    def incidents(self) -> Incidents:
        """Incidents."""
        return cast("Incidents", self.get("incidents"))

    @property
    def change_records(self) -> ChangeRecords:
        """Change requests."""
        return cast("ChangeRecords", self.get("change_records"))

    @property
    def backups(self) -> Backups:
        """Backups."""
        return cast("Backups", self.get("backups"))

    @property
    def probes(self) -> Probes:
        """HTTP checks; always there."""
        return cast("Probes", self.get("probes"))

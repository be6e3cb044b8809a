"""The registry: every port and vendor that may be written can be built, and no other."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from windlass.adapters import registry
from windlass.errors import NotConfigured
from windlass.ports.connection import ConnectionInfo
from windlass.ports.effect import effect_methods
from windlass.spec.vendors import PORTS

PORT_TYPES = registry.PORT_TYPES


def test_every_vendor_that_may_be_configured_has_an_adapter() -> None:
    written = {(port, vendor) for port, vendors in PORTS.items() for vendor in vendors}
    assert written | {("probes", "http")} == set(registry.TABLE)


@pytest.mark.parametrize("key", registry.TABLE, ids=".".join)
def test_an_adapter_has_the_methods_of_its_port_with_their_parameters(key: tuple[str, str]) -> None:
    made = registry.adapter_class(*key)
    port = PORT_TYPES[key[0]]
    for name, method in inspect.getmembers(port, inspect.isfunction):
        if name.startswith("_"):
            continue
        ours = inspect.signature(getattr(made, name))
        assert list(ours.parameters) == list(inspect.signature(method).parameters), name


@pytest.mark.parametrize("key", registry.TABLE, ids=".".join)
def test_an_adapter_that_changes_the_world_says_how_late_and_how_long(key: tuple[str, str]) -> None:
    made = registry.adapter_class(*key)
    if effect_methods(PORT_TYPES[key[0]]):
        assert made.visible_within >= 0
        assert 0 < made.deadline <= 3600


def test_an_unknown_vendor_is_answered_with_the_choices_and_a_guess() -> None:
    with pytest.raises(NotConfigured, match=r"unknown tracker vendor 'foldr'; allowed: folder"):
        registry.adapter_class("tracker", "foldr")
    with pytest.raises(NotConfigured, match="did you mean 'folder'"):
        registry.adapter_class("tracker", "foldr")


def test_settings_that_the_vendor_does_not_take_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="pth"):
        registry.build(
            "tracker", "folder", {"pth": "x"}, root=tmp_path, connect=lambda _: ConnectionInfo()
        )


def test_a_connection_never_shows_its_secrets() -> None:
    shown = repr(ConnectionInfo("h", "login", "hunter2", 1, "https", {"token": "xoxb-1"}))
    assert "hunter2" not in shown
    assert "xoxb" not in shown
    assert "login" not in shown.replace("login=", "")

"""One configured vendor of one port, with its settings typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, GetJsonSchemaHandler, PlainSerializer
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from windlass.spec.installed_vendors import installed_settings, installed_vendors
from windlass.spec.model import SpecModel
from windlass.spec.suggest import allowed, did_you_mean
from windlass.spec.vendors import PORTS

S = TypeVar("S", bound=BaseModel)


class Vendor(SpecModel):
    """``port`` is served by ``vendor``, set up as ``settings`` says."""

    port: str
    vendor: str
    settings: Any

    def as_settings(self, kind: type[S]) -> S:
        """The settings, as the type that the vendor's adapter expects.

        Raises:
            TypeError: this vendor has settings of another type.
        """
        if not isinstance(self.settings, kind):
            raise TypeError(f"{self.port}.{self.vendor} has no {kind.__name__}")
        return self.settings


Vendors = Mapping[str, tuple[Vendor, ...]]


def vendor_of(port: str, written: object) -> Vendor:
    """``{git: {repository: …}}`` as a :class:`Vendor` of ``port``.

    Raises:
        ValueError: the port or the vendor is unknown, or the settings are wrong (pydantic's
            ``ValidationError`` is one).
    """
    if isinstance(written, Vendor):
        return written
    if isinstance(written, str):
        written = {written: {}}
    if not isinstance(written, Mapping) or len(written) != 1:
        raise ValueError("must name one vendor with its settings, such as {folder: {path: …}}")
    ((name, settings),) = written.items()
    model = settings_model(port, str(name))
    return Vendor(port=port, vendor=name, settings=model.model_validate(settings or {}))


def settings_model(port: str, vendor: str) -> type[BaseModel]:
    """The settings model of ``vendor`` behind ``port``.

    Raises:
        ValueError: no such port, or no such vendor behind it; says which there are.
    """
    if port not in PORTS:
        raise ValueError(f"unknown port {port!r}{allowed(PORTS)}{did_you_mean(port, PORTS)}")
    if vendor in PORTS[port]:
        return PORTS[port][vendor]
    installed = installed_vendors(port)
    if vendor in installed:
        return installed_settings(installed[vendor])
    known = (*PORTS[port], *installed)
    raise ValueError(
        f"unknown {port} vendor {vendor!r}{allowed(known)}{did_you_mean(vendor, known)}"
    )


def _vendors(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return {
        port: tuple(
            vendor_of(str(port), one)
            for one in (written if isinstance(written, list | tuple) else [written])
        )
        for port, written in value.items()
    }


def _written(value: Vendors) -> dict[str, list[dict[str, Any]]]:
    return {
        port: [{one.vendor: one.settings.model_dump(mode="json")} for one in vendors]
        for port, vendors in value.items()
    }


class _TableShape:
    """The JSON Schema of the table, made when somebody asks: models are not built for it before."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        ports = {port: _choice(models) for port, models in PORTS.items()}
        return {"type": "object", "properties": ports, "additionalProperties": False}


def _choice(models: Mapping[str, type[SpecModel]]) -> dict[str, Any]:
    one = {
        "type": "object",
        "properties": {name: model.model_json_schema() for name, model in models.items()},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"anyOf": [one, {"type": "array", "items": one}, {"enum": sorted(models)}]}


#: ``vendors:`` of a product: port → vendors. In JSON it reads back as it was written.
VendorTable = Annotated[
    Mapping[str, tuple[Vendor, ...]],
    BeforeValidator(_vendors),
    PlainSerializer(_written, return_type=dict[str, list[dict[str, Any]]]),
    _TableShape(),
]

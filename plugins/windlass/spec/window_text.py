"""``mon-thu 10:00-16:00``: hours of the week, as people write them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from windlass.decisions.windows import parse_windows
from windlass.errors import InputError


def _checked(text: str) -> str:
    try:
        parse_windows(text, "UTC")
    except InputError as error:
        raise ValueError(str(error)) from None
    return text


#: Text that :func:`windlass.decisions.windows.parse_windows` reads.
WindowText = Annotated[
    str,
    AfterValidator(_checked),
    WithJsonSchema({"type": "string", "examples": ["mon-thu 10:00-16:00", "always"]}),
]

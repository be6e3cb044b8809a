"""Words that people read, from templates: built in, or the product's own in their place.

Everything that is filled in may come from a tracker or a commit message, and is hostile: it is
escaped for the medium that the template's name ends with (``.md``, ``.html``, ``.txt``), and
templates run in a sandbox.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

import windlass
from windlass.errors import TerminalError
from windlass.spec.product import Product

BUILT_IN = Path(windlass.__file__).parent / "templates"
SUFFIX = ".j2"
#: Schemes that a link may have; anything else is shown as text.
LINKS = re.compile(r"(https?|mailto|file):[^\s<>\"'`\\]+", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~#])")
_MEDIA = {"md": "text/markdown", "html": "text/html", "txt": "text/plain"}


def media_of(name: str) -> str:
    """The media type of the template ``release_notes.md``.

    Raises:
        TerminalError: its name says none that is known.
    """
    suffix = name.rpartition(".")[2]
    if suffix not in _MEDIA:
        raise TerminalError(f"template {name}: must end with one of .{', .'.join(_MEDIA)}")
    return _MEDIA[suffix]


def render(product: Product, name: str, facts: Mapping[str, Any]) -> str:
    """The template ``name`` with ``facts`` (plain JSON) filled in, escaped.

    The product's folder ``templates`` is looked through first, then what is built in.

    Raises:
        TerminalError: there is no such template, or it is wrong; says where.
    """
    environment = _environment(tuple(_folders(product)), media_of(name))
    try:
        return environment.get_template(name + SUFFIX).render(**facts)
    except TemplateError as problem:
        where = f"{getattr(problem, 'name', None) or name}:{getattr(problem, 'lineno', '?')}"
        raise TerminalError(f"template {where}: {problem}") from problem


def has_template(product: Product, name: str) -> bool:
    """Whether there is a template called ``name``."""
    return any((folder / (name + SUFFIX)).is_file() for folder in _folders(product))


def markdown(value: object) -> Markup:
    r"""``value`` as text on one line of Markdown that means nothing but itself.

    >>> str(markdown("# [x](javascript:1)\n<b>"))
    '\\# \\[x\\](javascript:1) \\<b\\>'
    """
    if isinstance(value, Markup):
        return value
    text = _MARKDOWN.sub(r"\\\1", _plain(value)).replace("&", "&amp;")
    if text[:1] in "+-=":
        text = "\\" * bool(text) + text
    return Markup(text)  # noqa: S704 - escaped just above


def plain(value: object) -> str:
    """``value`` as one line of plain text."""
    return _plain(value)


def _html(value: object) -> Markup:
    if isinstance(value, Markup):
        return value
    return escape(_plain(value))


def _plain(value: object) -> str:
    """One line, without control and direction characters."""
    text = "" if value is None else str(value)
    return "".join(c for c in " ".join(text.split()) if unicodedata.category(c)[0] != "C")


def _markdown_link(label: object, url: object) -> Markup:
    text = markdown(label)
    if not LINKS.fullmatch(str(url or "")):
        return text
    return Markup(f"[{text}](<{url}>)")  # noqa: S704 - LINKS lets no bracket or space through


def _html_link(label: object, url: object) -> Markup:
    text = _html(label)
    if not LINKS.fullmatch(str(url or "")):
        return text
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(str(url), text)


def _plain_link(label: object, url: object) -> str:
    text = _plain(label)
    return f"{text} ({url})" if LINKS.fullmatch(str(url or "")) else text


_ESCAPE = {"text/markdown": markdown, "text/html": _html, "text/plain": plain}
_LINK = {"text/markdown": _markdown_link, "text/html": _html_link, "text/plain": _plain_link}


def _folders(product: Product) -> list[Path]:
    own = Path(product.root or ".") / product.templates if product.templates else None
    return [folder for folder in (own, BUILT_IN) if folder is not None]


@lru_cache(maxsize=32)
def _environment(folders: tuple[Path, ...], media: str) -> ImmutableSandboxedEnvironment:
    """Kept, with what it has compiled: that takes longer than the filling in. Edits are seen."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        autoescape=media != "text/plain",
        undefined=StrictUndefined,
        finalize=partial(_filled, _ESCAPE[media]),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals = {"link": _LINK[media]}
    return environment


def _filled(escape: Any, value: object) -> object:
    """What the template prints in place of an expression; a missing name is left to complain."""
    return value if isinstance(value, StrictUndefined) else escape(value)

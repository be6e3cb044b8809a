"""``windlass init``: a project that is ready to run."""

from __future__ import annotations

import getpass
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from windlass.errors import InputError
from windlass.spec.loader import load_product
from windlass.spec.scalars import Slug

#: File of the starter → where it goes; ``$product`` is filled in, in the names too.
LAYOUT = {
    "README.md.txt": "README.md",
    "gitignore.txt": ".gitignore",
    "dag.py.txt": "dags/$module.py",
    "watchdog.py.txt": "dags/watchdog.py",
    "product.yaml.txt": "include/products/$product.yaml",
    "company.yaml.txt": "include/company.yaml",
    "teams.yaml.txt": "include/teams.yaml",
    "calendar.yaml.txt": "include/calendars/company.yaml",
    "index.html.txt": "site/index.html",
    "package.py.txt": "tools/package.py",
    "check.py.txt": "tools/check.py",
    "deploy.py.txt": "tools/deploy.py",
}


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(init)


def init(
    directory: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    product: Annotated[str, typer.Option(help="Name of the first product.")] = "site",
) -> None:
    """Write a new project: dags/, include/ with an eight-line product, and a page to release."""
    for path in write_project(directory, product):
        typer.echo(f"  {path.relative_to(directory)}")
    typer.echo(f"Ready. Next: cd {directory} && windlass validate && windlass plan {product} patch")


def write_project(directory: Path, product: str) -> list[Path]:
    """Write the starter into ``directory``, commit it to git, and read it back.

    Raises:
        InputError: the folder holds something already, or the name cannot be a product's.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise InputError(f"{directory} is not empty; name a new folder")
    _check_name(product)
    words = {"product": product, "module": product.replace("-", "_"), "email": _email()}
    written = [
        _write(directory / Template(target).substitute(words), source, words)
        for source, target in LAYOUT.items()
    ]
    load_product(directory / "include" / "products" / f"{product}.yaml")
    _commit(directory)
    return written


def _check_name(product: str) -> None:
    from pydantic import TypeAdapter, ValidationError

    try:
        TypeAdapter(Slug).validate_python(product)
    except ValidationError:
        raise InputError(
            f"{product!r} cannot be a product's name; use lower-case letters, digits, - and _"
        ) from None


def _write(path: Path, source: str, words: dict[str, str]) -> Path:
    text = (files("windlass.cli") / "starter" / source).read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(Template(text).substitute(words), encoding="utf-8")
    return path


def _email() -> str:
    """The address git commits with here; a local one where git has none."""
    found = _git(Path.cwd(), "config", "user.email") if shutil.which("git") else ""
    return found or f"{getpass.getuser()}@localhost"


def _commit(directory: Path) -> None:
    """Releases are cut from commits: make the first one."""
    if not shutil.which("git"):
        return
    identity = ("-c", f"user.email={_email()}", "-c", f"user.name={getpass.getuser()}")
    _git(directory, "init", "--quiet", "--initial-branch=main")
    _git(directory, "add", "--all")
    _git(directory, *identity, "commit", "--quiet", "--message=feat: a project to release")


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=30
    )
    if done.returncode and words[0] != "config":
        raise InputError(f"git {words[0]} failed in {folder}: {done.stderr.strip()}")
    return done.stdout.strip()

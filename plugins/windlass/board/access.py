"""Who asks, what they may see, and whether a form was sent from our own page."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from fastapi import Depends, HTTPException, Query, Request

from windlass.airflow_internals import logged_in, may_change, may_see

#: The logged-in user of Airflow: what its own ``GetUserDep`` is.
User = Annotated[Any, Depends(logged_in())]
#: A form is at most this many bytes.
LARGEST_FORM = 64 * 1024
FORM = "application/x-www-form-urlencoded"


def seen_by(user: Any) -> Any:
    """The part of some DAGs that ``user`` may see, as a function."""

    def seen(dag_ids: Collection[str]) -> set[str]:
        return may_see(user, dag_ids)

    return seen


def visible(user: User, release: Annotated[str, Query(alias="id", max_length=250)]) -> str:
    """The release in the query, when its DAG may be seen; else 403."""
    dag_id = release.partition("/")[0]
    if not may_see(user, {dag_id}):
        raise HTTPException(403, f"you may not see {dag_id}")
    return release


#: The release's id from the query; the user may see it.
Visible = Annotated[str, Depends(visible)]


def changeable(user: User, release: Visible) -> str:
    """The release in the query, when the user may change runs of its DAG; else 403."""
    if not may_change(user, release.partition("/")[0]):
        raise HTTPException(403, f"Airflow lets you look at {release}, not change it")
    return release


#: The release's id from the query; the user may change it.
Changeable = Annotated[str, Depends(changeable)]


def same_origin(request: Request) -> None:
    """Refuse what another site's page made the browser send; 403.

    A browser says where a request comes from (``Sec-Fetch-Site``, and ``Origin`` on every POST),
    and no page can forge either. What says neither is not a browser's form, and is refused too.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        allowed = site == "same-origin"
    else:
        allowed = bool(origin) and urlsplit(str(origin)).netloc == request.headers.get("host")
    if not allowed:
        raise HTTPException(403, "this form must be sent from the release's own page")


async def sent(request: Request) -> dict[str, str]:
    """The fields of a form; 415 or 413 when it is none, or too large."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != FORM:
        raise HTTPException(415, f"a form is sent as {FORM}")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise HTTPException(413, f"a form is at most {LARGEST_FORM} bytes")
    found = parse_qs(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=50)
    return {name: values[-1] for name, values in found.items()}


#: The fields of the form.
Sent = Annotated[dict[str, str], Depends(sent)]

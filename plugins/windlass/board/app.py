"""The board's web application, mounted by Airflow's API server."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from windlass.airflow_internals import logged_in, may_change
from windlass.board.access import Changeable, Sent, User, Visible, same_origin, seen_by
from windlass.board.acting import Actor
from windlass.board.pages import NOTHING_KEPT, Kept, link_to, page, style
from windlass.board.reading import Reader
from windlass.connections import airflow_ports, configured_ledger
from windlass.errors import InputError, WindlassError
from windlass.ledger import Ledger

#: What a page says after an act; nothing from the address is ever shown.
SAID = {
    "answered": "Your answer is in the ledger. The task that asked goes on within seconds.",
    "hold": "The release is held.",
    "resume": "The release goes on.",
    "postpone": "Day 0 has moved, and everything that was announced with it.",
    "override": "This release, and no other, is let through until a day after Day 0.",
    "cancel": "The release is cancelled.",
    "abort": "The release is aborted: what it had exposed is rolled back.",
}
#: The prefix of a question's field in the form: other names are ours.
FIELD = "field:"

Said = Annotated[str, Query(max_length=20)]
Before = Annotated[int | None, Query(ge=1)]


def create_app() -> FastAPI:
    """The application. Every route takes Airflow's user: nothing is shown to strangers."""
    app = FastAPI(
        title="Windlass releases",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(logged_in())],
    )
    app.add_api_route("/", home, response_class=HTMLResponse)
    app.add_api_route("/style.css", css)
    app.add_api_route("/release", release, response_class=HTMLResponse)
    app.add_api_route("/export", export)
    guarded = [Depends(same_origin)]
    app.add_api_route("/answer", answer, methods=["POST"], dependencies=guarded)
    app.add_api_route("/act", act, methods=["POST"], dependencies=guarded)
    app.add_exception_handler(StarletteHTTPException, problem_page)
    app.add_exception_handler(WindlassError, problem_page)
    return app


def home(request: Request, user: User) -> HTMLResponse:
    """What waits for me, what goes on, what is live where."""
    found = _reader(configured_ledger()).home(str(user.get_id()), seen_by(user))
    return page(request, "home.html.j2", home=found, now=datetime.now(UTC))


def css(user: User) -> Response:  # noqa: ARG001 - asked for so that strangers get nothing
    """The style sheet."""
    return Response(style(), media_type="text/css", headers={"Cache-Control": "max-age=300"})


def release(
    request: Request, user: User, release: Visible, said: Said = "", before: Before = None
) -> HTMLResponse:
    """One release: phases, gates, questions, rollout, history."""
    return _release(request, user, release, before=before, said=SAID.get(said, ""))


def export(user: User, release: Visible) -> Response:  # noqa: ARG001 - ``Visible`` has asked
    """The release's events as a file that verifies offline."""
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in release)
    return Response(
        configured_ledger().export(release),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.json"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def answer(request: Request, user: User, release: Changeable, form: Sent) -> Response:
    """Answer a question, as it was shown."""
    fields = {n.removeprefix(FIELD): text for n, text in form.items() if n.startswith(FIELD)}
    question = form.get("question", "")
    try:
        _actor(user).answer(release, question, form.get("option", ""), fields)
    except InputError as problem:
        kept = Kept(question=question, problem=str(problem), fields=fields)
        return _release(request, user, release, status=422, kept=kept)
    return RedirectResponse(f"{link_to(release)}&said=answered", 303)


def act(request: Request, user: User, release: Changeable, form: Sent) -> Response:
    """Use a verb: hold, resume, postpone, override, cancel or abort."""
    verb = form.get("verb", "")
    try:
        _actor(user).use(release, verb, form)
    except WindlassError as problem:
        begun = not isinstance(problem, InputError)
        kept = Kept(
            verb=verb,
            problem=str(problem),
            begun=begun,
            reason=form.get("reason", ""),
            to=form.get("to", ""),
            target=form.get("target", ""),
        )
        return _release(request, user, release, status=422, kept=kept)
    return RedirectResponse(f"{link_to(release)}&said={verb}", 303)


def problem_page(request: Request, problem: Exception) -> Response:
    """A page for what went wrong, with the status it has."""
    status = problem.status_code if isinstance(problem, StarletteHTTPException) else 503
    if isinstance(problem, InputError):
        status = 404
    text = problem.detail if isinstance(problem, StarletteHTTPException) else str(problem)
    return page(request, "problem.html.j2", status, text=text, login=status == 401)


def _release(
    request: Request,
    user: User,
    name: str,
    *,
    status: int = 200,
    before: int | None = None,
    said: str = "",
    kept: Kept = NOTHING_KEPT,
) -> HTMLResponse:
    """The page of a release; ``kept`` is what was filled into a form that was refused."""
    changes = may_change(user, name.partition("/")[0])
    found = _reader(configured_ledger()).release(
        name, str(user.get_id()), may_change=changes, before=before
    )
    values = {"page": found, "said": said, "kept": kept, "may_change": changes}
    return page(request, "release.html.j2", status, **values)


def _actor(user: User) -> Actor:
    return Actor(configured_ledger(), airflow_ports, str(user.get_id()))


@cache
def _reader(ledger: Ledger) -> Reader:
    return Reader(ledger)

"""The app mounted as Airflow mounts it, and a browser's requests to it."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from windlass.airflow_internals import logged_in
from windlass.board.app import create_app
from windlass.board.prefix import PREFIX

SAME = {"Sec-Fetch-Site": "same-origin"}


class Web:
    """One app and one browser."""

    def __init__(self) -> None:
        self.app = create_app()
        self.root = FastAPI()
        self.root.mount(PREFIX, self.app)
        self.client = TestClient(
            self.root, base_url="http://airflow.example", follow_redirects=False
        )

    def as_user(self, name: str, role: str = "admin") -> Web:
        """Log in."""
        user = SimpleAuthManagerUser(username=name, role=role)
        self.app.dependency_overrides[logged_in()] = lambda: user
        return self

    def get(self, path: str) -> Response:
        """A page."""
        return self.client.get(PREFIX + path)

    def release(self, release_id: str, more: str = "") -> Response:
        """The page of a release."""
        return self.get(f"/release?id={quote(release_id, safe='')}{more}")

    def post(
        self, path: str, release_id: str, headers: dict[str, str] | None = None, **fields: str
    ) -> Response:
        """A form, sent from our own page unless ``headers`` say otherwise."""
        return self.client.post(
            f"{PREFIX}{path}?id={quote(release_id, safe='')}",
            content=urlencode({n.replace("__", ":"): v for n, v in fields.items()}),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                **(SAME if headers is None else headers),
            },
        )

"""A browser that is logged in to the cockpit, without the time that a password takes."""

import re
from datetime import UTC, datetime

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient

from untagged.accounts import book, sessions
from untagged.accounts.book import By
from untagged.accounts.roles import Role
from untagged.pipeline import Pipeline
from untagged.web.app import create_app
from untagged.web.cookies import SESSION
from untagged.web.doors import FORM_HEADER

DOMAIN = "testserver.local"
"""Of the cookies that a TestClient is sent."""


def entered(
    pipeline: Pipeline,
    *,
    name: str = "tester",
    role: Role = "admin",
    agent: str = "",
    brands: tuple[str, ...] = (),
    teams: tuple[str, ...] = (),
    follow_redirects: bool = True,
    app: FastAPI | None = None,
    below: str = "",
) -> TestClient:
    """A client of the user, who is made if there is none; its changes carry the form's token."""
    client = TestClient(
        app or create_app(pipeline),
        base_url=f"http://testserver{below}",
        follow_redirects=follow_redirects,
    )
    now = datetime.now(UTC)
    with pipeline.begin() as connection:
        user = book.find_user(connection, name) or book.add_user(
            connection,
            name,
            role=role,
            by=By("test", now),
            agent=agent,
            brands=brands,
            teams=teams,
        )
        token = sessions.begin_session(
            connection, user.id, now=now, address="127.0.0.1", browser="a test"
        )
    client.cookies.set(SESSION, token, domain=DOMAIN)
    client.headers[FORM_HEADER] = sessions.form_token(token)
    return client


def work_as(client: TestClient, agent: str) -> None:
    """Let the client's user be another agent of the settings."""
    assert isinstance(client.app, FastAPI)
    with client.app.state.pipeline.begin() as connection:
        user = book.named_user(connection, "tester")
        book.set_agent(connection, user, agent, by=By("test", datetime.now(UTC)))


def form_token_in(page: str) -> str:
    """What the page's forms carry."""
    found = re.search(r'name="csrf" value="(\w+)"', page)
    assert found, page
    return found[1]


def logged_in_at(url: str, name: str, password: str) -> httpx.Client:
    """A client of a cockpit in another process, logged in by its form."""
    client = httpx.Client(base_url=url, follow_redirects=True, timeout=30)
    csrf = form_token_in(client.get("/login").text)
    answer = client.post("/login", data={"name": name, "password": password, "csrf": csrf})
    assert answer.status_code == 200, answer.text
    return client

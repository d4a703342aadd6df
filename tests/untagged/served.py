"""The cockpit as people reach it: a web server on a loopback port."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import uvicorn
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser import eventually
from untagged.accounts import book
from untagged.accounts.book import By as Who
from untagged.accounts.roles import Role
from untagged.pipeline import Pipeline
from untagged.web.app import create_app

START_SECONDS = 30
NAME, PASSWORD = "tester", "one tall green window"


@contextlib.contextmanager
def served(pipeline: Pipeline) -> Iterator[str]:
    """Its address, without a slash at the end; the pipeline stays the caller's.

    It has an admin for `log_in`, and every agent of the settings.
    """
    agents = {agent.name for team in pipeline.settings.teams for agent in team.agents}
    with pipeline.begin() as connection:
        by = Who("test", datetime.now(UTC))
        for name in (NAME, *agents):
            if book.find_user(connection, name) is None:
                role: Role = "admin" if name == NAME else "agent"
                book.add_user(connection, name, role=role, password=PASSWORD, by=by)
    app = create_app(pipeline)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", ws="none", lifespan="off", proxy_headers=False)
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until = time.monotonic() + START_SECONDS
            while not server.started and thread.is_alive() and time.monotonic() < until:
                time.sleep(0.01)
            assert server.started, "the cockpit did not start"
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            app.state.changes.end()
            server.should_exit = True
            thread.join()


def log_in(browser: WebDriver, url: str, path: str, *, name: str = NAME) -> None:
    """The page, by way of the login if it is asked for, as a person does it."""
    browser.get(url + path)
    if "/login?" not in browser.current_url:
        return
    browser.find_element(By.NAME, "name").send_keys(name)
    browser.find_element(By.NAME, "password").send_keys(PASSWORD)
    browser.find_element(By.CSS_SELECTOR, "main button").click()
    eventually(browser, lambda: "/login" not in browser.current_url, what=path)

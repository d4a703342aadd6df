"""Takes the pictures of docs/cockpit.md anew: `.venv/bin/python -m tests.pictures`.

Every page of the cockpit as the demo town shows it three hours into an outage, 1280 points wide.
"""

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from selenium.webdriver.remote.webdriver import WebDriver

from alerts.book import list_alerts
from cases import desk
from tests.browser import browsing, eventually, sized
from tests.untagged.served import log_in, served
from tests.untagged.told_town import heard
from untagged.digests.asked import Asked
from untagged.digests.issuing import issue
from untagged.pipeline import Pipeline

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
WIDTH = 1280
PHONE = 390
DRAWN = "return [...document.images].every((one) => one.complete)"


def pages(pipeline: Pipeline) -> Iterator[tuple[str, str, int, int]]:
    """Of each picture its name, the address, and the size of the window."""
    with pipeline.read() as connection:
        spike = next(one for one in list_alerts(connection) if one.kind == "spike")
        case = next(one for one in desk.list_cases(connection) if "?" in one.excerpt)
    began = spike.began_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    query = "brand%3A%22Heron+Air%22+AND+sentiment%3Anegative"
    of_spike = f"/brands/Heron%20Air/spike?signal=negative&began={began}"
    wide = {
        "now": ("/", 1200), "search": (f"/search?q={query}", 1200), "cases": ("/cases", 1000),
        "case": (f"/cases/{case.id}", 1300), "alerts": ("/alerts", 1100),
        "alert": (f"/alerts/{spike.id}", 1300), "silences": ("/silences", 800),
        "incidents": ("/incidents", 500), "incident": ("/incidents/1", 1500),
        "incident-status": ("/incidents/1/status", 800),
        "incident-report": ("/incidents/1/report", 1300),
        "brand": ("/brands/Heron%20Air", 1700), "spike": (of_spike, 1300),
        "requests": ("/requests", 1000), "request": ("/requests/FR-1", 1200),
        "digests": ("/digests", 1000), "digest": ("/digests/1", 1500),
        "known-questions": ("/questions/known", 500),
        "keep-question": (f"/questions/keep?id={case.mention_id}", 700),
        "team": ("/team", 1500), "rules": ("/rules", 1100),
        "rule-try": (f"/rules/try?kind=watchlist&query={query}", 700),
        "routing": ("/routing", 1200), "routing-edit": ("/routing/edit", 1300),
        "sources": ("/sources", 1000), "outbox": ("/outbox", 900), "webhooks": ("/webhooks", 600),
        "users": ("/admin/users", 1000), "user": ("/admin/users/1", 1000),
        "audit": ("/admin/audit", 700), "trail": ("/admin/audit/cases?itself=true", 800),
        "erase": ("/admin/erase", 800), "account": ("/account", 900),
    }  # fmt: skip
    yield from ((name, path, WIDTH, height) for name, (path, height) in wide.items())
    yield "phone", "/cases", PHONE, 844


def take(browser: WebDriver, url: str, name: str, *, width: int, height: int, path: str) -> None:
    """The page as it is once its charts are drawn."""
    with sized(browser, width=width, height=height):
        browser.get(url + path)
        eventually(browser, lambda: browser.execute_script(DRAWN), what=f"{name}'s charts")
        browser.save_screenshot(str(FOLDER / f"{name}.png"))


def main() -> None:
    """Take those that are named, else all."""
    wanted = sys.argv[1:]
    now = datetime.now(UTC)
    week = Asked(now - timedelta(days=7), now, now, brand="Heron Air")
    with tempfile.TemporaryDirectory() as folder, heard(Path(folder)) as pipeline:
        for kind in ("health", "feature-requests", "questions"):
            issue(pipeline, kind, week)
        with served(pipeline) as url, browsing() as browser:
            if not wanted or "login" in wanted:
                take(browser, url, "login", width=WIDTH, height=600, path="/login")
            log_in(browser, url, "/")
            for name, path, width, height in pages(pipeline):
                if not wanted or name in wanted:
                    take(browser, url, name, width=width, height=height, path=path)


if __name__ == "__main__":
    main()

"""Fifty people who read the cockpit at once while the town talks, and how long they wait.

    untagged up --no-airflow                       # in another terminal: town, loop, cockpit
    python -m bench readers --password … [--readers 50] [--seconds 120]

Each reader opens a page, looks at it for some seconds (2 to 8, at random) and opens the next.
What counts is the time from asking to the last byte of the page.
"""

import argparse
import random
import re
import statistics
import threading
import time
from collections import defaultdict

import httpx

PAGES = (
    *("/", "/cases", "/cases?status=all", "/alerts", "/incidents", "/sources", "/team"),
    *("/search?q=sentiment:negative&period=7d", "/search?q=delayed+OR+bag&period=30d"),
    *("/brands/Heron%20Air", "/brands/Pomelo?days=28", "/cases/1", "/cases/2", "/cases/3"),
)
SHORTEST, LONGEST = 2.0, 8.0
"""Seconds for which somebody looks at a page."""


def logged_in(url: str, name: str, password: str) -> dict[str, str]:
    """The cookies of a session. One for all: the throttle would refuse fifty logins at once."""
    with httpx.Client(base_url=url, follow_redirects=False) as client:
        form = client.get("/login").text
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        answer = client.post("/login", data={**hidden, "name": name, "password": password})
        if answer.status_code != 303 or "/login" in answer.headers.get("location", ""):
            raise SystemExit(f"the login was answered with {answer.status_code}; is it right?")
        return dict(client.cookies)


def reader(url: str, cookies: dict[str, str], number: int, until: float, waits: list) -> None:
    """One person; `waits` gets (page, seconds, status)."""
    dice = random.Random(number)
    with httpx.Client(base_url=url, cookies=cookies, timeout=60) as client:
        time.sleep(dice.uniform(0, LONGEST))
        while time.monotonic() < until:
            page = dice.choice(PAGES)
            began = time.perf_counter()
            status = client.get(page).status_code
            waits.append((page, time.perf_counter() - began, status))
            time.sleep(dice.uniform(SHORTEST, LONGEST))


def main() -> None:
    """Read for a while and print how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--name", default="admin")
    parser.add_argument("--password", required=True)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120.0)
    asked = parser.parse_args()
    cookies = logged_in(asked.url, asked.name, asked.password)
    waits: list[tuple[str, float, int]] = []
    until = time.monotonic() + asked.seconds
    people = [
        threading.Thread(target=reader, args=(asked.url, cookies, number, until, waits))
        for number in range(asked.readers)
    ]
    for one in people:
        one.start()
    for one in people:
        one.join()
    wrong = sum(status != 200 for _, _, status in waits)
    by_page: dict[str, list[float]] = defaultdict(list)
    for page, seconds, _ in waits:
        by_page[page].append(seconds)
    by_page["all pages"] = [seconds for _, seconds, _ in waits]
    print(
        f"{len(waits)} pages by {asked.readers} readers in {asked.seconds:.0f} s, {wrong} not 200"
    )
    print(f"{'page':44} {'asked':>6} {'p50 ms':>8} {'p95 ms':>8}")
    for page, seconds in by_page.items():
        cuts = statistics.quantiles(seconds, n=20) if len(seconds) > 1 else seconds * 20
        print(f"{page:44} {len(seconds):6} {1000 * cuts[9]:8.0f} {1000 * cuts[18]:8.0f}")


if __name__ == "__main__":
    main()

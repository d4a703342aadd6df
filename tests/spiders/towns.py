"""A town of the real today for tests that collect: the story's last days, its clock in our hand."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from untagged.town.server import TownSettings, running

NOW = datetime.fromisoformat("2026-03-06T16:20:00+00:00")


@dataclass(frozen=True)
class TownToday:
    """The town's address and its control."""

    url: str
    client: httpx.Client

    def now(self) -> datetime:
        return datetime.fromisoformat(self._asked("GET", "/town/clock")["now"])

    def wait(self, **span: float) -> None:
        self._asked("POST", "/town/clock", advance_seconds=timedelta(**span).total_seconds())

    def publish(self, text: str, **post: Any) -> str:
        """Publish a post by hand; gives its number."""
        said: str = self._asked("POST", "/town/posts", text=text, **post)["id"]
        return said

    def edit(self, number: str, text: str) -> None:
        self._asked("PATCH", f"/town/posts/{number}", text=text)

    def delete(self, number: str) -> None:
        self._asked("DELETE", f"/town/posts/{number}")

    def truths(self, site: str) -> dict[str, Any]:
        """What stands on the site, by id."""
        answer = self._asked("GET", "/town/truth")
        return {one["id"]: one for one in answer if one["site"] == site and not one["deleted"]}

    def _asked(self, method: str, path: str, **body: Any) -> Any:
        answer = self.client.request(method, path, json=body or None)
        answer.raise_for_status()
        return answer.json()


@contextlib.contextmanager
def town(*, days: int = 14) -> Iterator[TownToday]:
    settings = TownSettings(now=NOW, days=days, pace=0, control=True)
    with running(settings) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield TownToday(url, client)

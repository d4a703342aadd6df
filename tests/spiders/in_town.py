"""A frozen town of a test's own, with a hand on what is said there."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from untagged.town.server import TownSettings, running
from untagged.town.sites.reddit import number_of_id36

NOW = datetime(2026, 3, 6, 16, 20, tzinfo=UTC)


@dataclass(frozen=True)
class InTown:
    """The town at `url`, which speaks as one of its sites."""

    url: str
    client: httpx.Client
    site: str

    def says(self, text: str, **fields: Any) -> int:
        """Publish a post and give its number."""
        answer = self.client.post("/town/posts", json={"text": text, "site": self.site, **fields})
        assert answer.status_code == 201, answer.text
        return self.number(answer.json()["id"])

    def number(self, native_id: str) -> int:
        """The number in a native id, which ends in it; a topic's first post is its number 1."""
        if self.site == "reddit":
            return number_of_id36(native_id)
        *place, number = native_id.rpartition(".")[2].lstrip("ac").removeprefix("gp:").split("/")
        return int(place[-1] if place and number == "1" else number)

    def id_of(self, number: int) -> str:
        """The native id of a post that stands."""
        return next(native_id for native_id in self.truths() if self.number(native_id) == number)

    def edits(self, number: int, text: str) -> None:
        self.client.patch(f"/town/posts/{number}", json={"text": text}).raise_for_status()

    def deletes(self, number: int) -> None:
        self.client.delete(f"/town/posts/{number}").raise_for_status()

    def now(self) -> datetime:
        return datetime.fromisoformat(self.client.get("/town/clock").json()["now"])

    def advances(self, **span: float) -> datetime:
        seconds = timedelta(**span).total_seconds()
        answer = self.client.post("/town/clock", json={"advance_seconds": seconds})
        return datetime.fromisoformat(answer.json()["now"])

    def truths(self) -> dict[str, dict[str, Any]]:
        """What stands on the site, by id, oldest first."""
        every = self.client.get("/town/truth").json()
        return {one["id"]: one for one in every if one["site"] == self.site and not one["deleted"]}


@contextlib.contextmanager
def town(site: str, *, days: int = 3, now: datetime = NOW, **settings: Any) -> Iterator[InTown]:
    made = TownSettings(now=now, days=days, pace=0, control=True, **settings)
    # A pass may take longer than the server keeps an idle connection open.
    once = httpx.Limits(max_keepalive_connections=0)
    with running(made) as url, httpx.Client(base_url=url, limits=once) as client:
        yield InTown(url, client, site)

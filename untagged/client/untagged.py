"""The client: everything that the API does, by name."""

import json
from collections.abc import Iterator
from types import TracebackType
from typing import Any, cast
from urllib.parse import quote

from untagged.client.alerts import Alerts, Incidents, Moment
from untagged.client.asking import Asker
from untagged.client.cases import Cases
from untagged.client.reports import Digests, Requests
from untagged.client.shapes import Brand, Mention, Series, Source, Spike
from untagged.client.webhooks import Webhooks


class Untagged:
    """A cockpit's API at `url`, such as http://127.0.0.1:8000, with a token of its own.

    Reads are repeated while the server fails, everything while it says that it was asked too
    often. Errors are of `untagged.client.errors`.
    """

    def __init__(self, url: str, *, token: str, **how: Any) -> None:
        self._asker = Asker(url, token=token, **how)
        self.cases = Cases(self._asker)
        self.alerts = Alerts(self._asker)
        self.incidents = Incidents(self._asker)
        self.digests = Digests(self._asker)
        self.requests = Requests(self._asker)
        self.webhooks = Webhooks(self._asker)

    def __enter__(self) -> "Untagged":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._asker.close()

    def search(
        self,
        query: str = "*",
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        sort: str | None = None,
    ) -> Iterator[Mention]:
        """Every mention that matches, the newest first or as `sort` says, page after page."""
        asked = {"q": query, "since": since, "until": until, "sort": sort}
        return self._asker.pages("/mentions", **asked, limit=200)

    def count(
        self, query: str = "*", *, since: Moment | None = None, until: Moment | None = None
    ) -> int:
        """How many mentions match."""
        page = self._asker.get("/mentions", q=query, since=since, until=until, limit=0)
        return int(page["total"])

    def facet(
        self,
        query: str,
        field: str,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> dict[str, int]:
        """How many of the matches have each value of a field."""
        asked = {"q": query, "since": since, "until": until, "facet": field, "limit": 0}
        counts = self._asker.get("/mentions", **asked)["facets"][field]
        return {one["value"]: one["mentions"] for one in counts}

    def mention(self, mention_id: str) -> Mention:
        """One mention, by its id."""
        return cast("Mention", self._asker.get(f"/mentions/{quote(mention_id, safe=':/')}"))

    def series(
        self,
        query: str = "*",
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        bucket: str = "1h",
        by: str | None = None,
    ) -> Series:
        """Mentions and distinct authors per bucket, and `by` the values of a field."""
        asked = {"q": query, "since": since, "until": until, "bucket": bucket, "by": by}
        return cast("Series", self._asker.get("/series", **asked))

    def export(
        self, query: str = "*", *, since: Moment | None = None, until: Moment | None = None
    ) -> Iterator[Mention]:
        """The matches, oldest first, at most 100,000, as they stream in."""
        with self._asker.lines("/export", q=query, since=since, until=until) as lines:
            yield from (json.loads(line) for line in lines if line)

    def correct(self, mention_id: str, field: str, value: str | None) -> Mention:
        """Say what a mention is: sentiment, intent, severity, or brand:NAME (yes or no).

        None takes the correction back.
        """
        body = {"mention_id": mention_id, "field": field, "value": value}
        return cast("Mention", self._asker.post("/corrections", body))

    def brands(self) -> list[Brand]:
        """What is listened for."""
        return cast("list[Brand]", self._asker.get("/brands")["items"])

    def sources(self) -> list[Source]:
        """How the sources are doing."""
        return cast("list[Source]", self._asker.get("/sources")["items"])

    def spikes(
        self,
        *,
        brand: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> list[Spike]:
        """What stood out; the last week if nothing is said."""
        asked = {"brand": brand, "since": since, "until": until}
        return cast("list[Spike]", self._asker.get("/spikes", **asked)["items"])

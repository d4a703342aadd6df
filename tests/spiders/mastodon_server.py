"""A Mastodon server as small as a test needs: timelines, search, Link headers, ids in order."""

import json
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from spiders.paging import id_order
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked

TOKEN = "let-me-in"
_AUTHOR = {"id": "1", "username": "ana", "acct": "ana", "url": "https://social.example/@ana"}


def status(number: int, *, at: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "id": str(100_000 + number),
        "created_at": at.isoformat(),
        "visibility": "public",
        "content": f"<p>Post {number} about #acme</p>",
        "account": _AUTHOR,
        **fields,
    }


@dataclass
class MastodonServer:
    """One post each minute up to NOW; `page` overrules the limit that is asked for."""

    posts: int
    page: int | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    first: int = 0

    def __post_init__(self) -> None:
        self.begin = NOW - timedelta(minutes=self.posts)

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/api/v1/timelines/public":
            return self.timeline(asked)
        if asked.path == "/api/v1/timelines/tag/acme":
            return self.timeline(asked)
        if asked.path == "/api/v2/search":
            if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
                return Answer(b'{"error": "The access token is invalid"}', status=401)
            statuses = json.loads(self.timeline(asked).body)
            body = {"accounts": [], "statuses": statuses, "hashtags": []}
            return Answer(json.dumps(body).encode())
        _, is_status, rest = asked.path.partition("/api/v1/statuses/")
        if is_status:
            return self.status(*rest.split("/"))
        return Answer(b'{"error": "Record not found"}', status=404)

    def status(self, status_id: str, context: str = "") -> Answer:
        said = next((one for one in self.every() if one["id"] == status_id), None)
        if said is None:
            return Answer(b'{"error": "Record not found"}', status=404)
        answers = [one for one in self.every() if one.get("in_reply_to_id") == status_id]
        whole = {"ancestors": [], "descendants": answers} if context else said
        return Answer(json.dumps(whole).encode())

    def every(self) -> list[dict[str, Any]]:
        minutes = range(self.first, self.posts)
        return [
            status(n, at=self.begin + timedelta(minutes=n), **self.changes.get(n, {}))
            for n in minutes
        ]

    def timeline(self, asked: Asked) -> Answer:
        limit = self.page or int(asked.query.get("limit", 20))
        every = self.every()
        if min_id := asked.query.get("min_id"):
            newer = [one for one in every if id_order(one["id"]) > id_order(min_id)]
            chosen = newer[:limit][::-1]
        else:
            max_id = asked.query.get("max_id")
            older = [one for one in every if not max_id or id_order(one["id"]) < id_order(max_id)]
            chosen = older[-limit:][::-1]
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if chosen:
            where = f"https://elsewhere.example{asked.path}"
            headers["Link"] = (
                f'<{where}?limit={limit}&max_id={chosen[-1]["id"]}>; rel="next", '
                f'<{where}?limit={limit}&min_id={chosen[0]["id"]}>; rel="prev"'
            )
        return Answer(json.dumps(chosen).encode(), headers=headers)

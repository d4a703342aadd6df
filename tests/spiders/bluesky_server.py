"""A small Bluesky server of a test's own: posts a minute apart, sessions, and what goes wrong."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked

PASSWORD = "abcd-efgh-ijkl-mnop"
DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"


def uri(number: int) -> str:
    return f"at://{DID}/app.bsky.feed.post/k{number:05d}"


def said(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def view(number: int, at: datetime, **more: Any) -> dict[str, Any]:
    record = {"text": f"acme, word {number}", "createdAt": said(at)}
    author = {"did": DID, "handle": "amber.example", "displayName": "Amber"}
    shown = {"uri": uri(number), "author": author, "record": record, "indexedAt": said(at)}
    return {**shown, "likeCount": 1, "repostCount": 0, "replyCount": 0, **more}


class BlueskyServer:
    """The newest post is as old as `NOW`; `gap` is the time between two."""

    def __init__(self, posts: int, gap: timedelta = timedelta(minutes=1)) -> None:
        self.views = {n: view(n, NOW - gap * (posts - 1 - n)) for n in range(posts)}
        self.home = ""
        self.opened = 0
        self.expired: set[str] = set()
        self.fault: Callable[[Asked], Answer | None] = lambda asked: None

    def __call__(self, asked: Asked) -> Answer:
        name = asked.path.removeprefix("/xrpc/")
        if answer := self.fault(asked):
            return answer
        if asked.method == "POST":
            return self.session(name, asked)
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self.expired:
            return error(400, "ExpiredToken", "Token has expired")
        if not token.startswith("access-"):
            return error(403, "Forbidden", "no session")
        return self.search(asked.query) if name.endswith("searchPosts") else error(501, "No", "")

    def session(self, name: str, asked: Asked) -> Answer:
        if name.endswith("createSession"):
            if json.loads(asked.body)["password"] != PASSWORD:
                return error(401, "AuthenticationRequired", "Invalid identifier or password")
        elif asked.headers["Authorization"] not in (f"Bearer refresh-{self.opened}",):
            return error(400, "ExpiredToken", "Token has been revoked")
        self.opened += 1
        tokens = {"accessJwt": f"access-{self.opened}", "refreshJwt": f"refresh-{self.opened}"}
        place = {"id": "#atproto_pds", "serviceEndpoint": self.home}
        return found({**tokens, "did": DID, "didDoc": {"service": [place] if self.home else []}})

    def search(self, query: dict[str, str]) -> Answer:
        assert query["sort"] == "latest"
        fitting = [
            one
            for one in self.views.values()
            if query["since"] <= said_sort(one) < query.get("until", "9")
        ]
        fitting.sort(key=said_sort, reverse=True)
        return found({"posts": fitting[: int(query["limit"])]})


def said_sort(one: dict[str, Any]) -> str:
    return min(one["record"]["createdAt"], one["indexedAt"])


def found(answer: object) -> Answer:
    return Answer(json.dumps(answer).encode())


def error(status: int, name: str, message: str) -> Answer:
    return Answer(json.dumps({"error": name, "message": message}).encode(), status)

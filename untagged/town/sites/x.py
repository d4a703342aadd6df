"""The API of X under /x, as far as a collector needs it. Reference: docs.x.com/x-api/posts.

As there: searches answer the newest first and page by `next_token`, only the fields that were
asked for are told, an edited post has another id and a history, and what is gone is an error in
an answer of 200. The town's plan has no full archive.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mentions.times import parse_moment
from untagged.town.post import Post, number_of
from untagged.town.site import Site
from untagged.town.sites.mastodon_search import Test, alternatives
from untagged.town.town import Town
from untagged.town.truth import iso

SITE = Site("x", native_id=str, path=lambda post: f"/x/{post.author.handle}/status/{post.number}")
_FEWEST, _MOST = 10, 100
_REACH = timedelta(days=7)
_CONVERSATION = re.compile(r"\bconversation_id:(\d{1,19})\b")
_NEWEST = timedelta(seconds=10)
"""A search may end so shortly before it is asked."""
_ALWAYS = ("id", "text", "edit_history_tweet_ids")
_TITLE = {400: "Invalid Request", 401: "Unauthorized", 403: "Client Forbidden"}
Json = dict[str, Any]


def routes(town: Town, *, token: str) -> list[Route]:
    """Search and look-up; both need `token`."""
    api = _Api(town, token)
    return [
        Route("/x/2/tweets/search/recent", api.recent),
        Route("/x/2/tweets/search/all", api.all),
        Route("/x/2/tweets", api.look_up),
    ]


@dataclass(frozen=True, slots=True)
class _Version:
    """A post as it read since its publication or since its edit."""

    id: int
    post: Post
    text: str
    made: datetime


class _Api:
    def __init__(self, town: Town, token: str) -> None:
        self.town = town
        self.token = token

    async def all(self, request: Request) -> Response:
        return self._refused(request) or _problem(403, "Your plan does not have this endpoint.")

    async def recent(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        now, asked = self.town.now(), request.query_params
        if wrong := _wrong(request, now):
            return _problem(400, wrong)
        fits = _fitting(asked["query"])
        found = (
            version
            for version in self._versions(now)
            if _is_within(version, request, now) and fits(version.post, version.text)
        )
        limit = int(asked.get("max_results", _FEWEST))
        page = list(islice(found, limit + 1))
        shown = page[:limit]
        meta: Json = {"result_count": len(shown)}
        if shown:
            meta |= {"newest_id": str(shown[0].id), "oldest_id": str(shown[-1].id)}
        if len(page) > limit:
            meta["next_token"] = f"t{shown[-1].id}"
        return JSONResponse({**self._answer(request, shown, now), "meta": meta})

    async def look_up(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        now = self.town.now()
        ids = request.query_params.get("ids", "").split(",")
        if not all(one.isascii() and one.isdigit() and len(one) < 20 for one in ids):
            return _problem(400, f"The `ids` query parameter value {ids} is not valid")
        if len(ids) > _MOST:
            return _problem(400, f"The number of values in the `ids` is not between 1 and {_MOST}")
        known = {
            one.id: one for version in self._versions(now) for one in _history(version.post, now)
        }
        answer = self._answer(request, [known[int(one)] for one in ids if int(one) in known], now)
        errors = [_missing(one) for one in ids if int(one) not in known]
        return JSONResponse({**answer, "errors": errors} if errors else answer)

    def _refused(self, request: Request) -> Response | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        return None if given == self.token else _problem(401, "Unauthorized")

    def _versions(self, now: datetime) -> Iterator[_Version]:
        """The latest version of each post that stands, the newest first."""
        found = (_history(post, now)[-1] for post in self.town.newest("x", now))
        return iter(sorted(found, key=lambda version: version.id, reverse=True))

    def _answer(self, request: Request, shown: list[_Version], now: datetime) -> Json:
        answer: Json = {"data": [self._post(request, one, now) for one in shown]} if shown else {}
        expansions = _listed(request, "expansions")
        others: dict[int, _Version] = {}
        if "edit_history_tweet_ids" in expansions:
            edited = (one for one in shown if len(_history(one.post, now)) > 1)
            others |= {v.id: v for one in edited for v in _history(one.post, now)}
        if "referenced_tweets.id" in expansions:
            parents = (self.town.find(v.post.reply_to or 0, now) for v in shown)
            others |= {p.number: _history(p, now)[0] for p in parents if p}
        includes: Json = {}
        if "author_id" in expansions:
            people = {v.post.author.number: v.post.author for v in (*shown, *others.values())}
            includes["users"] = [_user(person) for person in people.values()]
        if others:
            includes["tweets"] = [self._post(request, one, now) for one in others.values()]
        return {**answer, "includes": includes} if includes and shown else answer

    def _post(self, request: Request, version: _Version, now: datetime) -> Json:
        post = version.post
        likes, shares = post.counts_at(now)
        parent = post.reply_to
        escaped = version.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        every: Json = {
            "id": str(version.id),
            "text": escaped,
            "edit_history_tweet_ids": [str(one.id) for one in _history(post, now)],
            "author_id": str(post.author.number),
            "conversation_id": str(post.thread or post.number),
            "created_at": iso(version.made),
            "lang": post.author.declared,
            "public_metrics": {
                "retweet_count": shares,
                "reply_count": len(self.town.replies(post.number, now)),
                "like_count": likes,
                "quote_count": 0,
            },
        }
        if parent is not None:
            every["referenced_tweets"] = [{"type": "replied_to", "id": str(parent)}]
        wanted = {*_ALWAYS, *_listed(request, "tweet.fields")}
        return {name: value for name, value in every.items() if name in wanted}


def _fitting(query: str) -> Test:
    """X's operators in the words of the town's search; a conversation has the id of its root."""
    roots = {int(found) for found in _CONVERSATION.findall(query)}
    words = re.sub(r"\blang:", "language:", _CONVERSATION.sub("", query))
    said = alternatives(words)
    return lambda post, text: (not roots or post.thread in roots) and said(post, text)


def _history(post: Post, now: datetime) -> tuple[_Version, ...]:
    first = _Version(post.number, post, post.said.text, post.published)
    changed = post.edited_at(now)
    if changed is None:
        return (first,)
    number = max(number_of(changed, post.number & 0xFFFF), post.number + 1)
    return (first, _Version(number, post, post.text_at(now), changed))


def _user(person: Any) -> Json:
    return {
        "id": str(person.number),
        "username": person.handle,
        "name": person.name,
        "protected": False,
        "public_metrics": {
            "followers_count": person.followers,
            "following_count": person.following,
        },
    }


def _wrong(request: Request, now: datetime) -> str:
    """What is wrong with a search, in the API's words."""
    asked = request.query_params
    if not asked.get("query", "").strip():
        return "The 'query' parameter is required."
    limit = asked.get("max_results", str(_FEWEST))
    if not limit.isdigit() or not _FEWEST <= int(limit) <= _MOST:
        return f"The `max_results` query parameter value [{limit}] is not between 10 and 100"
    ids = [asked[name] for name in ("since_id", "until_id") if name in asked]
    if ids and {"start_time", "end_time"} & set(asked):
        return "Invalid use of 'since_id' or 'until_id' in conjunction with 'start_time'."
    if any(not one.isdigit() or int(one) < number_of(now - _REACH, 0) for one in ids):
        return f"'since_id' must be a tweet id created after [{iso(now - _REACH)}]."
    return _wrong_times(asked, now)


def _wrong_times(asked: Mapping[str, str], now: datetime) -> str:
    try:
        start = parse_moment(asked.get("start_time", now.isoformat()))
        end = parse_moment(asked.get("end_time", (now - _NEWEST).isoformat()))
    except ValueError:
        return "A `start_time` or `end_time` query parameter value is not a time"
    if end > now - _NEWEST:
        return "'end_time' must be a minimum of 10 seconds prior to the request time."
    return "" if start >= now - _REACH else f"'start_time' must be on or after {iso(now - _REACH)}"


def _is_within(version: _Version, request: Request, now: datetime) -> bool:
    asked = request.query_params
    since = parse_moment(asked.get("start_time", (now - _REACH).isoformat()))
    below = [int(asked[name].lstrip("t")) for name in ("until_id", "next_token") if name in asked]
    above = int(asked.get("since_id", 0))
    if "end_time" in asked and version.made >= parse_moment(asked["end_time"]):
        return False
    return version.made >= since and version.id > above and all(version.id < one for one in below)


def _listed(request: Request, name: str) -> list[str]:
    return request.query_params.get(name, "").split(",")


def _missing(native_id: str) -> Json:
    return {
        "value": native_id,
        "detail": f"Could not find tweet with ids: [{native_id}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": "ids",
        "resource_id": native_id,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }


def _problem(status: int, detail: str) -> Response:
    said = {"title": _TITLE[status], "detail": detail, "type": "about:blank", "status": status}
    return JSONResponse(said, status_code=status)

"""GDELT's DOC 2.0 list of articles under /gdelt.

Reference: blog.gdeltproject.org/gdelt-doc-2-0-api-debuts. As there: titles only, at most 250
articles and no way to the rest but another window, times by the quarter of an hour, an empty
object where nothing is found, and plain words with a status of 200 where the question is wrong.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from mentions.times import floored
from untagged.town.post import Post
from untagged.town.site import Site
from untagged.town.sites.mastodon_search import alternatives
from untagged.town.town import Town

QUARTER = timedelta(minutes=15)
_DEFAULT, _MOST = 75, 250
_STAMP = "%Y%m%d%H%M%S"


def address(post: Post) -> str:
    """Where people read the article."""
    return f"/gdelt/{post.number}"


SITE = Site("gdelt", native_id=lambda number: f"/gdelt/{number}", path=address)


def routes(town: Town) -> list[Route]:
    """The one address of the API."""

    async def articles(request: Request) -> Response:
        asked, now = request.query_params, town.now()
        query = asked.get("query", "").strip()
        if len(query) < 3:
            return PlainTextResponse("Your query was too short or too long.\n")
        try:
            since = _moment(asked.get("startdatetime"), now - timedelta(days=90))
            until = _moment(asked.get("enddatetime"), now)
            most = int(asked.get("maxrecords", _DEFAULT))
        except ValueError:
            return PlainTextResponse("Invalid/Unsupported date or number.\n")
        fits = alternatives(query)
        found = [
            post
            for post in town.newest("gdelt", now)
            if since <= floored(post.published, QUARTER) <= until and fits(post, post.said.title)
        ]
        if asked.get("sort", "").lower() == "dateasc":
            found.reverse()
        shown = [_article(town, post) for post in found[: min(most, _MOST)]]
        return JSONResponse({"articles": shown} if shown else {})

    return [Route("/gdelt/api/v2/doc/doc", articles)]


def _moment(said: str | None, default: datetime) -> datetime:
    return datetime.strptime(said, _STAMP).replace(tzinfo=UTC) if said else default


def _article(town: Town, post: Post) -> dict[str, Any]:
    return {
        "url": f"{town.base_url}{address(post)}",
        "url_mobile": "",
        "title": post.said.title,
        "seendate": f"{floored(post.published, QUARTER):%Y%m%dT%H%M%SZ}",
        "socialimage": "",
        "domain": urlsplit(town.base_url).hostname,
        "language": "English",
        "sourcecountry": "United Kingdom",
    }

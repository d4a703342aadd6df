"""The reviews of the Google Play Developer API, and the tokens that it wants.

As there: only the last week, the developer's answer beside the review, a bearer token that is
given for a request signed by a service account. The town knows no accounts, so it looks at the
request's claims and not at its signature.
"""

import base64
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from untagged.town.post import Post
from untagged.town.site import Site
from untagged.town.streams.reviews import app_of, stars
from untagged.town.town import Town

SITE = Site(
    "googleplay",
    native_id=lambda number: f"gp:{number}",
    path=lambda post: f"/googleplay/review/{post.number}",
)
APPS = {"example.heronair": "heron", "example.pomelo": "pomelo"}
_WEEK = timedelta(days=7)
_MOST = 100
_SCOPE = "https://www.googleapis.com/auth/androidpublisher"
Json = dict[str, Any]


def routes(town: Town, *, token: str) -> list[Route]:
    """Where tokens are given, and the reviews of an app."""
    api = _Api(town, token)
    return [
        Route("/googleplay/token", api.give_token, methods=["POST"]),
        Route("/androidpublisher/v3/applications/{app}/reviews", api.reviews),
    ]


class _Api:
    def __init__(self, town: Town, token: str) -> None:
        self.town = town
        self.token = token

    async def give_token(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode("ascii", "replace"))
        claims = _claims(form.get("assertion", [""])[0])
        if claims.get("scope") != _SCOPE or not claims.get("iss"):
            said = {"error": "invalid_grant", "error_description": "Invalid JWT: no such claims."}
            return JSONResponse(said, status_code=400)
        exp = claims.get("exp")
        if not isinstance(exp, int) or exp < self.town.now().timestamp():
            said = {"error": "invalid_grant", "error_description": "Invalid JWT: it has expired."}
            return JSONResponse(said, status_code=400)
        answer = {"access_token": self.token, "expires_in": 3599, "token_type": "Bearer"}
        return JSONResponse(answer)

    async def reviews(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _error(401, "Request had invalid authentication credentials.")
        now, asked = self.town.now(), request.query_params
        key = APPS.get(request.path_params["app"])
        if key is None:
            return _error(404, "Package not found.")
        token, size = asked.get("token", "0"), asked.get("maxResults", "10")
        if not token.isdigit() or not size.isdigit():
            return _error(400, "Invalid page token.")
        found = [
            post
            for post in self.town.newest(SITE.name, now)
            if post.reply_to is None and app_of(post) == key and _modified(post, now) >= now - _WEEK
        ]
        found.sort(key=lambda post: _modified(post, now), reverse=True)
        start, most = int(token), min(int(size), _MOST)
        answer: Json = {}
        if shown := found[start : start + most]:
            answer["reviews"] = [self._review(post, now) for post in shown]
        if start + most < len(found):
            answer["tokenPagination"] = {"nextPageToken": str(start + most)}
        return JSONResponse(answer)

    def _review(self, post: Post, now: datetime) -> Json:
        likes, _ = post.counts_at(now)
        user: Json = {
            "text": f"{post.said.title}\t{post.text_at(now)}",
            "lastModified": _stamp(_modified(post, now)),
            "starRating": stars(post),
            "reviewerLanguage": post.said.lang,
            "appVersionCode": 520,
            "appVersionName": "5.2.0",
            "thumbsUpCount": likes,
            "thumbsDownCount": 0,
        }
        comments: list[Json] = [{"userComment": user}]
        answers = [one for one in self.town.replies(post.number, now) if one.author.brand]
        if answers:
            said = answers[-1]
            stamp = _stamp(_modified(said, now))
            comments.append(
                {"developerComment": {"text": said.text_at(now), "lastModified": stamp}}
            )
        return {
            "reviewId": SITE.native_id(post.number),
            "authorName": post.author.name,
            "comments": comments,
        }


def _claims(assertion: str) -> Json:
    """What a JSON web token says, without a look at its signature."""
    parts = assertion.split(".")
    if len(parts) != 3:
        return {}
    try:
        said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _modified(post: Post, now: datetime) -> datetime:
    return post.edited_at(now) or post.published


def _stamp(moment: datetime) -> Json:
    return {"seconds": str(int(moment.timestamp())), "nanos": moment.microsecond * 1000}


def _error(status: int, message: str) -> Response:
    said = {"error": {"code": status, "message": message, "errors": []}}
    return JSONResponse(said, status_code=status)

"""Rate limits: so many in five minutes for each caller, then 429, then again."""

import asyncio
from datetime import datetime

import httpx
from starlette.responses import PlainTextResponse

from untagged.town.sites.limits import MASTODON_LIMIT, RateLimit


def asked(app, path="/api/v1/x", *, address="10.0.0.1", token=None):
    async def ask():
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://town") as client:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return await client.get(path, headers=headers)

    return asyncio.run(ask())


def test_the_limit_is_mastodons_if_nothing_else_is_said():
    assert MASTODON_LIMIT == 300
    assert asked(RateLimit(PlainTextResponse("ok"))).headers["X-RateLimit-Remaining"] == "299"


def test_one_too_many_is_refused_until_the_window_ends():
    wall = [1_000_000.0]
    app = RateLimit(PlainTextResponse("ok"), limit=2, seconds=lambda: wall[0])
    assert [asked(app).status_code for _ in range(3)] == [200, 200, 429]
    refused = asked(app)
    assert refused.json() == {"error": "Too many requests"}
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    wall[0] = datetime.fromisoformat(refused.headers["X-RateLimit-Reset"]).timestamp()
    assert asked(app).status_code == 200


def test_callers_are_counted_apart_and_pages_not_at_all():
    app = RateLimit(PlainTextResponse("ok"), limit=1)
    assert asked(app).status_code == 200
    assert asked(app).status_code == 429
    assert asked(app, address="10.0.0.2").status_code == 200
    assert asked(app, token="a").status_code == 200
    assert asked(app, "/news/rss.xml").status_code == 200
    assert "X-RateLimit-Limit" not in asked(app, "/robots.txt").headers

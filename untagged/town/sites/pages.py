"""Pages for people: the front page, what each site shows, and every post at its own address."""

from datetime import datetime
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from untagged.town.post import Post
from untagged.town.sites.mastodon_text import hashtags
from untagged.town.sites.reddit import number_of_id36
from untagged.town.town import Town

_SHOWN = 60
_HEADINGS = {
    "mastodon": "Saltmarsh Social",
    "news": "The Saltmarsh Courier",
    "forum": "Saltmarsh Forum",
    "blog": "Harbour Notes",
    "x": "Saltmarsh on X",
    "hackernews": "Harbour Hackers",
    "gdelt": "Saltmarsh in the world's news",
    "appstore": "App Store reviews",
    "bluesky": "Saltmarsh Sky",
    "lemmy": "Saltmarsh Commons",
    "discourse": "Saltmarsh Discourse",
    "youtube": "Saltmarsh TV",
    "googleplay": "Google Play reviews",
    "stackexchange": "Harbour Exchange",
    "reddit": "r/saltmarsh",
}
_HEADERS = {
    # text of posts is hostile: should an escape ever be forgotten, nothing runs
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}
ROBOTS = "User-agent: *\nDisallow: /private/\n"


def routes(town: Town) -> list[Route]:
    """The addresses that people open, and robots.txt."""
    pages = _Pages(town)
    return [
        Route("/", pages.front),
        Route("/robots.txt", pages.robots),
        Route("/private/diary", pages.private),
        Route("/social", pages.site("mastodon")),
        Route("/news", pages.site("news")),
        Route("/forum", pages.site("forum")),
        Route("/blog", pages.site("blog")),
        Route("/x", pages.site("x")),
        Route("/hackernews", pages.site("hackernews")),
        Route("/gdelt", pages.site("gdelt")),
        Route("/appstore", pages.site("appstore")),
        Route("/bluesky", pages.site("bluesky")),
        Route("/commons", pages.site("lemmy")),
        Route("/discourse", pages.site("discourse")),
        Route("/youtube", pages.site("youtube")),
        Route("/googleplay", pages.site("googleplay")),
        Route("/stackexchange", pages.site("stackexchange")),
        Route("/tags/{tag}", pages.tag),
        Route("/@{handle}", pages.author),
        Route("/@{handle}/{id}", pages.post),
        Route("/news/sitemap.xml", pages.sitemap),
        Route("/news/{id}", pages.article),
        Route("/blog/{id}", pages.article),
        Route("/forum/t/{id}", pages.post),
        Route("/x/{handle}/status/{id}", pages.post),
        Route("/hackernews/item/{id}", pages.post),
        Route("/gdelt/{id}", pages.post),
        Route("/appstore/review/{id}", pages.post),
        Route("/bluesky/profile/{handle}/post/{id}", pages.post),
        Route("/reddit/r/saltmarsh/", pages.site("reddit")),
        Route("/reddit/r/saltmarsh/comments/{thread}/_/{id36}/", pages.post),
        Route("/post/{id}", pages.post),
        Route("/comment/{id}", pages.post),
        Route("/discourse/t/-/{thread}/{id}", pages.post),
        Route("/youtube/watch/{id}", pages.post),
        Route("/googleplay/review/{id}", pages.post),
        Route("/stackexchange/q/{id}", pages.post),
    ]


class _Pages:
    def __init__(self, town: Town) -> None:
        self.town = town
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent.parent / "pages"),
            autoescape=True,
            undefined=StrictUndefined,
        )

    async def robots(self, _request: Request) -> Response:
        return PlainTextResponse(ROBOTS)

    async def private(self, _request: Request) -> Response:
        return self._said("A diary", "A spider that reads this has not read robots.txt.")

    async def front(self, _request: Request) -> Response:
        now = self.town.now()
        count = sum(len(self.town.numbers(site)) for site in _HEADINGS)
        return self._page("front.html", now=now, count=count)

    def site(self, name: str) -> Any:
        """The newest posts of a site."""

        async def shown(_request: Request) -> Response:
            now = self.town.now()
            return self._posts(_HEADINGS[name], islice(self.town.newest(name, now), _SHOWN), now)

        return shown

    async def tag(self, request: Request) -> Response:
        now, tag = self.town.now(), request.path_params["tag"].casefold()
        posts = self.town.newest("mastodon", now)
        tagged = (post for post in posts if tag in hashtags(post.text_at(now)))
        return self._posts(f"#{tag}", islice(tagged, _SHOWN), now)

    async def author(self, request: Request) -> Response:
        now = self.town.now()
        person = self.town.person(request.path_params["handle"])
        if person is None:
            return self._said("Nobody", "Nobody of that name lives here.", status=404)
        numbers = reversed(self.town.by_author(person.handle))
        posts = (post for number in numbers if (post := self.town.find(number, now)))
        return self._posts(person.name, islice(posts, _SHOWN), now, lead=person.bio)

    async def article(self, request: Request) -> Response:
        """An article as newspapers show it, with what search engines read of it."""
        now = self.town.now()
        post = self._find(request, now)
        if post is None:
            return self._gone()
        heading = _HEADINGS[post.site]
        return self._page("article.html", heading=heading, post=post, now=now, path=self.town.path)

    async def sitemap(self, _request: Request) -> Response:
        """The newest articles, as news sites list them."""
        now = self.town.now()
        posts = list(islice(self.town.newest("news", now), _SHOWN))
        entries = "".join(
            f"<url><loc>{escape(self.town.base_url + self.town.path(post))}</loc>"
            f"<lastmod>{post.published.isoformat()}</lastmod></url>"
            for post in posts
        )
        body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
        return Response(body, media_type="application/xml")

    async def post(self, request: Request) -> Response:
        """The post within its conversation."""
        now = self.town.now()
        post = self._find(request, now)
        if post is None:
            return self._gone()
        thread = [post]
        while thread[0].reply_to and (parent := self.town.find(thread[0].reply_to, now)):
            thread.insert(0, parent)
        thread += self._replies(post, now)
        heading = post.said.title or _HEADINGS[post.site]
        return self._posts(heading, thread, now, shown=post.number)

    def _find(self, request: Request, now: datetime) -> Post | None:
        asked = request.path_params
        if "id36" in asked:  # as Reddit writes numbers
            return self.town.find(number_of_id36(asked["id36"]), now)
        said = asked["id"]
        if said == "1":  # a Discourse topic's first post
            said = asked.get("thread", said)
        return self.town.find(int(said), now) if said.isascii() and said.isdigit() else None

    def _gone(self) -> Response:
        return self._said("Gone", "There is no such post, or its author took it back.", 404)

    def _replies(self, post: Post, now: datetime) -> list[Post]:
        replies = self.town.replies(post.number, now)
        return [one for reply in replies for one in (reply, *self._replies(reply, now))]

    def _posts(
        self, heading: str, posts: Any, now: datetime, *, lead: str = "", shown: int = 0
    ) -> Response:
        return self._page(
            "posts.html",
            heading=heading,
            lead=lead,
            posts=list(posts),
            shown=shown,
            now=now,
            path=self.town.path,
        )

    def _page(self, template: str, **said: Any) -> Response:
        return HTMLResponse(self._templates.get_template(template).render(said), headers=_HEADERS)

    def _said(self, heading: str, text: str, status: int = 200) -> Response:
        page = f"<!doctype html><title>{escape(heading)}</title><p>{escape(text)}"
        return HTMLResponse(page, status_code=status, headers=_HEADERS)

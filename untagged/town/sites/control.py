"""Control: a test's hand on the town. Served only where the town was started for it."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mentions.errors import NotFound
from mentions.mention import IntentLabel, SentimentLabel, Text, said_validation
from untagged.town.brands import BRANDS
from untagged.town.crossing import crisis_truth
from untagged.town.post import Post, Said
from untagged.town.sites.mastodon_text import handles
from untagged.town.town import Town
from untagged.town.truth import iso


class Advance(BaseModel):
    """How far to put the clock ahead."""

    model_config = ConfigDict(extra="forbid")

    advance_seconds: float = Field(ge=0, le=366 * 86_400)


class NewPost(BaseModel):
    """A post to publish now. `brands` and the other labels are the truth told about it."""

    model_config = ConfigDict(extra="forbid")

    text: Text = Field(min_length=1, max_length=100_000)
    title: Text = ""
    site: str = "mastodon"
    author: str = Field("passerby", pattern=r"^\w{1,30}$")
    followers: int = Field(12, ge=0)
    reply_to: int | None = None
    brands: tuple[str, ...] = ()
    intents: tuple[IntentLabel, ...] = ("other",)
    sentiment: SentimentLabel = "neutral"
    lang: str = "en"


class NewText(BaseModel):
    """What an edited post says instead."""

    model_config = ConfigDict(extra="forbid")

    text: Text = Field(min_length=1, max_length=100_000)


def routes(town: Town) -> list[Route]:
    """The clock, publishing by hand, and the truth."""
    control = _Control(town)
    return [
        Route("/town/clock", control.clock, methods=["GET"]),
        Route("/town/clock", control.advance, methods=["POST"]),
        Route("/town/posts", control.publish, methods=["POST"]),
        Route("/town/posts/{number:int}", control.edit, methods=["PATCH"]),
        Route("/town/posts/{number:int}", control.delete, methods=["DELETE"]),
        Route("/town/truth", control.truth, methods=["GET"]),
        Route("/town/crises", control.crises, methods=["GET"]),
    ]


class _Control:
    def __init__(self, town: Town) -> None:
        self.town = town

    async def clock(self, _request: Request) -> Response:
        return JSONResponse({"now": iso(self.town.now()), "pace": self.town.clock.pace})

    async def advance(self, request: Request) -> Response:
        try:
            asked = Advance.model_validate_json(await request.body())
        except ValidationError as error:
            return _refused(said_validation(error))
        self.town.clock.advance(timedelta(seconds=asked.advance_seconds))
        return await self.clock(request)

    async def publish(self, request: Request) -> Response:
        try:
            new = NewPost.model_validate_json(await request.body())
            post = self.town.publish(
                _said(new),
                handle=new.author,
                site=new.site,
                reply_to=new.reply_to,
                followers=new.followers,
            )
        except ValidationError as error:
            return _refused(said_validation(error))
        except NotFound as error:
            return _refused(str(error), 404)
        return self._truth_of(post, 201)

    async def edit(self, request: Request) -> Response:
        try:
            new = NewText.model_validate_json(await request.body())
            return self._truth_of(self.town.edit(request.path_params["number"], new.text))
        except ValidationError as error:
            return _refused(said_validation(error))
        except NotFound as error:
            return _refused(str(error), 404)

    async def delete(self, request: Request) -> Response:
        try:
            return self._truth_of(self.town.delete(request.path_params["number"]))
        except NotFound as error:
            return _refused(str(error), 404)

    async def truth(self, _request: Request) -> Response:
        return JSONResponse(list(self.town.truths()))

    async def crises(self, _request: Request) -> Response:
        """Those that began by now."""
        now = self.town.now()
        crises = self.town.story.crises(self.town.since, now)
        return JSONResponse([crisis_truth(self.town.story, crisis) for crisis in crises])

    def _truth_of(self, post: Post, status: int = 200) -> Response:
        return JSONResponse(self.town.truth(post, self.town.now()), status_code=status)


def _said(new: NewPost) -> Said:
    named = {handle.casefold() for handle in handles(new.text)}
    return Said(
        text=new.text,
        title=new.title,
        lang=new.lang,
        brands=new.brands,
        tagged=any(brand.handle in named for brand in BRANDS.values()),
        intents=tuple(new.intents),
        sentiment=new.sentiment,
    )


def _refused(why: str, status: int = 422) -> Response:
    return JSONResponse({"error": why}, status_code=status)

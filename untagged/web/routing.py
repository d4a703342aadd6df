"""The routing page: which rules hold, what each took, a post tried, and the way to other rules."""

from fastapi import APIRouter, Request, Response

from cases import desk
from mentions.errors import UntaggedError
from untagged import routing_now
from untagged.pipeline import Pipeline
from untagged.routing_now import InForce, in_force
from untagged.routing_trial import (
    WINDOW,
    Taken,
    Trial,
    sampled_lately,
    stored,
    tried,
    typed,
)
from untagged.watches.asking import asked_by
from untagged.web.doors import needs
from untagged.web.page import clock_now, pipeline_of, render

router = APIRouter()
MAX_TEXT_CHARACTERS = 20_000
PLATFORMS = ("x", "mastodon", "bluesky", "reddit", "facebook", "instagram", "youtube", "forum")


# It shows posts and tries any.
@router.get("/routing", dependencies=[needs("look", everywhere=True)])
def routing(
    request: Request, *, text: str = "", platform: str = "x", followers: str = "", mention: str = ""
) -> Response:
    """The rules with what each took lately; with a text or a mention's id, where that would go."""
    pipeline = pipeline_of(request)
    with pipeline.read() as connection:
        found = in_force(pipeline.settings, connection)
        versions = desk.list_versions(connection)
    trial, said = None, ""
    if found.rules and (text.strip() or mention.strip()):
        try:
            trial = _trial(
                pipeline,
                found,
                text=text,
                platform=platform,
                followers=followers,
                mention=mention.strip(),
            )
        except UntaggedError as error:
            said = str(error)
    context = {
        "found": found,
        "versions": versions,
        "taken": _taken(pipeline, found),
        "days": WINDOW.days,
        "trial": trial,
        "said": said,
        "asked": {"text": text, "platform": platform, "followers": followers, "mention": mention},
        "platforms": PLATFORMS,
        "asking": [rule.name for rule in pipeline.settings.rules if asked_by(rule) is not None],
    }
    return render(request, "routing.html", context, status=400 if said else 200)


def _taken(pipeline: Pipeline, found: InForce) -> Taken:
    now = clock_now()
    if not found.rules:
        return Taken(0, {}, {})
    asked = routing_now.router(found.rules, pipeline.settings)
    return sampled_lately(pipeline, asked, rules=found.rules, now=now)


def _trial(
    pipeline: Pipeline,
    found: InForce,
    *,
    text: str,
    platform: str,
    followers: str,
    mention: str,
) -> Trial:
    if len(text) > MAX_TEXT_CHARACTERS:
        raise UntaggedError(f"a post has at most {MAX_TEXT_CHARACTERS:,} characters here")
    if followers and not (followers.isascii() and followers.isdigit() and len(followers) < 13):
        raise UntaggedError(f"{followers!r} is no number of followers; write for example 312")
    now = clock_now()
    many = int(followers) if followers else None
    post = (
        stored(pipeline, mention)
        if mention
        else typed(pipeline, text, platform=platform[:40] or "x", followers=many, now=now)
    )
    with pipeline.read() as connection:
        return tried(
            pipeline, connection, routing_now.router(found.rules, pipeline.settings), post, now=now
        )

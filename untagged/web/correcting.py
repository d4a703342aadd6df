"""Correcting what was read of a mention, from its card on the search page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from cases import corrections
from cases.corrections import Correction
from mentions.errors import NotFound, QueryError, UntaggedError
from mentions.mention import Mention
from mentions.merge import BRAND
from mentions.query.lexer import MAX_QUERY_CHARACTERS
from mentions.query.parser import parse_query
from mentions.query.tree import And, Value
from mentions.query.tree import Query as Asked
from untagged.correcting import VALUES, correct, said, take_back
from untagged.languages import msgid
from untagged.web.doors import needs
from untagged.web.page import agent_of, clock_now, own_path, pipeline_of, render
from untagged.web.reader import Reader, reader_of
from untagged.web.seen_store import seen_store
from untagged.web.visitor import scope_of
from untagged.web.words import word

router = APIRouter()
KEYS = {
    "sentiment": {"positive": "+", "neutral": "0", "negative": "-"},
    "intent": {
        "complaint": "c",
        "question": "q",
        "feature_request": "f",
        "bug_report": "b",
        "praise": "p",
        "purchase_intent": "i",
        "churn_risk": "l",
        "incident": "d",
        "spam": "s",
        "other": "o",
    },
    "severity": {value: value for value in VALUES["severity"]},
}
"""Field -> value -> the key that says it while a card has the focus."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what is set, how it is called, and whether it is so already."""

    set: str
    label: str
    is_so: bool = False


def choices(mention: Mention) -> dict[str, list[Choice]]:
    """The buttons of a mention's card, by what they are about."""
    found = {
        field: [
            Choice(f"{field}={value}", value.replace("_", " "), said(mention, field) == value)
            for value in values
        ]
        for field, values in VALUES.items()
    }
    found["not about"] = [Choice(f"{BRAND}{brand.name}=no", brand.name) for brand in mention.brands]
    return {name: some for name, some in found.items() if some}


def decided(request: Request, mentions: Sequence[Mention]) -> dict[str, list[Correction]]:
    """What people have corrected of these mentions, by their ids."""
    corrected = [mention.id for mention in mentions]
    with pipeline_of(request).read() as connection:
        return corrections.standing(connection, corrected)


@router.get("/search/correct", dependencies=[needs("correct")])
def ask(
    request: Request,
    mention: str,
    q: Annotated[str, Query(max_length=MAX_QUERY_CHARACTERS)] = "",
    *,
    piece: bool = False,
) -> Response:
    """A mention with everything that can be said of it, which is too much for every card."""
    found = _seen(request, mention)
    template = "search_corrected.html" if piece else "search_correct.html"
    return render(request, template, _card(request, found, q, is_open=True))


@router.post("/search/correct", dependencies=[needs("correct")])
def say(
    request: Request,
    *,
    mention: Annotated[str, Form()],
    value: Annotated[str, Form(alias="set")],
    q: Annotated[str, Form(max_length=MAX_QUERY_CHARACTERS)] = "",
    piece: Annotated[bool, Form()] = False,
    is_open: Annotated[bool, Form(alias="open")] = False,
) -> Response:
    """Set `field=value`, or take the field's correction back if the value is empty.

    The page again; with `piece` only the card, with the words of `q` marked.
    """
    field, sign, said_value = value.rpartition("=")
    if not sign:
        raise UntaggedError(f"{value!r} sets nothing; write field=value")
    pipeline, who, now = pipeline_of(request), agent_of(request), clock_now()
    store, begin = pipeline.store, pipeline.begin
    is_brand = field.startswith(BRAND)  # it may be what took the mention out of sight
    if not (is_brand and scope_of(request).has_brand(field.removeprefix(BRAND))):
        _seen(request, mention)
    if said_value:
        after = correct(
            *(mention, field, said_value),
            who=who,
            brands=pipeline.settings.brands,
            store=store,
            begin=begin,
            now=now,
        )
    else:
        after = take_back(mention, field, who=who, store=store, begin=begin, now=now)
    if not piece:
        return RedirectResponse(_back(request), status_code=303)
    told = {"said": _told(reader_of(request), after, field, said_value)}
    context = _card(request, after, q, is_open=is_open) | told
    return render(request, "search_corrected.html", context)


def _card(request: Request, mention: Mention, q: str, *, is_open: bool) -> dict[str, Any]:
    return {
        "mention": mention,
        "spans": _spans(request, q, mention),
        "choices": choices(mention) if is_open else {},
        "decided": decided(request, [mention]).get(mention.id, []),
        "said": "",
    }


def _seen(request: Request, mention_id: str) -> Mention:
    """The mention. Raises NotFound also where it names no brand that is seen."""
    found = seen_store(request).get(mention_id)
    if found is None:
        raise NotFound(f"there is no mention {mention_id!r} any more")
    return found


def _told(reader: Reader, mention: Mention, field: str, value: str) -> str:
    """What a screen reader hears of it."""
    name = field.removeprefix(BRAND)
    found = said(mention, field)
    if field.startswith(BRAND):
        is_about = found == "yes"
        if value:
            text = msgid("about %(name)s now") if is_about else msgid("not about %(name)s now")
        elif is_about:
            text = msgid("taken back: about %(name)s as before")
        else:
            text = msgid("taken back: not about %(name)s as before")
        return reader.gettext(text, name=name)
    what = word(reader, found) if found else reader.gettext("nothing")
    text = msgid("%(name)s is %(what)s now")
    if not value:
        text = msgid("taken back: %(name)s is %(what)s as before")
    return reader.gettext(text, name=word(reader, name), what=what)


def _back(request: Request) -> str:
    """The page with the card, as our Referrer-Policy lets our own pages tell."""
    said_path = urlsplit(request.headers.get("referer", ""))
    path = f"{said_path.path}?{said_path.query}"
    return own_path(path, otherwise="/search") if said_path.path else "/search"


def _spans(request: Request, q: str, mention: Mention) -> Sequence[tuple[int, int]]:
    """Where the words of the search stand in the text, if it still matches."""
    try:
        query = parse_query(q.strip() or "*", now=clock_now())
    except QueryError:
        return ()
    own = Asked(query.text, And((query.tree, Value("id", mention.id))))
    found = seen_store(request).search(own, limit=1)
    return found.highlights.get(mention.id, ())

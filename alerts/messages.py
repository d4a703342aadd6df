"""Messages: what a notification says, rendered from its payload when it is sent.

A payload is plain JSON (it waits in the outbox); each kind has a text template, whose first line
is the title, and an HTML template. Templates run in a sandbox with strict names, and every value
they show is made harmless on its way out, so a template cannot forget to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateNotFound, select_autoescape
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from alerts.firing import Firing
from alerts.quoting import Live, address, harmless, shortened
from mentions.errors import DeliveryRefused
from mentions.mention import Mention

TEMPLATES = Path(__file__).with_name("templates")
QUOTE_CHARACTERS = 280
QUOTED_POSTS = 3
LISTED_CASES = 10
TITLE_CHARACTERS = 150

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One notification in both forms."""

    title: str
    text: str
    html: str


def render(kind: str, payload: Mapping[str, Any], *, folders: Sequence[Path] = ()) -> Message:
    """The message of a kind. Templates in `folders` come before ours.

    Raises DeliveryRefused if there is no such template or it does not fit the payload.
    """
    templates = _environment(tuple(folders))
    try:
        title, _, text = templates.get_template(f"{kind}.txt.j2").render(payload).partition("\n")
        html = templates.get_template(f"{kind}.html.j2").render(payload)
    except TemplateNotFound as error:
        raise DeliveryRefused(
            f"there is no template {error.name}; add it or correct the kind"
        ) from error
    except (TemplateError, TypeError, ValueError, KeyError, ArithmeticError) as error:
        raise DeliveryRefused(
            f"template {kind} cannot be filled: {error}; mend the template"
        ) from error
    return Message(shortened(title.strip(), TITLE_CHARACTERS), text.strip(), html.strip())


@lru_cache(maxsize=16)
def _environment(folders: tuple[Path, ...]) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"quote": _quote, "address": address, "moment": _moment, "few": _few}
    return environment


def _shown(value: object) -> object:
    """The last gate: whatever a template shows, except checked addresses, is made harmless."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return value if isinstance(value, Live) else harmless(value)


def _quote(text: str, characters: int = QUOTE_CHARACTERS) -> str:
    return shortened(harmless(text), characters)


def _moment(said: str) -> str:
    moment = datetime.fromisoformat(said).astimezone(UTC)
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def _few(number: float) -> str:
    return f"{number:.1f}" if number < 9.5 and number != int(number) else f"{number:.0f}"


def alert_payload(
    firing: Firing,
    *,
    alert_id: int,
    notification: int = 1,
    posts: Sequence[Mention] = (),
    link: str = "",
) -> Payload:
    """The payload of an alert's message; `posts` are examples, the first three are quoted.

    `notification` counts how often this alert was told; `link` leads to it in the cockpit.
    """
    said = asdict(firing)
    said |= {
        "at": firing.at.isoformat(),
        "began": firing.began.isoformat(),
        "mention_ids": list(firing.mention_ids[:QUOTED_POSTS]),
        "mentions": len(firing.mention_ids),
        "id": alert_id,
        "title": firing.title,
        "status": "firing",
        "notification": notification,
    }
    return {"alert": said, "posts": [_post(post) for post in posts[:QUOTED_POSTS]], "link": link}


def cases_payload(what: str, *, team: str, cases: Sequence[Payload], link: str = "") -> Payload:
    """The payload of a team's message about its cases; `what` is 'new' or 'overdue'.

    Each case has id, brand, agent, priority, text, url and due_at (ISO, or '').
    """
    listed = [
        {**case, "text": shortened(case["text"], QUOTE_CHARACTERS)} for case in cases[:LISTED_CASES]
    ]
    return {"what": what, "team": team, "count": len(cases), "cases": listed, "link": link}


def _post(post: Mention) -> Payload:
    """What a message needs of a post; the text cut here, so that the outbox stays small."""
    author = post.author
    return {
        "id": post.id,
        "text": shortened(post.text or post.title, 2 * QUOTE_CHARACTERS),
        "author": author.name or author.handle or author.id or "somebody",
        "platform": post.platform,
        "url": post.url,
        "published": post.published.isoformat(),
    }

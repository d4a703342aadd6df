"""Messages: what a notification says, rendered from its payload when it is sent.

A payload is plain JSON (it waits in the outbox); each kind has a text template, whose first line
is the title, and an HTML template. Templates run in a sandbox with strict names, and every value
they show is made harmless on its way out, so a template cannot forget to.
"""

import logging
from base64 import b64decode
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
from alerts.spike_chart import SpikeChart
from alerts.spike_drawing import png
from mentions.errors import DeliveryRefused, UntaggedError
from mentions.mention import Mention

log = logging.getLogger(__name__)

TEMPLATES = Path(__file__).with_name("templates")
QUOTE_CHARACTERS = 280
QUOTED_POSTS = 3
LISTED_CASES = 10
TITLE_CHARACTERS = 150
COLOURS = {1: "#c8323c", 2: "#b26a00", 3: "#2b6cb0", 4: "#6b7280"}
"""Of the severities: each can be seen on white and on black: letters follow the reader's mode."""
PNG = b"\x89PNG\r\n\x1a\n"

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One notification in both forms, and a picture (PNG) where there is one."""

    title: str
    text: str
    html: str
    picture: bytes | None = None


def render(
    kind: str,
    payload: Mapping[str, Any],
    *,
    folders: Sequence[Path] = (),
    picture_at: str = "",
    pictured: bool = True,
) -> Message:
    """The message of a kind. Templates in `folders` come before ours, a team's own before those.

    One that does not fit its payload loses no letter: ours is used, and the log says why. Raises
    DeliveryRefused only where ours does not fit, or there is none. `picture_at` is where the HTML
    finds the payload's picture, such as cid:chart.png; without it the HTML shows none. Whoever
    has no use for the picture spares the drawing with `pictured`.
    """
    picture = _picture(payload) if pictured else None
    context = {**payload, "picture_at": Live(picture_at if picture else "")}
    own = team_folders(folders, str(payload.get("team", "")))
    title, _, text = filled(f"{kind}.txt.j2", context, own).partition("\n")
    html = filled(f"{kind}.html.j2", context, own)
    return Message(shortened(title.strip(), TITLE_CHARACTERS), text.strip(), html, picture)


def filled(name: str, context: Mapping[str, Any], folders: tuple[Path, ...]) -> str:
    """A template filled, ours where that of a folder does not fit, of which the log tells.

    Raises DeliveryRefused where ours does not fit either.
    """
    try:
        return fill(name, context, folders)
    except DeliveryRefused as problem:
        if not folders:
            raise
        log.warning("%s; the built-in one is used instead", problem)
        return fill(name, context, ())


def fill(name: str, context: Mapping[str, Any], folders: tuple[Path, ...]) -> str:
    """A template filled, without blank ends.

    Raises DeliveryRefused if there is none, it does not fit, or nothing comes of it.
    """
    try:
        filled = _environment(folders).get_template(name).render({"picture_at": "", **context})
    except TemplateNotFound as error:
        raise DeliveryRefused(
            f"there is no template {error.name}; add it or correct the kind"
        ) from error
    except (TemplateError, ArithmeticError, LookupError, *_WRONG_VALUES, OSError) as error:
        raise DeliveryRefused(
            f"template {name} cannot be filled: {error}; mend the template"
        ) from error
    if not filled.strip():
        raise DeliveryRefused(f"template {name} is empty; mend the template")
    return filled.strip()


def check_syntax(name: str, folders: tuple[Path, ...]) -> None:
    """Raise DeliveryRefused if the template cannot be read at all."""
    try:
        _environment(folders).get_template(name)
    except (TemplateError, ValueError, OSError) as error:
        raise DeliveryRefused(
            f"template {name} cannot be read: {error}; mend the template"
        ) from error


_WRONG_VALUES = (TypeError, ValueError, AttributeError, RecursionError)
"""What a template's own mistake becomes, besides Jinja's errors."""


def team_folders(folders: Sequence[Path], team: str) -> tuple[Path, ...]:
    """The team's folder in each folder, before it. A team's name that is no folder's has none."""
    if not team or team in (".", "..") or Path(team).name != team:
        return tuple(folders)
    return tuple(place for folder in folders for place in (folder / team, folder))


def _picture(payload: Mapping[str, Any]) -> bytes | None:
    """The PNG that a payload carries as base64 under `picture`, or that of its chart's numbers."""
    given = payload.get("picture")
    if not isinstance(given, str) or not given:
        return _chart(payload)
    try:
        picture = b64decode(given, validate=True)
    except ValueError as error:
        log.warning("the picture of a notification cannot be read: %s", error)
        return None
    return picture if picture.startswith(PNG) else None


def _chart(payload: Mapping[str, Any]) -> bytes | None:
    """The chart of what the message is about; of several alerts that of the first that has one."""
    told = (payload, *payload.get("alerts", ()))
    numbers = next((one["chart"] for one in told if one.get("chart")), None)
    if numbers is None:
        return None
    try:
        return png(SpikeChart.from_json(numbers))
    except (UntaggedError, ValueError) as error:
        log.warning("the message goes without its chart: %s", error)
        return None


@lru_cache(maxsize=64)
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
    environment.globals["colour"] = COLOURS
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
    team: str = "",
) -> Payload:
    """The payload of an alert's message; `posts` are examples, the first three are quoted.

    `notification` counts how often this alert was told; `link` leads to it in the cockpit;
    `team` is whose templates are used.
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
    quoted = [_post(post) for post in posts[:QUOTED_POSTS]]
    return {"alert": said, "posts": quoted, "link": link, "team": team}


def cases_payload(
    what: str,
    *,
    team: str,
    cases: Sequence[Payload],
    link: str = "",
    agents: Sequence[str] = (),
) -> Payload:
    """The payload of a team's message about its cases; `what` is 'new', 'soon due',
    'overdue' or 'long overdue'.

    `agents` are whom it is for, if it is not for whoever reads the channel. Each case has id,
    brand, agent, priority, text, url and due_at (ISO, or ''), and may have the `promise` that is
    due then, such as 'first response'.
    """
    listed = [
        {**case, "text": shortened(case["text"], QUOTE_CHARACTERS)} for case in cases[:LISTED_CASES]
    ]
    said = {"what": what, "team": team, "count": len(cases), "cases": listed, "link": link}
    return said | ({"agents": list(agents)} if agents else {})


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

"""JSON that a platform answered: read whole or not at all, then asked for what is of a kind.

Platforms leave fields out, send null, or another type than they document; whoever asks here gets
something of the kind, empty where there is none.
"""

import json
from datetime import datetime
from typing import Any

from scrapy.http import Response

from mentions.errors import BadPost, SourceUnavailable
from spiders.feed_entry import moment


def read_json(response: Response) -> Any:
    """The answer's JSON. Raises SourceUnavailable with what came instead."""
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError) as error:
        is_html = response.body[:1000].lstrip().startswith(b"<")
        said = "HTML where JSON was expected" if is_html else f"JSON that breaks off: {error}"
        raise SourceUnavailable(f"the server answered {said}") from error


def text_of(value: object) -> str:
    """A text, or a number as one: some servers send ids as numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)


def object_of(value: object) -> dict[str, Any]:
    """An object."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """A list."""
    return value if isinstance(value, list) else []


def moment_of(said: dict[str, Any], name: str) -> datetime | None:
    """An ISO time, UTC where it names no zone. Raises BadPost where it is no time."""
    try:
        return moment(said.get(name))
    except ValueError as error:
        raise BadPost(f"{name} {said.get(name)!r} is no date that can be read") from error

"""Asking only for what changed: what a server said of an answer, and asking with it next time.

RFC 9110, section 13. A validator is remembered only together with all that the answer held. Some
servers say for ever that nothing changed, so a validator is believed for some hours only.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from scrapy.http import Response

NOT_MODIFIED = 304
BELIEVED = timedelta(hours=6)
"""After that the whole is asked for: a lying server costs hours, not all posts for ever, and an
honest one four answers a day."""


def conditions(known: Mapping[str, Any], *, now: datetime) -> dict[str, str]:
    """The headers that ask only for what changed since `validators` were remembered."""
    if "whole_at" not in known or now - datetime.fromisoformat(known["whole_at"]) > BELIEVED:
        return {}
    said = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("modified")}
    return {name: value for name, value in said.items() if value}


def validators(response: Response, *, now: datetime) -> dict[str, str]:
    """What to remember of an answer."""
    said = {"etag": header(response, "ETag"), "modified": header(response, "Last-Modified")}
    kept = {name: value for name, value in said.items() if value}
    return kept and {**kept, "whole_at": now.isoformat()}


def header(response: Response, name: str) -> str:
    """The header's last value, empty where there is none."""
    return (response.headers.get(name) or b"").decode("latin-1")

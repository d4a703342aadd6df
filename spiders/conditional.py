"""Asking only for what changed: what a server said of an answer, and asking with it next time.

RFC 9110, section 13. A validator is remembered only together with all that the answer held.
"""

from collections.abc import Mapping
from typing import Any

from scrapy.http import Response

NOT_MODIFIED = 304


def conditions(known: Mapping[str, Any]) -> dict[str, str]:
    """The headers that ask only for what changed since `validators` were remembered."""
    said = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("modified")}
    return {name: value for name, value in said.items() if value}


def validators(response: Response) -> dict[str, str]:
    """What to remember of an answer."""
    said = {"etag": header(response, "ETag"), "modified": header(response, "Last-Modified")}
    return {name: value for name, value in said.items() if value}


def header(response: Response, name: str) -> str:
    """The header's last value, empty where there is none."""
    return (response.headers.get(name) or b"").decode("latin-1")

"""A client of Untagged's API for other programs; it needs httpx alone."""

from untagged.client.errors import (
    Busy,
    Changed,
    ClientError,
    Conflict,
    NotAllowed,
    NotFound,
    NotSigned,
    Problem,
    Unavailable,
    Unreachable,
    Wrong,
)
from untagged.client.untagged import Untagged
from untagged.client.verifying import verify_webhook

__all__ = [
    "Busy",
    "Changed",
    "ClientError",
    "Conflict",
    "NotAllowed",
    "NotFound",
    "NotSigned",
    "Problem",
    "Unavailable",
    "Unreachable",
    "Untagged",
    "Wrong",
    "verify_webhook",
]

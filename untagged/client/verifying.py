"""Verifying a webhook: what came is from Untagged, whole, and not an old one sent again.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from untagged.client.errors import NotSigned

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"
_LONGEST_STAMP = 12


def verify_webhook(
    body: bytes, headers: Mapping[str, str], secret: str, *, now: float | None = None
) -> list[dict[str, Any]]:
    """The CloudEvents of a request, one or a batch. Raises NotSigned.

    `secret` is whsec_…, several with a space between while they are exchanged. Whether an event's
    id was there before is for the caller to know: keep the ids for a day.
    """
    known = {name.lower(): value for name, value in headers.items()}
    try:
        name, stamp = known["webhook-id"], known["webhook-timestamp"]
        said = known["webhook-signature"].split()
    except KeyError as missing:
        raise NotSigned(f"the header {missing.args[0]} is missing") from missing
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _LONGEST_STAMP):
        raise NotSigned("webhook-timestamp is no number of seconds")
    if abs((time.time() if now is None else now) - int(stamp)) > TOLERANCE_SECONDS:
        raise NotSigned("the message is not from now; it was sent again, or a clock is wrong")
    content = f"{name}.{stamp}.".encode() + body
    ours = [_signature(content, one) for one in secret.split()]
    # All are compared, and in constant time, so that nobody learns how near a guess was.
    matches = [hmac.compare_digest(one, other.encode()) for one in ours for other in said]
    if not any(matches):
        raise NotSigned("no signature is right; is the secret that of the webhook?")
    events = json.loads(body)
    return events if isinstance(events, list) else [events]


def _signature(content: bytes, secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise NotSigned("the secret is no base64; it begins with whsec_") from error
    if not key:
        raise NotSigned("the secret is empty")
    return b"v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest())

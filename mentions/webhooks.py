"""Standard Webhooks: signing what goes out, verifying what comes in, and when to try again.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import binascii
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from mentions.errors import DeliveryDelayed, UntaggedError

TIMEOUT_SECONDS = 15.0
"""What the specification recommends."""
TOLERANCE = timedelta(minutes=5)
"""How far a message's time may be from ours, as in the specification's own libraries."""
MAX_SECONDS = 253_402_300_799
"""The last second of the year 9999, beyond which no moment can be said."""
MAX_DIGITS = len(str(MAX_SECONDS))


class NotSigned(UntaggedError):
    """A message is not signed by whom it should be, or not now."""


def signed(
    name: str, body: bytes, *, environ: Mapping[str, str], secret_env: str, now: datetime
) -> dict[str, str]:
    """The headers that sign the body; `name` is the same at every try.

    One signature for each secret, so that a receiver can change from one to another. Raises
    DeliveryDelayed where no secret is set.
    """
    at, content = now.astimezone(UTC), body.decode()
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(
            signer.sign(name, at, content) for signer in signers(environ, secret_env)
        ),
    }


def verified(
    headers: Mapping[str, str],
    body: bytes,
    *,
    environ: Mapping[str, str],
    secret_env: str,
    now: datetime,
) -> str:
    """The id of a message that one of our secrets signed within TOLERANCE. Raises NotSigned.

    Raises DeliveryDelayed where no secret is set. Whether the id came before is for the caller.
    """
    try:
        name, stamp = headers["webhook-id"], headers["webhook-timestamp"]
        said = headers["webhook-signature"].split()
    except KeyError as error:
        raise NotSigned(f"the header {error.args[0]} is missing; sign the message") from error
    at = _moment(stamp)
    if abs(now - at) > TOLERANCE:
        raise NotSigned(f"webhook-timestamp is {stamp}, which is not now; set the sender's clock")
    try:
        content = body.decode()
    except UnicodeDecodeError as error:
        raise NotSigned("the body is not UTF-8, so no signature can be right") from error
    ours = [signer.sign(name, at, content) for signer in signers(environ, secret_env)]
    pairs = [(one, other) for one in ours for other in said]
    # All are compared, and in constant time, so that nobody learns how near a guess was.
    matches = [hmac.compare_digest(one.encode(), other.encode()) for one, other in pairs]
    if not any(matches):
        raise NotSigned("no signature is right; sign with the secret that we have")
    return name


def signers(environ: Mapping[str, str], secret_env: str) -> list[Webhook]:
    """One for each secret in the variable. Raises DeliveryDelayed where there is none."""
    secrets = environ.get(secret_env, "").split()
    if not secrets:
        raise DeliveryDelayed(
            f"the environment variable {secret_env} is not set; put the secret there"
        )
    try:
        return [Webhook(secret) for secret in secrets]
    except (binascii.Error, ValueError, EmptyWebhookSecretError) as error:
        raise DeliveryDelayed(
            f"{secret_env} holds no Standard Webhooks secret; "
            "it is whsec_ and then base64 of 24 to 64 bytes"
        ) from error


def message_id(key: str) -> str:
    """The key as a webhook-id: ASCII, and no '.', which separates the parts of what is signed."""
    return quote(key, safe=":@").replace(".", "%2E")


def retry_after(said: str, now: datetime) -> float | None:
    """Seconds from a Retry-After header, which is a number or a date (RFC 9110, 10.2.3)."""
    if said.strip().isascii() and said.strip().isdigit():
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())


def _moment(stamp: str) -> datetime:
    is_number = stamp.isascii() and stamp.isdigit() and len(stamp) <= MAX_DIGITS
    if not is_number or int(stamp) > MAX_SECONDS:
        raise NotSigned("webhook-timestamp is no number of seconds since 1970")
    return datetime.fromtimestamp(int(stamp), UTC)

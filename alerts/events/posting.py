"""Posting to an endpoint: signed, to no other address, within a time; what it answered in words."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

import httpx

from alerts.events.webhook import Webhook
from alerts.quoting import readable, shortened
from alerts.webhook import FINAL
from mentions.errors import DeliveryDelayed
from mentions.webhooks import TIMEOUT_SECONDS, retry_after, signed

EXCERPT_CHARACTERS = 300
EXCERPT_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request: 'sent', 'delayed' (try again) or 'refused' (never as it is)."""

    outcome: str
    status: int | None
    said: str
    milliseconds: int
    after_seconds: float | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants to hear nothing any more."""
        return self.status == HTTPStatus.GONE


def post(
    client: httpx.Client,
    webhook: Webhook,
    body: bytes,
    *,
    name: str,
    content_type: str,
    is_replay: bool,
    environ: Mapping[str, str],
    now: datetime,
) -> Answer:
    """Post it once. Redirects are not followed: they lead where nobody configured it to go."""
    started = time.monotonic()

    def since() -> int:
        return round((time.monotonic() - started) * 1_000)

    try:
        headers = {
            "content-type": content_type,
            "user-agent": "untagged",
            "accept-encoding": "identity",
            **({"untagged-replay": "true"} if is_replay else {}),
            **signed(name, body, environ=environ, secret_env=webhook.secret_env, now=now),
        }
        with client.stream(
            "POST", webhook.url, content=body, headers=headers, timeout=TIMEOUT_SECONDS
        ) as answer:
            said = _excerpt(answer)
            return _judged(answer, said, since(), now)
    except DeliveryDelayed as error:  # no secret is set
        return Answer("delayed", None, str(error), since())
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # Without the address, which may hold a secret.
        return Answer("delayed", None, f"it did not answer: {type(error).__name__}", since())


def _excerpt(answer: httpx.Response) -> str:
    """The first words of what it answered; no more is read, as it may be endless."""
    first = next(answer.iter_raw(), b"")[:EXCERPT_BYTES]
    return shortened(readable(first.decode(errors="replace")), EXCERPT_CHARACTERS)


def _judged(answer: httpx.Response, said: str, milliseconds: int, now: datetime) -> Answer:
    status = answer.status_code
    if answer.is_success:
        return Answer("sent", status, said, milliseconds)
    words = f"it answered {status}{f': {said}' if said else ''}"
    if answer.is_redirect:
        words = f"it answered {status}, a redirect, which is not followed; put its final address"
        return Answer("delayed", status, f"{words} in the settings", milliseconds)
    if status in FINAL and status != HTTPStatus.GONE:
        return Answer("refused", status, words, milliseconds)
    after = retry_after(answer.headers.get("retry-after", ""), now)
    return Answer("delayed", status, words, milliseconds, after)

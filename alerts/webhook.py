"""Webhooks: one CloudEvents 1.0 JSON body a notification, signed as Standard Webhooks asks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md and
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

import ssl
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.v1.event import CloudEvent

from alerts.messages import render
from alerts.outbox import Letter
from mentions.errors import DeliveryDelayed, DeliveryRefused
from mentions.webhooks import TIMEOUT_SECONDS, message_id, retry_after, signed

FINAL = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.GONE,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
"""The receiver wants no more, or not what we send. Any other failure is tried again, as the
specification asks: a receiver that is being deployed answers 401, 403 or 404 for a while."""


class WebhookSender:
    """Posts signed events to one address. Redirects are not followed: they would carry a
    signed message to where nobody configured it to go."""

    def __init__(
        self,
        url: str,
        *,
        environ: Mapping[str, str],
        secret_env: str,
        source: str,
        folders: tuple[Path, ...] = (),
    ) -> None:
        self._url, self._environ, self._secret_env = url, environ, secret_env
        self._source, self._folders = source, folders

    def send(self, letter: Letter, *, now: datetime) -> str:
        """Post it; a 2xx answer is success. Raises DeliveryDelayed or DeliveryRefused."""
        event_type, body = self._event(letter)
        name = message_id(letter.idempotency_key)
        headers = {
            "content-type": event_type,
            "user-agent": "untagged",
            **signed(name, body, environ=self._environ, secret_env=self._secret_env, now=now),
        }
        try:
            # The answer's body is never read: only its status matters, and it may be endless.
            with (
                httpx.Client(
                    timeout=TIMEOUT_SECONDS, follow_redirects=False, verify=trusted()
                ) as client,
                client.stream("POST", self._url, content=body, headers=headers) as answer,
            ):
                _judge(answer, now)
                return f"the webhook answered {answer.status_code}"
        except httpx.InvalidURL as error:
            raise DeliveryRefused(f"the webhook's address is wrong: {error}") from error
        except httpx.HTTPError as error:
            raise DeliveryDelayed(f"the webhook did not answer: {_named(error)}") from error

    def _event(self, letter: Letter) -> tuple[str, bytes]:
        """Content type and body; the same bytes at every try."""
        message = render(letter.kind, letter.payload, folders=self._folders, pictured=False)
        attributes = {
            "specversion": "1.0",
            "id": message_id(letter.idempotency_key),
            "source": self._source,
            "type": f"untagged.{letter.kind}",
            "time": letter.created_at,
            "datacontenttype": "application/json",
        }
        payload = _without_pictures(letter.payload)
        if "alerts" in payload:
            payload["alerts"] = [_without_pictures(one) for one in payload["alerts"]]
        data = {**payload, "title": message.title, "message": message.text}
        event = to_structured_event(CloudEvent(attributes, data))
        return event.headers["content-type"], event.body


@cache
def trusted() -> ssl.SSLContext:
    """Whom we trust, read once: it takes 50 ms, ten times as long as a letter to a near webhook."""
    return httpx.create_ssl_context()


def _without_pictures(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Without the picture and the numbers of the chart: Standard Webhooks ask for under 20 kB."""
    return {name: value for name, value in payload.items() if name not in ("picture", "chart")}


def _judge(answer: httpx.Response, now: datetime) -> None:
    status = answer.status_code
    if answer.is_success:
        return
    if answer.is_redirect:
        raise DeliveryRefused(
            f"the webhook answered {status}, a redirect, which is not followed; "
            "put its final address in the settings and resend"
        )
    if status in FINAL:
        raise DeliveryRefused(
            f"the webhook answered {status}; correct its address or the receiver, and resend"
        )
    after = retry_after(answer.headers.get("retry-after", ""), now)
    raise DeliveryDelayed(f"the webhook answered {status}", after_seconds=after)


def _named(error: httpx.HTTPError) -> str:
    """What happened, without the address, which may hold a secret."""
    return type(error).__name__

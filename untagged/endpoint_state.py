"""How the webhooks of the settings are doing: what each hears of, what waits, what it answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.events import book
from alerts.events.endpoints import Endpoint, endpoints
from alerts.events.webhook import Webhook
from mentions.errors import NotFound, UntaggedError
from untagged.settings import Settings


@dataclass(frozen=True, slots=True)
class EndpointState:
    """A webhook with how it is doing. Its address, which may hold a secret, is not told."""

    webhook: Webhook
    endpoint: Endpoint
    counts: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """What is known of it, times as ISO 8601 in UTC."""
        since, paused = self.endpoint.failing_since, self.endpoint.paused_at
        return {
            "name": self.webhook.name,
            "events": list(self.webhook.events),
            "query": self.webhook.query,
            "brands": list(self.webhook.brands),
            "teams": list(self.webhook.teams),
            "keep_days": self.webhook.keep_days,
            "state": self.endpoint.state,
            "fails": self.endpoint.fails,
            "failing_since": since.isoformat() if since else None,
            "next_try_at": self.endpoint.next_try_at.isoformat() if self.endpoint.fails else None,
            "paused_at": paused.isoformat() if paused else None,
            "paused_because": self.endpoint.paused_because,
            "missed": self.endpoint.missed,
            **self.counts,
        }


def endpoint_states(connection: Any, settings: Settings, *, now: datetime) -> list[EndpointState]:
    """Each webhook of the settings, in their order."""
    names = [one.name for one in settings.webhooks]
    known, counts = endpoints(connection, names, now=now), book.counts(connection, names)
    return [EndpointState(one, known[one.name], counts[one.name]) for one in settings.webhooks]


def webhook_of(settings: Settings, name: str) -> Webhook:
    """The webhook of that name. Raises NotFound."""
    for one in settings.webhooks:
        if one.name == name:
            return one
    listed = ", ".join(one.name for one in settings.webhooks) or "none"
    raise NotFound(f"there is no webhook {name!r}; the settings have {listed}")


def replay(
    connection: Any,
    settings: Settings,
    name: str,
    *,
    now: datetime,
    since: datetime | None = None,
    event: str = "",
    event_id: str = "",
) -> int:
    """Put events in the webhook's line once more; how many. Raises UntaggedError if none is asked.

    They go out with the next response, as replays, with the ids that they had.
    """
    if since is None and not event_id:
        raise UntaggedError("say which events to replay: since when, or the id of one")
    webhook = webhook_of(settings, name)
    number = book.replay(connection, webhook, now=now, since=since, event=event, event_id=event_id)
    if event_id and not number:
        raise NotFound(f"webhook {name} was told no event {event_id!r}; its log has their ids")
    return number

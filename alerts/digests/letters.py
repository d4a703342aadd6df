"""What the outbox holds of a digest: a few lines for a channel, all of it for a mail."""

from typing import Any

from alerts.digests.around import period
from alerts.digests.issued import Issued
from alerts.digests.record import to_json
from alerts.digests.subscriptions import Subscription
from alerts.messages import Payload

KIND = "digest"


def summary(issued: Issued, *, page: str, stop: str, why: str) -> Payload:
    """For a chat or a webhook: what a hurried reader needs, and where the rest is."""
    digest = issued.digest
    return {
        "digest_id": issued.id,
        "kind": digest.kind,
        "title": digest.title,
        "period": period(digest),
        "brand": digest.brand or "",
        "team": digest.team or "",
        "lead": list(digest.lead),
        "is_empty": digest.is_empty,
        "link": page,
        "stop": stop,
        "why": why,
    }


def whole(
    issued: Issued, subscription: Subscription, *, cockpit: str, page: str, stop: str, why: str
) -> Payload:
    """For a mail: the digest itself. Without an address it goes to the channel's own."""
    said: dict[str, Any] = summary(issued, page=page, stop=stop, why=why)
    return {
        **said,
        "to": subscription.address,
        "cockpit": cockpit,
        "content": to_json(issued.digest),
    }

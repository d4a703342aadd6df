"""What is said of a group: one alert as if it stood alone, several in one message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alerts.book import Alert
from alerts.messages import Payload, alert_payload

LISTED_ALERTS = 10
QUOTED_POSTS = 1
"""Of each alert; alone it quotes more."""
EXPLAINED = ("explanation", "chart", "posts")
KIND = "alerts"
"""The kind, and so the template and the webhook's type, of a letter about several."""


@dataclass(frozen=True, slots=True)
class Told:
    """An alert in a letter. `message` is the payload of its latest firing, if it is still kept.

    `tellings` counts the letters to this channel that told of it, this one included.
    """

    alert: Alert
    message: Mapping[str, Any] | None
    tellings: int
    is_news: bool


def group_letter(
    told: Sequence[Told], *, labels: Mapping[str, str], telling: int, link: str
) -> tuple[str, Payload]:
    """Kind and payload of a letter. One alert that is not over has the payload of its own kind.

    `telling` counts the group's letters; `link` leads to the cockpit.
    """
    if len(told) == 1 and told[0].alert.is_open:
        return told[0].alert.kind, _one(told[0])
    still_open = [one.alert for one in told if one.alert.is_open]
    listed = [_one(one) for one in told[:LISTED_ALERTS]]
    teams = {str(one.get("team", "")) for one in listed}
    return KIND, {
        "group": {"labels": dict(labels), "name": _name(labels), "notification": telling},
        "firing": len(still_open),
        "resolved": len(told) - len(still_open),
        "severity": min((alert.severity for alert in still_open), default=None),
        "alerts": [{**one, "posts": one["posts"][:QUOTED_POSTS]} for one in listed],
        "more": len(told) - len(listed),
        "link": f"{link}/alerts" if link else "",
        "team": teams.pop() if len(teams) == 1 else "",
    }


def _one(told: Told) -> Payload:
    """The payload of its latest firing, with what became of it since."""
    alert = told.alert
    payload = dict(told.message or alert_payload(alert.firing, alert_id=alert.id))
    payload["alert"] = {
        **payload["alert"],
        "severity": alert.severity,
        "status": alert.status,
        "is_news": told.is_news,
        "acknowledged_by": alert.acknowledged_by,
        "resolved_by": alert.resolved_by,
        "notification": told.tellings,
    }
    return payload


def still_explained(message: Mapping[str, Any], earlier: Mapping[str, Any] | None) -> Payload:
    """The message with what changed from the earlier one, if it was not looked up anew.

    The posts are then those that the explanation points at, too.
    """
    if "explanation" in message or earlier is None or "explanation" not in earlier:
        return dict(message)
    return {**message, **{name: earlier[name] for name in EXPLAINED if name in earlier}}


def _name(labels: Mapping[str, str]) -> str:
    return ", ".join(value for value in labels.values() if value)

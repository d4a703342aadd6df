"""Samples: a made-up payload of each kind of notification, full and bare, to try templates on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alerts.firing import Firing
from alerts.messages import Payload, alert_payload, cases_payload
from alerts.rules import KINDS
from mentions.mention import Author, BrandMatch, Mention

MOMENT = datetime(2026, 3, 2, 21, tzinfo=UTC)
TOLD = (
    *KINDS,
    *("alerts", "escalation", "cases", "watched", "reply", "ticket", "digest", "confirm", "test"),
)
"""Every kind of notification that has templates."""
LINK = "http://127.0.0.1:8000/"
_TICKET: Payload = {
    "ticket": 3,
    "case": 7,
    "brand": "Heron Air",
    "desk": "zendesk",
    "what": "open",
    "post": None,
    "mark": "untagged-7-5f2c",
    "link": "",
    "team": "",
}
_DIGEST: Payload = {
    "digest_id": 3,
    "kind": "feature-requests",
    "title": "What people ask Heron Air for",
    "period": "Heron Air · 2 Mar 2026, 08:00 UTC to 9 Mar 2026, 08:00 UTC",
    "brand": "Heron Air",
    "team": "",
    "lead": ["31 people asked for something, 12 more than in the week before."],
    "is_empty": False,
    "stop": "https://untagged.acme.example/unsubscribe/signed",
    "why": "This channel gets this digest every Monday at 08:00 (UTC).",
}
_EMPTY_DIGEST: Payload = {
    "brand": "",
    "lead": ["No feature requests in this period."],
    "is_empty": True,
    "link": "",
    "stop": "",
}
_CONFIRM: Payload = {
    "to": "ada@acme.example",
    "who": "ben",
    "digest": "Feature requests",
    "brand": "Heron Air",
    "team": "",
    "at": "every Monday at 08:00",
    "zone": "Europe/Berlin",
    "days": 7,
}
_OF_DIGESTS = {
    "digest": (_DIGEST, _EMPTY_DIGEST),
    "confirm": (_CONFIRM, {"brand": "", "link": ""}),
}
SIGNALS = {"flatline": "board", "trend": "topic:billing"}
"""Of kinds whose alerts are of no series of mentions."""
REASON = "43 negative mentions in the hour to 21:00 UTC, 9 expected at that time of day"


def samples(
    kind: str, *, team: str = "care", link: str = "http://127.0.0.1:8000/"
) -> list[Payload]:
    """Payloads of a kind of `TOLD`: one with everything, one with as little as there can be."""
    match kind:
        case "cases" | "watched" | "reply" | "ticket":
            return _of_cases(kind, team, link)
        case "alerts":
            return _groups(team, link)
        case "digest" | "confirm":
            full, bare = _OF_DIGESTS[kind]
            return [full | {"link": link}, full | bare]
        case "test":
            return [trial_payload("care-chat", who="ana", now=MOMENT, link=link, team=team)]
        case "escalation":
            full, bare = _alerts("spike", team, link)
            escalated = {
                "chain": "crisis",
                "step": 2,
                "steps": 3,
                "round": 1,
                "rounds": 2,
                "to": "ana (on call in crisis-week)",
                "notes": ["nobody is on call in night"],
            }
            return [
                full | {"escalation": escalated},
                bare | {"escalation": escalated | {"rounds": 1, "notes": []}},
            ]
        case _:
            return _alerts(kind, team, link)


def trial_payload(channel: str, *, who: str, now: datetime, link: str, team: str = "") -> Payload:
    """The payload of a message that only tries whether a channel arrives."""
    return {"channel": channel, "who": who, "at": now.isoformat(), "link": link, "team": team}


def _alerts(kind: str, team: str, link: str) -> list[Payload]:
    firing = Firing(
        key=f"{kind}:a rule:Acme:negative",
        rule="a rule",
        kind=kind,
        brand="Acme",
        signal=SIGNALS.get(kind, "negative"),
        at=MOMENT,
        began=MOMENT - timedelta(minutes=20),
        severity=1,
        observed=43.0,
        expected=9.2,
        reason=REASON,
        mention_ids=("board:1", "board:2"),
    )
    brand = "" if kind == "flatline" else "Acme"
    bare = replace(firing, brand=brand, signal=SIGNALS.get(kind, "all"), mention_ids=(), severity=4)
    return [
        alert_payload(
            firing, alert_id=5, notification=2, posts=[_post(1), _post(2)], link=link, team=team
        ),
        alert_payload(bare, alert_id=6),
    ]


def _of_cases(kind: str, team: str, link: str) -> list[Payload]:
    there = {"link": link, "team": team}
    if kind == "cases":
        return [
            cases_payload("overdue", cases=[_case(7), _case(8)], **there),
            cases_payload("new", team=team, cases=[_case(9) | _BARE_CASE]),
        ]
    if kind == "reply":
        return [_REPLY | there, _REPLY | _BARE_REPLY]
    if kind == "ticket":
        return [_TICKET | there, _TICKET | {"what": "open again"}]
    bare = _WATCHED["case"] | {"with": "", "text": "", "url": ""}
    short = {"case": bare, "count": 1, "news": _WATCHED["news"][-1:]}
    return [_WATCHED | there, _WATCHED | short | _TO_NOBODY]


def _groups(team: str, link: str) -> list[Payload]:
    """Two alerts, one of them over, and one that is over alone."""
    full, bare = _alerts("spike", team, link)
    new = full | {"alert": full["alert"] | _FIRES}
    over = bare | {"alert": bare["alert"] | _FIRES | {"status": "resolved", "resolved_by": "ana"}}
    group = {"labels": {"brand": "Acme"}, "name": "Acme", "notification": 2}
    several = {"group": group, "firing": 1, "resolved": 1, "severity": 1, "more": 1}
    alone = {"group": group | {"name": ""}, "firing": 0, "resolved": 1, "severity": None, "more": 0}
    return [
        several | {"alerts": [new, over], "link": link, "team": team},
        alone | {"alerts": [over], "link": "", "team": ""},
    ]


_FIRES = {"is_news": True, "acknowledged_by": "", "resolved_by": "", "notification": 1}


def _post(number: int) -> Mention:
    return Mention(
        source="board",
        native_id=str(number),
        platform="board",
        text="Third time this week that the app logs me out. <b>Nobody</b> answers @acme?!",
        url=f"https://board.example/{number}",
        author=Author(name="Robin", handle="robin"),
        published=MOMENT - timedelta(minutes=10 * number),
        collected=MOMENT,
        brands=(BrandMatch(name="Acme"),),
    )


_REPLY = {
    "reply": 3,
    "case": 7,
    "brand": "Acme",
    "platform": "board",
    "text": "Hi Robin, I'm sorry that the app logs you out. Which version is it? /ana",
    "to": "@robin",
    "in_reply_to": "https://board.example/7",
    "mention_id": "board:7",
    "is_private": False,
    "agent": "ana",
    "approved_by": "ben",
}
_BARE_REPLY = {"to": "", "in_reply_to": "", "mention_id": "", "approved_by": ""}
_TO_NOBODY = {"link": "", "team": ""}
_BARE_REPLY |= _TO_NOBODY
_WATCHED: Payload = {
    "agent": "dana",
    "case": {
        "id": 7,
        "brand": "Acme",
        "priority": "high",
        "status": "open",
        "with": "ana",
        "text": "Where is my refund? I have been waiting for three weeks.",
        "url": "https://board.example/7",
    },
    "count": 2,
    "news": [
        {
            "at": MOMENT.isoformat(),
            "said": "ana wrote a note that names you",
            "text": "@dana how are these refunded?",
        },
        {"at": MOMENT.isoformat(), "said": "FRT missed", "text": ""},
    ],
}
_BARE_CASE = {"agent": "", "due_at": "", "url": ""}


def _case(number: int) -> Payload:
    return {
        "id": number,
        "brand": "Acme",
        "agent": "ana",
        "priority": "high",
        "text": "Where is my refund? I have been waiting for three weeks.",
        "url": f"https://board.example/{number}",
        "due_at": (MOMENT + timedelta(hours=1)).isoformat(),
        "promise": "first response",
    }

"""Hearing: who watches a case is told by letter, through the channels of their own."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from alerts import outbox
from alerts.messages import QUOTE_CHARACTERS, Payload
from alerts.quoting import shortened
from cases import desk
from cases.case import SYSTEM, CaseFile
from untagged.escalating import agents_of, channels_of
from untagged.settings import Settings

KIND = "watched"
LISTED = 10
"""Pieces of news in a letter, the newest; more is for the case's page."""
_DID = {
    "pending": "set it pending",
    "snoozed": "snoozed it",
    "woken": "its snooze is over",
    "resolved": "resolved it",
    "reopened": "reopened it",
    "needs a reply": "says that it needs a reply",
    "merged": "merged it into case {into}",
    "took over": "merged case {from} into it",
}


def tell_watchers(connection: Any, settings: Settings, *, now: datetime) -> int:
    """Turn news into letters, one for each case and person; gives how much news there was.

    Each piece of news is in one letter a channel, and gone once that is written. Whoever has no
    channels, or is no agent any more, hears nothing.
    """
    taken = desk.take_news(connection)
    known = agents_of(settings)
    ordered = sorted(taken, key=lambda one: (one.case_id, one.agent, one.id))
    for number, of_case in groupby(ordered, key=lambda one: one.case_id):
        file = desk.show_case(connection, number)
        link = f"{settings.cockpit.url}/cases/{number}"
        for agent, group in groupby(of_case, key=lambda one: one.agent):
            told = list(group)
            payload = _payload(connection, file, told, agent=agent, link=link)
            for channel in channels_of(settings, [agent]) if agent in known else ():
                key = f"{KIND}:{told[0].id}:{channel}"
                outbox.enqueue(
                    connection, key=key, channel=channel, kind=KIND, payload=payload, now=now
                )
    return len(taken)


def _payload(
    connection: Any, file: CaseFile, told: Sequence[desk.News], *, agent: str, link: str
) -> Payload:
    case = file.case
    notes = [one.detail["note"] for one in told if "note" in one.detail]
    named = {number for number, who in desk.named_by(connection, notes).items() if agent in who}
    return {
        "agent": agent,
        "case": {
            "id": case.id,
            "brand": case.brand,
            "priority": case.priority,
            "status": case.status,
            "with": case.agent,
            "text": shortened(case.title or case.excerpt, QUOTE_CHARACTERS),
            "url": case.url,
        },
        "count": len(told),
        "news": [
            {"at": one.at.isoformat(), "said": _said(one, named), "text": _text(one, file)}
            for one in told[-LISTED:]
        ],
        "link": link,
        "team": case.team,
    }


def _said(news: desk.News, named: set[int]) -> str:
    """What happened, in words: 'ben resolved it'."""
    match news.action:
        case "noted":
            did = f"wrote a note{' that names you' if news.detail['note'] in named else ''}"
        case "post joined":
            return "there is a new post in its conversation"
        case "reopened" if "mention_id" in news.detail:
            return "its author wrote again, and it is open"
        case "breached":
            return f"{' and '.join(news.detail['missed'])} missed"
        case action:
            before, after = news.detail.get("changed", {}).get("status", ("", ""))
            did = _DID.get(action, f"made it {after} from {before}").format(**news.detail)
    return did if news.actor == SYSTEM else f"{news.actor} {did}"


def _text(news: desk.News, file: CaseFile) -> str:
    """The words of the note or post that it is about, '' for other news and what was forgotten."""
    notes = {one.id: one.text for one in file.notes}
    posts = {one.mention_id: one.excerpt for one in file.posts}
    text = notes.get(news.detail.get("note", 0)) or posts.get(news.detail.get("mention_id", ""))
    return shortened(text or "", QUOTE_CHARACTERS)

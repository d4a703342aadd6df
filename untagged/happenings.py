"""Happenings: what the rooms noted, and mentions that were indexed, become events for webhooks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from alerts.book import get_alert
from alerts.events import book, tries
from alerts.events.happening import Happening
from alerts.events.news import TYPES, AlertNews, take_alert_news
from alerts.events.webhook import Webhook
from cases import desk
from cases.case import Case
from cases.untold import CaseNews, take_case_news
from mentions.mention import Mention
from mentions.query.matcher import QueryMatcher
from mentions.query.parser import parse_query

KEPT_OTHERWISE = timedelta(days=30)
"""How long events are kept for webhooks that the settings have no more."""
MATCHED = "mention.matched"
OF_SPIKES = ("spike", "crisis")
"""Kinds of rules whose alerts are spikes."""

Begin = Callable[[], AbstractContextManager[Any]]


class Matched:
    """Tells webhooks of mentions that were indexed, in the transaction that notes them."""

    def __init__(self, webhooks: Iterable[Webhook]) -> None:
        self._webhooks = [one for one in webhooks if one.wants(MATCHED)]
        asked = {one.name: parse_query(one.query) for one in self._webhooks if one.query}
        self._narrowed, self._matcher = set(asked), QueryMatcher(asked)

    def tell(self, connection: Any, mentions: Sequence[Mention], *, now: datetime) -> int:
        """Write an event for each that is new and that somebody hears of; how many.

        A mention is told once, whatever becomes of it later. What was gathered from the past, or
        imported as such, is not told: it would come by the million.
        """
        if not self._webhooks:
            return 0
        told = [
            (happening, hooks)
            for mention in mentions
            if mention.added == "live" and (hooks := self._hearing(mention))
            for happening in (_of_mention(mention, now),)
        ]
        return book.tell(connection, told, now=now)

    def _hearing(self, mention: Mention) -> list[Webhook]:
        brands = frozenset(brand.name for brand in mention.brands)
        hooks = [hook for hook in self._webhooks if hook.passes(brands, "")]
        if not any(hook.name in self._narrowed for hook in hooks):
            return hooks
        found = self._matcher.match(mention)
        return [hook for hook in hooks if hook.name in found or hook.name not in self._narrowed]


def write_events(begin: Begin, webhooks: Sequence[Webhook], *, now: datetime) -> None:
    """Make events of what was noted of alerts and cases, until nothing is left."""
    taken = True
    while taken:
        with begin() as connection:
            taken = _write_some(connection, webhooks, now) > 0


def _write_some(connection: Any, webhooks: Sequence[Webhook], now: datetime) -> int:
    alerts, cases = take_alert_news(connection), take_case_news(connection)
    if webhooks:
        happenings = [
            *(one for news in alerts for one in _of_alert(connection, news)),
            *(_of_case(connection, news) for news in cases),
        ]
        told = [(one, book.hearing(webhooks, one)) for one in happenings]
        book.tell(connection, told, now=now)
    return len(alerts) + len(cases)


def digest_ready(
    connection: Any,
    webhooks: Sequence[Webhook],
    data: Mapping[str, Any],
    *,
    number: int,
    brand: str = "",
    team: str = "",
    now: datetime,
) -> None:
    """Tell that a digest was made, in the transaction that keeps it: `data` as the API shows it."""
    one = Happening(
        id=f"digest:{number}",
        type="digest.ready",
        subject=f"digests/{number}",
        at=now,
        schema="DigestShape",
        data=data,
        brands=frozenset({brand} - {""}),
        team=team,
    )
    book.tell(connection, [(one, book.hearing(webhooks, one))], now=now)


def forget_mentions(connection: Any, ids: Sequence[str]) -> None:
    """Delete the events of mentions that are gone, told or not."""
    book.forget_subjects(connection, [f"mentions/{one}" for one in ids])


def rewrite_case(connection: Any, case: Case, now: datetime) -> None:
    """Let a case's events say nothing that the case no longer does."""
    book.rewrite(connection, f"cases/{case.id}", _case_data(case, now))


def forget_events(connection: Any, webhooks: Sequence[Webhook], *, now: datetime) -> int:
    """Forget what is older than each webhook keeps; how many deliveries and tries that were."""
    before = {one.name: now - timedelta(days=one.keep_days) for one in webhooks}
    otherwise = now - KEPT_OTHERWISE
    gone = book.forget_old(connection, before, otherwise=otherwise)
    return gone + tries.forget_old(connection, before, otherwise=otherwise)


def _of_mention(mention: Mention, now: datetime) -> Happening:
    return Happening(
        id=f"mention:{mention.id}",
        type=MATCHED,
        subject=f"mentions/{mention.id}",
        at=now,
        schema="Mention",
        data=mention.to_json(),
    )


def _of_alert(connection: Any, news: AlertNews) -> list[Happening]:
    alert = get_alert(connection, news.alert_id)
    types = [TYPES[news.what]]
    if news.what == "fired" and alert.kind in OF_SPIKES:
        types.insert(0, "spike.detected")
    return [
        Happening(
            id=f"alert:{alert.id}:{type_.partition('.')[0]}:{news.id}",
            type=type_,
            subject=f"alerts/{alert.id}",
            at=news.at,
            schema="Alert",
            data=alert.to_json(),
            actor=news.who,
            brands=frozenset({alert.brand}),
        )
        for type_ in types
    ]


def _of_case(connection: Any, news: CaseNews) -> Happening:
    case = desk.read_case(connection, news.case_id)
    return Happening(
        id=f"case:{case.id}:{news.id}",
        type=f"case.{news.what}",
        subject=f"cases/{case.id}",
        at=news.at,
        schema="CaseRow",
        data=_case_data(case, news.at),
        actor=news.actor,
        brands=frozenset({case.brand} - {""}),
        team=case.team,
    )


def _case_data(case: Case, now: datetime) -> dict[str, Any]:
    return {**case.to_json(), "clock": desk.clock(case, now).to_json()}

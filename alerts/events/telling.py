"""Telling: one pass over the endpoints, each told in order, each try in the log.

At least once: whoever dies between an answer and the log tells it again, with the same ids.
"""

import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

import httpx
from sqlalchemy import Connection

from alerts.events import endpoints
from alerts.events.book import mark, next_for
from alerts.events.happening import Happening, Queued, written
from alerts.events.posting import Answer, post
from alerts.events.tries import note_try
from alerts.events.webhook import TEST, Webhook
from alerts.webhook import trusted
from mentions.webhooks import message_id

BATCHED = "mention.matched"
MAX_BATCH = 100
MAX_BATCH_BYTES = 512 * 1024
"""A batch ends before the event that would make it larger."""
BUDGET_SECONDS = 20.0
"""How long one pass tells one endpoint; the rest waits for the next pass."""

Begin = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Told:
    """What one pass did, in events."""

    sent: int = 0
    refused: int = 0
    failing: int = 0


def tell_endpoints(
    begin: Begin,
    webhooks: Sequence[Webhook],
    *,
    source: str,
    now: datetime,
    chance: random.Random,
    environ: Mapping[str, str] = os.environ,
    elapsed_seconds: Callable[[], float] = time.monotonic,
) -> Told:
    """Tell each endpoint what waits for it until it fails, or its share of the time is over."""
    started = elapsed_seconds()
    sent = refused = failing = 0
    for webhook in webhooks:
        teller = _Teller(begin, webhook, source, environ, chance)

        def clock() -> datetime:
            return now + timedelta(seconds=elapsed_seconds() - started)

        told = teller.tell(clock)
        sent, refused = sent + told.sent, refused + told.refused
        failing += told.failing
    return Told(sent, refused, failing)


class _Teller:
    """Tells one endpoint."""

    def __init__(
        self,
        begin: Begin,
        webhook: Webhook,
        source: str,
        environ: Mapping[str, str],
        chance: random.Random,
    ) -> None:
        self._begin, self._webhook = begin, webhook
        self._source, self._environ, self._chance = source, environ, chance

    def tell(self, clock: Callable[[], datetime]) -> Told:
        name, began = self._webhook.name, clock()
        with self._begin() as conn:
            # Nothing is written for an endpoint for which nothing waits.
            if not next_for(conn, name, limit=1) or not endpoints.claim(conn, name, now=began):
                return Told()
        sent = refused = 0
        try:
            with httpx.Client(follow_redirects=False, verify=trusted()) as client:
                while (clock() - began).total_seconds() < BUDGET_SECONDS:
                    with self._begin() as conn:
                        endpoints.hold(conn, name, now=clock())
                        queued = _next(conn, name)
                    if not queued:
                        break
                    answer = self._try(client, queued, clock)
                    sent += len(queued) * (answer.outcome == "sent")
                    refused += len(queued) * (answer.outcome == "refused")
                    if answer.outcome == "delayed" or answer.is_gone:
                        return Told(sent, refused, failing=1)
        finally:
            with self._begin() as conn:
                endpoints.let_go(conn, name)
        return Told(sent, refused)

    def _try(
        self, client: httpx.Client, queued: Sequence[Queued], clock: Callable[[], datetime]
    ) -> Answer:
        at = clock()
        answer = _post(
            client,
            self._webhook,
            queued,
            source=self._source,
            environ=self._environ,
            now=at,
        )
        with self._begin() as conn:
            _note(conn, self._webhook, queued, answer, at)
            self._settle(conn, queued, answer, clock())
        return answer

    def _settle(
        self, conn: Connection, queued: Sequence[Queued], answer: Answer, now: datetime
    ) -> None:
        name = self._webhook.name
        if answer.is_gone:  # what it was told waits: whoever resumes it has mended it
            endpoints.pause(conn, name, because=answer.said, now=now)
        elif answer.outcome == "delayed":
            endpoints.note_failure(
                conn,
                name,
                now=now,
                chance=self._chance,
                asked_seconds=answer.after_seconds,
                because=answer.said,
            )
        else:
            mark(conn, queued, answer.outcome)
            endpoints.note_success(conn, name)


def _next(conn: Connection, endpoint: str) -> Sequence[Queued]:
    """What goes out in one request: the first, or mentions up to a batch, none of them moved."""
    first = next_for(conn, endpoint, limit=1)
    if not first or first[0].happening.type != BATCHED:
        return first
    queued = next_for(conn, endpoint, limit=MAX_BATCH)
    many, size = 0, 0
    for one in queued:
        size += len(str(one.happening.data))
        is_alike = one.happening.type == BATCHED and one.is_replay == first[0].is_replay
        if many and (not is_alike or size > MAX_BATCH_BYTES):
            break
        many += 1
    return queued[:many]


def _name(queued: Sequence[Queued]) -> str:
    """The webhook-id: the event's id, for a batch one that is the same for the same events."""
    if len(queued) == 1:
        return message_id(queued[0].happening.id)
    all_of_it = "\n".join(one.happening.id for one in queued)
    return f"batch:{blake2b(all_of_it.encode(), digest_size=16).hexdigest()}"


def try_endpoint(
    begin: Begin,
    webhook: Webhook,
    *,
    source: str,
    who: str,
    now: datetime,
    environ: Mapping[str, str] = os.environ,
) -> Answer:
    """Tell it a test event at once, whatever waits, and say what it answered; it is in the log."""
    told = Happening(
        id=f"test:{webhook.name}:{now.timestamp():.6f}",
        type=TEST,
        subject="test",
        at=now,
        schema="",
        data={"message": f"{who} tries the webhook {webhook.name}; nothing has happened."},
        actor=who,
    )
    queued = (Queued(0, 0, is_replay=False, happening=told),)
    with httpx.Client(follow_redirects=False, verify=trusted()) as client:
        answer = _post(client, webhook, queued, source=source, environ=environ, now=now)
    with begin() as conn:
        _note(conn, webhook, queued, answer, now)
    return answer


def _post(
    client: httpx.Client,
    webhook: Webhook,
    queued: Sequence[Queued],
    *,
    source: str,
    environ: Mapping[str, str],
    now: datetime,
) -> Answer:
    is_batch = queued[0].happening.type == BATCHED
    content_type, body = written(queued, source=source, is_batch=is_batch)
    return post(
        client,
        webhook,
        body,
        name=_name(queued),
        content_type=content_type,
        is_replay=queued[0].is_replay,
        environ=environ,
        now=now,
    )


def _note(
    conn: Connection, webhook: Webhook, queued: Sequence[Queued], answer: Answer, at: datetime
) -> None:
    note_try(
        conn,
        endpoint=webhook.name,
        at=at,
        events=[one.happening.id for one in queued],
        types=queued[0].happening.type,
        is_replay=queued[0].is_replay,
        outcome=answer.outcome,
        status=answer.status,
        milliseconds=answer.milliseconds,
        said=answer.said,
    )

"""Webhooks hear of events: in order, at least once, each try in the log."""

import json
import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Connection

from alerts.events import book, endpoints, telling, tries
from alerts.events.happening import BATCH_MEDIA_TYPE, MEDIA_TYPE, Happening
from alerts.events.webhook import EVENTS, Webhook
from mentions.errors import Conflict
from mentions.webhooks import verified
from tests.alerts.receiver import Receiver, receiving

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SECRET = {"HOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
SOURCE = "http://127.0.0.1:8000"


def webhook(url: str = "https://acme.example/hook", **more: Any) -> Webhook:
    given = {"name": "tracker", "url": url, "secret_env": "HOOK_SECRET", "events": ["*"], **more}
    return Webhook(**given)


def happening(number: int, type_: str = "case.opened", **more: Any) -> Happening:
    given: dict[str, Any] = {
        "id": f"{type_}:{number}",
        "type": type_,
        "subject": f"cases/{number}",
        "at": NOW,
        "schema": "CaseRow",
        "data": {"number": number},
        **more,
    }
    return Happening(**given)


class World:
    """A receiver, and what tells it, over one connection."""

    def __init__(self, conn: Connection, receiver: Receiver) -> None:
        self.conn, self.receiver = conn, receiver
        self.hook = webhook(receiver.url)

    def begin(self) -> AbstractContextManager[Connection]:
        @contextmanager
        def begun() -> Iterator[Connection]:
            yield self.conn

        return begun()

    def happen(self, *happenings: Happening, hooks: list[Webhook] | None = None) -> int:
        told = [(one, hooks or [self.hook]) for one in happenings]
        return book.tell(self.conn, told, now=NOW)

    def tell(self, now: datetime = NOW, *hooks: Webhook, environ: Any = None) -> telling.Told:
        return telling.tell_endpoints(
            self.begin,
            hooks or (self.hook,),
            source=SOURCE,
            now=now,
            chance=random.Random(1),
            environ=SECRET if environ is None else environ,
            elapsed_seconds=lambda: 0.0,
        )

    def log(self, **asked: Any) -> list[tries.Try]:
        return tries.latest_tries(self.conn, **asked)

    def endpoint(self, name: str = "tracker") -> endpoints.Endpoint:
        return endpoints.endpoints(self.conn, [name], now=NOW)[name]

    @property
    def heard(self) -> list[Any]:
        return [json.loads(one.body) for one in self.receiver.got]


@pytest.fixture
def world(conn: Connection) -> Iterator[World]:
    with receiving() as receiver:
        yield World(conn, receiver)


def test_an_event_is_a_signed_cloud_event_with_its_own_id(world: World) -> None:
    world.happen(happening(7, actor="ana"))
    assert world.tell() == telling.Told(sent=1)
    (request,) = world.receiver.got
    assert request.headers["content-type"] == MEDIA_TYPE
    name = verified(
        request.headers, request.body, environ=SECRET, secret_env="HOOK_SECRET", now=NOW
    )
    assert name == "case%2Eopened:7"
    event = json.loads(request.body)
    assert event.pop("sequence").isdigit()
    assert event == {
        "specversion": "1.0",
        "id": "case.opened:7",
        "source": SOURCE,
        "type": "untagged.case.opened",
        "subject": "cases/7",
        "time": "2026-03-04T12:00:00Z",
        "datacontenttype": "application/json",
        "dataschema": f"{SOURCE}/api/v1/openapi.json#/components/schemas/CaseRow",
        "actor": "ana",
        "data": {"number": 7},
    }


def test_the_same_event_is_written_and_told_once(world: World) -> None:
    assert world.happen(happening(1), happening(1)) == 1
    assert world.happen(happening(1)) == 0
    world.tell()
    world.tell()
    assert len(world.receiver.got) == 1


def test_what_nobody_hears_of_is_not_written(world: World) -> None:
    assert book.tell(world.conn, [(happening(1), [])], now=NOW) == 0
    assert book.counts(world.conn, ["tracker"])["tracker"]["waiting"] == 0


def test_mentions_go_in_batches_and_the_order_of_all_is_kept(world: World) -> None:
    mentions = [happening(n, "mention.matched") for n in range(150)]
    world.happen(happening(1), *mentions, happening(2))
    assert world.tell().sent == 152
    kinds = [one.headers["content-type"] for one in world.receiver.got]
    assert kinds == [MEDIA_TYPE, BATCH_MEDIA_TYPE, BATCH_MEDIA_TYPE, MEDIA_TYPE]
    first, batch, rest, last = world.heard
    assert (first["id"], last["id"]) == ("case.opened:1", "case.opened:2")
    assert (len(batch), len(rest)) == (100, 50)
    assert [one["id"] for one in [*batch, *rest]] == [one.id for one in mentions]
    assert len({one.headers["webhook-id"] for one in world.receiver.got}) == 4
    assert [len(one.events) for one in world.log()] == [1, 50, 100, 1]


def test_a_batch_has_a_size_that_it_never_passes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MAX_BATCH_BYTES", 1_000)
    world.happen(*(happening(n, "mention.matched", data={"text": "x" * 400}) for n in range(5)))
    world.tell()
    assert [len(one) for one in world.heard] == [2, 2, 1]


def test_what_fails_is_tried_again_and_nothing_passes_it_by(world: World) -> None:
    world.happen(happening(1), happening(2))
    world.receiver.answers = [(503, {"retry-after": "120"})]
    assert world.tell() == telling.Told(failing=1)
    assert world.endpoint().state == "failing"
    assert world.endpoint().next_try_at >= NOW + timedelta(seconds=120)
    assert world.tell(NOW + timedelta(seconds=60)) == telling.Told()  # not due yet
    assert world.tell(NOW + timedelta(minutes=5)) == telling.Told(sent=2)
    assert [one["id"] for one in world.heard] == ["case.opened:1"] * 2 + ["case.opened:2"]
    names = [one.headers["webhook-id"] for one in world.receiver.got]
    assert names[0] == names[1] != names[2]
    assert world.endpoint().state == "fine"


def test_what_is_refused_is_passed_by_and_said(world: World) -> None:
    world.happen(happening(1), happening(2))
    world.receiver.answers = [(422, {})]
    assert world.tell() == telling.Told(sent=1, refused=1)
    assert [one.outcome for one in world.log()] == ["sent", "refused"]
    assert world.log(outcome="refused")[0].said == "it answered 422"
    assert book.counts(world.conn, ["tracker"])["tracker"] == {
        "waiting": 0,
        "sent": 1,
        "refused": 1,
    }


def test_whoever_takes_nothing_for_long_is_paused_and_resuming_tells_what_waited(
    world: World,
) -> None:
    world.happen(happening(1))
    world.receiver.answers = [(500, {})] * endpoints.MAX_FAILS
    now = NOW
    for _ in range(endpoints.MAX_FAILS):
        world.tell(now)
        now += timedelta(hours=2)
    assert world.endpoint().state == "paused"
    assert "15 tries failed" in world.endpoint().paused_because
    world.happen(happening(2))
    assert world.tell(now) == telling.Told()
    endpoints.resume(world.conn, "tracker", now=now)
    assert world.tell(now) == telling.Told(sent=2)
    with pytest.raises(Conflict, match="neither paused nor failing"):
        endpoints.resume(world.conn, "tracker", now=now)


def test_gone_pauses_at_once_and_keeps_the_event(world: World) -> None:
    world.happen(happening(1))
    world.receiver.answers = [(410, {})]
    assert world.tell().failing == 1
    assert world.endpoint().state == "paused"
    assert book.waiting_for(world.conn, "tracker") == 1


def test_one_that_is_down_holds_up_no_other(world: World) -> None:
    down = webhook("http://127.0.0.1:9/nobody", name="down")
    world.happen(happening(1), hooks=[down, world.hook])
    assert world.tell(NOW, down, world.hook) == telling.Told(sent=1, failing=1)
    assert world.log(endpoint="down")[0].said == "it did not answer: ConnectError"


def test_a_redirect_is_not_followed(world: World) -> None:
    world.happen(happening(1))
    world.receiver.answers = [(302, {"location": f"{world.receiver.url}/elsewhere"})]
    assert world.tell().failing == 1
    assert "not followed" in world.log()[0].said
    assert len(world.receiver.got) == 1


def test_without_a_secret_nothing_leaves_and_the_log_says_which(world: World) -> None:
    world.happen(happening(1))
    assert world.tell(environ={"OTHER": "x"}).failing == 1
    assert world.receiver.got == []
    assert "HOOK_SECRET is not set" in world.log()[0].said


def test_a_claim_keeps_a_second_teller_out_until_it_ends(world: World) -> None:
    world.happen(happening(1))
    assert endpoints.claim(world.conn, "tracker", now=NOW)
    assert world.tell() == telling.Told()
    assert world.tell(NOW + timedelta(minutes=6)) == telling.Told(sent=1)


def test_who_dies_before_the_log_tells_it_again_with_the_same_id(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    world.happen(happening(1))
    with monkeypatch.context() as patched:
        patched.setattr(telling, "_note", dying)
        with pytest.raises(KeyboardInterrupt):
            world.tell()
    assert world.tell().sent == 1
    first, second = world.receiver.got
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_a_replay_has_the_same_id_and_says_that_it_is_one(world: World) -> None:
    world.happen(happening(1), happening(2, "alert.fired"), happening(3, "case.resolved"))
    world.tell()
    assert book.replay(world.conn, world.hook, now=NOW, since=NOW, event="case.*") == 2
    assert book.replay(world.conn, world.hook, now=NOW, event_id="alert.fired:2") == 1
    assert book.replay(world.conn, world.hook, now=NOW, since=NOW + timedelta(seconds=1)) == 0
    world.tell()
    again = world.heard[3:]
    assert [one["id"] for one in again] == ["case.opened:1", "case.resolved:3", "alert.fired:2"]
    assert all(one["replay"] is True for one in again)
    assert not any("replay" in one for one in world.heard[:3])
    assert {one.headers.get("untagged-replay") for one in world.receiver.got[3:]} == {"true"}
    assert [one.is_replay for one in world.log()] == [True] * 3 + [False] * 3


def test_the_underscore_of_a_type_is_no_wildcard(world: World) -> None:
    world.happen(happening(1))
    world.tell()
    assert book.replay(world.conn, world.hook, now=NOW, since=NOW, event="case_opened") == 0


def test_mentions_for_one_that_takes_nothing_are_bounded_and_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "MAX_WAITING", 2)
    world.happen(happening(1), happening(2))
    world.receiver.answers = [(500, {})]
    world.tell()
    world.happen(happening(3, "mention.matched"), happening(4, "case.opened"))
    assert world.endpoint().missed == 1
    assert [one.happening.id for one in book.next_for(world.conn, "tracker", limit=9)] == [
        "case.opened:1",
        "case.opened:2",
        "case.opened:4",
    ]


def test_what_an_answer_says_is_short_and_shows_nothing_hidden(world: World) -> None:
    from alerts.events.posting import _excerpt

    class Endless:
        def iter_raw(self) -> Iterator[bytes]:
            yield "<script>\u202e".encode() + b"x" * 100_000
            raise AssertionError("more was read than is shown")

    said = _excerpt(Endless())  # type: ignore[arg-type]  # all of a response that it touches
    assert said.startswith("<script>x")
    assert len(said) <= 300


def test_lines_and_tries_are_kept_as_long_as_the_webhook_says(world: World) -> None:
    world.happen(happening(1))
    world.tell()
    world.happen(happening(2))
    book.forget_old(world.conn, {"tracker": NOW}, otherwise=NOW)
    assert tries.forget_old(world.conn, {"tracker": NOW}, otherwise=NOW) == 0
    later = NOW + timedelta(seconds=1)
    assert tries.forget_old(world.conn, {"tracker": later}, otherwise=NOW) == 1
    assert book.forget_old(world.conn, {"tracker": later}, otherwise=NOW) == 2
    assert world.conn.exec_driver_sql("SELECT count(*) FROM webhook_events").scalar_one() == 0


def test_a_test_is_told_at_once_and_logged(world: World) -> None:
    answer = telling.try_endpoint(
        world.begin, world.hook, source=SOURCE, who="ana", now=NOW, environ=SECRET
    )
    assert answer.outcome == "sent"
    assert world.heard[0]["type"] == "untagged.webhook.test"
    assert world.log()[0].types == "webhook.test"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "ftp://acme.example"}, "is no http"),
        ({"url": "http://acme.example/hook"}, "where all can read them; write https://"),
        ({"url": "https://user:pass@acme.example/"}, "is no http"),
        ({"url": "https://acme.example:x/"}, "is no address"),
        ({"events": ["case.oppened"]}, "'case.oppened' is no event"),
        ({"events": []}, "at least 1"),
        ({"events": ["case.*"], "query": "acme"}, "add mention.matched to events"),
        ({"query": "(acme"}, "character 1"),
        ({"secret_env": "not a name"}, "pattern"),
    ],
)
def test_wrong_settings_say_what_to_write(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match="1 validation error") as refused:
        webhook(**given)
    assert said in str(refused.value)


def test_patterns_and_filters_let_through_what_they_say() -> None:
    all_cases = webhook(events=["case.*", "mention.matched"], brands=["Acme"], teams=["care"])
    assert [one for one in EVENTS if all_cases.wants(one)] == [
        "mention.matched",
        *(one for one in EVENTS if one.startswith("case.")),
    ]
    assert all_cases.passes(frozenset({"Acme", "Bolt"}), "care")
    assert all_cases.passes(frozenset({"Acme"}), "")
    assert not all_cases.passes(frozenset({"Acme"}), "sales")
    assert not all_cases.passes(frozenset({"Bolt"}), "care")
    assert webhook().passes(frozenset(), "anybody")

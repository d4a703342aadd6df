"""Erasing quotes of an author's posts from alerts and messages, on both databases."""

from typing import Any

import pytest
import sqlalchemy as sql
from sqlalchemy import Connection

from alerts import outbox
from alerts.book import record
from alerts.deleting import DELETED, forget_deleted
from alerts.digests import issued
from alerts.digests.digest import Digest, Entry, Quote, Section
from alerts.erasing import GONE, Traces, erase_quotes, written_about
from alerts.life import acknowledge
from alerts.tables import alert_group_members, alert_groups, alerts, escalations
from mentions.mention import Author
from tests.alerts.world import HOUR, NOW, firing, mention

ADA = Author(handle="ada_l", name="Countess Lovelace", id="4711")
VIOLIN = "Acme lost the violin\u200b of my grandmother"
THEIRS = [
    mention("1", text=VIOLIN, author=ADA, url="https://board.example/violin"),
    mention("2", text="Acme sucks", author=ADA),
]
REASON = "3 widely read mentions of Acme; @ada_l (9,000 followers) on board names it"
UNNAMED = REASON.replace("@ada_l", "somebody")


def letter(conn: Connection, key: str, **payload: Any) -> None:
    outbox.enqueue(conn, key=key, channel="chat", kind="alert", payload=payload, now=NOW)


def told(conn: Connection) -> dict[str, Any]:
    return {one.idempotency_key: one.payload for one in outbox.letters(conn)}


@pytest.fixture
def told_of(conn: Connection) -> Connection:
    """An alert, its escalation, a group's message and letters, with them and without."""
    fired = firing(kind="influencer", reason=REASON, mention_ids=("board:7", "board:1"))
    number = record(conn, fired, repeat=HOUR, now=NOW).alert_id
    quoting = {"posts": [{"id": "board:1", "text": VIOLIN, "author": "ada_l", "url": "https://x"}]}
    group = {"channel": "chat", "key": "all", "labels": {}}
    conn.execute(sql.insert(alert_groups).values(id=1, **group))
    member = {"alert_id": number, "channel": "chat", "group_id": 1, "message": quoting}
    row = {"joined_at": NOW, "repeat_seconds": 60, "is_live": True}
    conn.execute(sql.insert(alert_group_members).values(member | row))
    moments = dict.fromkeys(("due_at", "round_began_at", "began_at"), NOW)
    run = {"alert_id": number, "chain": "night", "payload": quoting, "round": 1, "step": 0}
    conn.execute(sql.insert(escalations).values(run | moments | {"notes": [], "log": []}))
    letter(conn, "three", alert={"id": number, "reason": REASON, "mention_ids": ["board:7"]})
    entry = Entry("Violins", facts=("@ada_l asked first",), quotes=(Quote.of(THEIRS[0]),))
    digest = Digest(
        "health", "Acme", NOW - HOUR, NOW, ("Two.",), sections=(Section("", entries=(entry,)),)
    )
    issued.keep(conn, digest, now=NOW)
    case = {"id": 5, "text": "Acme lost the violin of my grandmother"}
    letter(conn, "cases", cases=[case, {"id": 6, "text": "Acme sucks"}])
    letter(conn, "others", cases=[{"id": 7, "text": "I say Acme sucks"}], reason="@ada_l.example")
    return conn


def test_quotes_go_from_every_place(told_of: Connection) -> None:
    traces, others = Traces.of(THEIRS), told(told_of)["others"]
    before = told(told_of)
    counted = erase_quotes(told_of, traces, is_trial=True)
    assert told(told_of) == before
    assert erase_quotes(told_of, traces, is_trial=False) == counted
    assert counted == {
        "unsent_replies": 0,
        "outbox": 2,
        "messages": 1,
        "escalations": 1,
        "events": 0,
        "alerts": 0,
        "alert_posts": 1,
        "digests": 1,
        "reasons": 1,
    }
    after = told(told_of)
    assert after["others"] == others
    assert after["three"]["alert"] == before["three"]["alert"] | {"reason": UNNAMED}
    assert [one["text"] for one in after["cases"]["cases"]] == [GONE, GONE]
    row = told_of.execute(sql.select(alerts.c.reason, alerts.c.mention_ids)).one()
    assert row == (UNNAMED, ["board:7"])
    for column in (alert_group_members.c.message, escalations.c.payload):
        assert told_of.execute(sql.select(column)).scalar_one()["posts"][0]["text"] == GONE
    (digest,) = issued.list_issued(told_of)
    (entry,) = digest.digest.sections[0].entries
    (quote,) = entry.quotes
    assert (quote.text, quote.author, quote.url) == (GONE, "somebody", "")
    assert entry.facts == ("somebody asked first",)
    erase_quotes(told_of, traces, is_trial=False)
    assert told(told_of) == after


def test_a_deleted_post_goes_from_every_place_as_an_erased_one_does(told_of: Connection) -> None:
    before = told(told_of)
    forget_deleted(told_of, THEIRS[:1])
    after = told(told_of)
    assert after["others"] == before["others"]
    assert after["three"]["alert"] == before["three"]["alert"] | {"reason": UNNAMED}
    assert [one["text"] for one in after["cases"]["cases"]] == [DELETED, "Acme sucks"]
    row = told_of.execute(sql.select(alerts.c.reason, alerts.c.mention_ids)).one()
    assert row == (UNNAMED, ["board:7"])
    for column in (alert_group_members.c.message, escalations.c.payload):
        (post,) = told_of.execute(sql.select(column)).scalar_one()["posts"]
        assert (post["text"], post["author"], post["url"]) == (DELETED, "somebody", "")
    forget_deleted(told_of, THEIRS[:1])
    assert told(told_of) == after


def test_deleting_one_post_names_nobody_less_where_it_is_not_told_of(told_of: Connection) -> None:
    before = told(told_of)
    other = mention("9", text="And now my cello, Acme, well done", author=ADA)
    forget_deleted(told_of, [other])
    assert told(told_of) == before
    row = told_of.execute(sql.select(alerts.c.reason, alerts.c.mention_ids)).one()
    assert row == (REASON, ["board:7", "board:1"])


def test_what_was_written_before_a_post_is_not_looked_at(told_of: Connection) -> None:
    before = told(told_of)
    forget_deleted(told_of, [mention("1", text=VIOLIN, author=ADA, published=NOW + HOUR)])
    assert told(told_of) == before


def test_an_alert_that_no_longer_lists_their_post_names_them_no_more(conn: Connection) -> None:
    fired = firing(kind="influencer", reason=REASON, mention_ids=("board:7",))
    record(conn, fired, repeat=HOUR, now=NOW)
    assert erase_quotes(conn, Traces.of(THEIRS), is_trial=False)["reasons"] == 1
    assert conn.execute(sql.select(alerts.c.reason)).scalar_one() == UNNAMED


def test_what_people_wrote_is_found_and_left(conn: Connection) -> None:
    number = record(conn, firing(), repeat=HOUR, now=NOW).alert_id
    other = record(conn, firing(key="other"), repeat=HOUR, now=NOW).alert_id
    acknowledge(conn, number, who="ana", note="I wrote to Ada_L", now=NOW)
    acknowledge(conn, other, who="ana", note="Ada_Lee is somebody else", now=NOW)
    found = written_about(conn, Traces.of(THEIRS))
    assert found == {"incidents": [], "alerts": [number]}


def test_a_name_in_a_longer_name_is_somebody_else() -> None:
    traces = Traces.of([mention("1", text="x", author=Author(handle="ada"))])
    said = "@ada, ada@server.example, @ada.example, @ada-lee and Ada. Adamant"
    assert traces.unnamed(said) == (
        "somebody, ada@server.example, @ada.example, @ada-lee and somebody. Adamant"
    )
    assert traces.is_named_in("she said: Ada!")
    assert not traces.is_named_in("adamant")
    assert Traces(frozenset(), frozenset(), frozenset()).unnamed("as it was") == "as it was"


def test_what_only_begins_like_a_short_post_of_theirs_is_somebody_elses() -> None:
    traces = Traces.of([mention("1", text="Acme is down again", author=ADA)])
    assert traces.is_in({"text": "Acme  is down again"})
    assert not traces.is_in({"text": "Acme is down again, says my bank"})
    assert traces.is_named_in("she wrote: Acme is down again, and more")
    long = "Acme is down again and nobody of them told me why it was so for days"
    traces = Traces.of([mention("1", text=f"{long}, {long}", author=ADA)])
    assert traces.is_in({"text": f"{long}…"})

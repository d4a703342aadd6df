"""Posts that were answered are found by their brand and their time, the newest first."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from cases import desk
from tests.cases.world import NOON, opened

HOUR = timedelta(hours=1)
ACME, BOLT = ({"name": "Acme"},), ({"name": "Bolt Bank"},)


def case(conn: Connection, number: str, *, hours: float = 0, **more: Any) -> int:
    more.setdefault("brands", ACME)
    return opened(conn, number, published=NOON + hours * HOUR, **more).id


def replied(conn: Connection, case_id: int, *, is_private: bool) -> None:
    words = "It takes ten days."
    reply = desk.write(conn, case_id, words, is_private=is_private, now=NOON, actor="ana")
    desk.hand_over(conn, reply.id, to="copy", now=NOON, actor="ana")


def found(conn: Connection, *, limit: int = 9) -> list[str]:
    until = NOON + 3 * HOUR
    return desk.answered_posts(conn, brand="Acme", since=NOON, until=until, limit=limit)


def test_addresses_and_public_replies_count_and_nothing_else(conn: Connection) -> None:
    by_page, by_words = case(conn, "1"), case(conn, "2", hours=1)
    told_alone, waiting, foreign = case(conn, "3"), case(conn, "4"), case(conn, "5", brands=BOLT)
    for one in (by_page, foreign):
        desk.resolve_with(conn, one, "https://help.example", now=NOON, actor="ana")
    replied(conn, by_words, is_private=False)
    replied(conn, told_alone, is_private=True)
    desk.resolve(conn, waiting, now=NOON, actor="ana")
    assert found(conn) == ["board:2", "board:1"]
    assert found(conn, limit=1) == ["board:2"]


def test_the_window_holds_its_start_and_not_its_end(conn: Connection) -> None:
    for number, hours in (("1", -0.01), ("2", 0), ("3", 2.99), ("4", 3)):
        replied(conn, case(conn, number, hours=hours), is_private=False)
    assert found(conn) == ["board:3", "board:2"]


def test_what_was_merged_is_answered_where_it_went(conn: Connection) -> None:
    went, stays = case(conn, "1"), case(conn, "2", hours=1)
    desk.merge(conn, went, into=stays, now=NOON, actor="ana")
    replied(conn, stays, is_private=False)
    assert found(conn) == ["board:2", "board:1"]


def test_of_too_many_those_of_questions_are_found(conn: Connection) -> None:
    asks = ({"label": "question", "confidence": 0.9},)
    for number, hours, intents in (("1", 0, asks), ("2", 1, ()), ("3", 0.5, asks)):
        replied(conn, case(conn, number, hours=hours, intents=intents), is_private=False)
    some = {"brand": "Acme", "since": NOON, "until": NOON + 3 * HOUR, "first": "question"}
    assert desk.answered_posts(conn, limit=9, **some) == ["board:3", "board:1", "board:2"]
    assert desk.answered_posts(conn, limit=2, **some) == ["board:3", "board:1"]

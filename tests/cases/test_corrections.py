"""The trail of corrections, on both databases: what holds, and what is forgotten."""

from datetime import timedelta

from sqlalchemy import Connection

from cases import corrections
from cases.corrections import Correction
from tests.cases.world import NOON


def test_of_each_field_the_last_word_holds_unless_it_was_taken_back(conn: Connection) -> None:
    def says(value: str, *, field: str = "sentiment", mention_id: str = "board:1") -> Correction:
        one = Correction(mention_id, field, "neutral", value, {"value": None}, "ana", NOON)
        corrections.note(conn, one)
        return one

    says("negative")
    last = says("positive")
    other = says("no", field="brand:50%_off", mention_id="board:2")
    says("positive", mention_id="board:3")
    says("", mention_id="board:3")
    assert corrections.latest(conn, "board:1", "sentiment") == last
    found = corrections.standing(conn, ["board:1", "board:2", "board:3", "board:4"])
    assert found == {"board:1": [last], "board:2": [other]}
    assert corrections.all_standing(conn, ["sentiment", "brand:"]) == [last, other]


def test_what_is_forgotten_is_gone_and_nothing_else(conn: Connection) -> None:
    for mention_id, hours in (("board:1", 0), ("board:2", 1), ("board:3", 2)):
        at = NOON + timedelta(hours=hours)
        said = Correction(mention_id, "severity", "", "1", {"value": None}, "ana", at)
        corrections.note(conn, said)
    corrections.forget(conn, ["board:3", "board:9"])
    assert corrections.forget_old(conn, before=NOON + timedelta(hours=1)) == 1
    assert [one.mention_id for one in corrections.all_standing(conn, ["severity"])] == ["board:2"]

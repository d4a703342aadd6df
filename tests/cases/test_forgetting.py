"""A deleted post leaves nothing of its words or its author in the desk."""

from sqlalchemy import select

from cases.desk import mention_deleted, merge, show_case, write
from cases.tables import metadata
from tests.cases.world import MINUTE, NOON, actions, opened, trail_agrees

AT = NOON + 10 * MINUTE
SECRET = {"title": "Zebra", "text": "zebra zebra", "author": {"handle": "zebra_lover"}}


def everything(conn) -> str:
    rows = [conn.execute(select(table)).all() for table in metadata.sorted_tables]
    return str(rows).lower()


def test_words_author_and_address_of_the_opening_post_are_removed(conn):
    case = opened(conn, **SECRET, url="https://board.example/zebra").case
    assert "zebra" in everything(conn)
    after = mention_deleted(conn, "board:1", now=AT)
    assert "zebra" not in everything(conn)
    assert after is not None
    assert (after.status, after.agent, after.due_at) == ("open", "ana", case.due_at)
    assert show_case(conn, case.id).posts[0].deleted_at == AT
    last = show_case(conn, case.id).audit[-1]
    assert (last.action, last.detail) == ("post deleted", {"mention_id": "board:1"})
    assert trail_agrees(conn, case.id)


def test_a_joined_post_is_removed_and_the_opening_one_stays(conn):
    case = opened(conn, "1").case
    opened(conn, "2", thread="1", **SECRET)
    mention_deleted(conn, "board:2", now=AT)
    assert "zebra" not in everything(conn)
    assert show_case(conn, case.id).case.excerpt == case.excerpt


def test_a_post_of_a_merged_case_is_removed_from_both(conn):
    target, source = opened(conn, "1").case, opened(conn, "2", **SECRET).case
    merge(conn, source.id, into=target.id, now=AT, actor="ana")
    after = mention_deleted(conn, "board:2", now=AT)
    assert after is not None
    assert after.id == target.id
    assert "zebra" not in everything(conn)
    assert actions(conn, source.id)[-1] == actions(conn, target.id)[-1] == "post deleted"


def test_a_reply_of_a_merged_case_is_forgotten_with_a_post_that_had_joined_it(conn):
    target, source = opened(conn, "1").case, opened(conn, "2").case
    opened(conn, "3", thread="2", **SECRET)
    write(conn, source.id, "Dear zebra_lover", now=AT, actor="ana")
    merge(conn, source.id, into=target.id, now=AT, actor="ana")
    mention_deleted(conn, "board:3", now=AT)
    assert "zebra" not in everything(conn)


def test_a_second_deletion_changes_nothing_and_one_without_a_case_is_none(conn):
    opened(conn)
    first = mention_deleted(conn, "board:1", now=AT)
    assert mention_deleted(conn, "board:1", now=AT + MINUTE) == first
    assert mention_deleted(conn, "board:404", now=AT) is None


def test_a_deleted_post_that_is_collected_again_stays_forgotten(conn):
    opened(conn, **SECRET)
    mention_deleted(conn, "board:1", now=AT)
    assert not opened(conn, **SECRET).is_new
    assert "zebra" not in everything(conn)

"""One link for each resolved case: signed, expiring, answered once, changed for a day."""

from datetime import timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import survey
from cases.desk import mention_deleted, resolve
from mentions.errors import Conflict, NotFound, SettingsError, UntaggedError
from tests.cases.world import HOUR, NOON, actions, alerted, opened, sqlite_engine

SECRET = "a secret that is long enough for it"
DAY = timedelta(days=1)
LATER = NOON + HOUR
ASKED = {"secret": SECRET, "valid": 14 * DAY, "now": LATER, "actor": "ana"}


def resolved(conn, native_id="1", **fields):
    case = opened(conn, native_id, **fields)
    resolve(conn, case.id, now=LATER, actor="ana")
    return case.id


def answered(conn, token, score=5, comment="", now=LATER):
    return survey.answer(conn, token, score=score, comment=comment, secret=SECRET, now=now)


def test_an_author_answers_and_changes_it_within_a_day(conn):
    case = resolved(conn)
    token = survey.ask(conn, case, topics=["bags"], **ASKED)
    answered(conn, token, 2, " slow\x00 ")
    changed = answered(conn, token, 4, "fine", now=LATER + DAY - HOUR)
    assert (changed.score, changed.comment, changed.answered_at) == (4, "fine", LATER)
    assert survey.survey_of(conn, case) == changed
    with pytest.raises(NotFound, match="thank you"):
        answered(conn, token, 1, now=LATER + DAY)
    assert actions(conn, case)[-3:] == ["survey asked", "survey answered", "survey changed"]


def test_nobody_is_asked_twice(conn):
    case = resolved(conn)
    survey.ask(conn, case, **ASKED)
    with pytest.raises(Conflict, match="once"):
        survey.ask(conn, case, **ASKED)


def test_trolls_alerts_and_open_cases_are_not_asked(conn):
    with pytest.raises(Conflict, match="troll"):
        survey.ask(conn, resolved(conn), troll=0.5, **ASKED)
    with pytest.raises(Conflict, match="when it is resolved"):
        survey.ask(conn, opened(conn, "2").id, **ASKED)
    case = alerted(conn).id
    resolve(conn, case, now=LATER, actor="ana")
    with pytest.raises(Conflict, match="nobody to ask"):
        survey.ask(conn, case, **ASKED)


def test_a_link_expires(conn):
    token = survey.ask(conn, resolved(conn), **ASKED)
    assert survey.read_token(conn, token, secret=SECRET, now=LATER + 14 * DAY - HOUR)
    with pytest.raises(NotFound, match="was good until 2026-03-16"):
        answered(conn, token, now=LATER + 14 * DAY)


def forged(conn, token):
    claims = jwt.decode(token, options={"verify_signature": False})
    later = claims | {"exp": claims["exp"] + 86_400}
    yield jwt.encode(claims, "another secret that is long enough", algorithm="HS256")
    yield jwt.encode(later, SECRET, algorithm="HS256")  # signed by us, but not what was asked
    yield jwt.encode(claims | {"aud": "other"}, SECRET, algorithm="HS256")
    yield jwt.encode(claims | {"sub": "999"}, SECRET, algorithm="HS256")
    yield jwt.encode(claims | {"sub": "x"}, SECRET, algorithm="HS256")
    yield jwt.encode({"aud": "survey", "sub": claims["sub"]}, SECRET, algorithm="HS256")
    yield jwt.encode(claims, None, algorithm="none")
    yield token[:-3] + "abc"
    yield ""


def test_a_link_that_we_did_not_make_is_refused(conn):
    token = survey.ask(conn, resolved(conn), **ASKED)
    for made_up in forged(conn, token):
        with pytest.raises(NotFound, match="none of ours"):
            answered(conn, made_up)


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_is_one_to_five(conn, score):
    token = survey.ask(conn, resolved(conn), **ASKED)
    with pytest.raises(UntaggedError, match="1 to 5"):
        answered(conn, token, score)


def test_a_short_secret_signs_nothing(conn):
    with pytest.raises(SettingsError, match="token_urlsafe"):
        survey.ask(conn, resolved(conn), **ASKED | {"secret": "short"})


def test_results_are_told_by_team_and_topic(conn):
    for number, (score, topics) in enumerate([(5, ["bags"]), (2, ["bags", "crew"]), (None, [])]):
        token = survey.ask(conn, resolved(conn, str(number)), topics=topics, **ASKED)
        if score:
            answered(conn, token, score)
    window = {"since": LATER, "until": LATER + HOUR}
    told = [
        (one.team, one.topic, one.asked, one.answered, one.satisfied, one.mean)
        for one in survey.results(conn, **window)
    ]
    assert told == [
        ("care", "", 3, 2, 1, 3.5),
        ("care", "bags", 2, 2, 1, 3.5),
        ("care", "crew", 1, 1, 0, 2.0),
    ]
    assert survey.results(conn, since=NOON, until=LATER) == []


def test_a_deleted_post_takes_the_comment_along(conn):
    case = resolved(conn)
    answered(conn, survey.ask(conn, case, **ASKED), 1, "my name is Lena")
    mention_deleted(conn, "board:1", now=LATER)
    assert survey.survey_of(conn, case).comment == ""


@given(st.text(max_size=200))
def test_no_made_up_token_is_taken(token):
    engine = sqlite_engine()
    survey.metadata.create_all(engine)
    with engine.connect() as connection, pytest.raises(NotFound):
        survey.read_token(connection, token, secret=SECRET, now=NOON)

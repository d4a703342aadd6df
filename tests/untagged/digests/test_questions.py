"""The digest of questions: what nobody answered is first, and what is kept is known next time."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cases import desk
from mentions.errors import NotFound, UntaggedError
from mentions.mention import Mention
from tests.cases.world import opened
from tests.untagged.conftest import Run
from tests.untagged.digests.heard import (
    ASKED,
    DAY,
    HOUR,
    MONDAY,
    NEXT,
    WEEK,
    a_firm,
    a_week,
    said,
)
from untagged.digests import question_asking
from untagged.digests.keeping import keep, keepable
from untagged.digests.questions import gather_questions
from untagged.digests.tallying import NEARLY_SAME, in_common
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

SUBJECTS = ("refund", "bags", "seat", "pets")
BAGS = "https://help.example/bags"
REFUNDS = (
    "Where is my refund, Acme?",
    "Acme, is a refund coming?",
    "Has Acme sent any refund yet?",
)


def by_subject(texts: Sequence[str], *, langs: Sequence[str] | None = None) -> list[int]:
    """Groups by the first subject that a text names."""
    assert langs is not None
    assert len(langs) == len(texts)
    return [next(n for n, one in enumerate(SUBJECTS) if one in text) for text in texts]


def question(number: int, text: str, *, days: float = 1, **more: Any) -> Mention:
    more.setdefault("intents", ({"label": "question", "confidence": 0.9},))
    return said(number, MONDAY + days * DAY, text=text, **more)


def asked() -> list[Mention]:
    """Three ask for refunds and nobody answers; bags and seats are answered; one has a pet."""
    return [
        *a_week(MONDAY - WEEK, 20, first=500),
        *(question(n, text, days=1 + n) for n, text in enumerate(REFUNDS)),
        question(3, "Did Acme get my refund form?", days=-3),
        question(10, "How many bags on board, Acme?", days=1),
        question(11, "Are two bags fine, Acme?", days=2),
        question(20, "Acme: can I choose a seat?", author={"handle": "bob", "name": "Bob"}),
        question(21, "Is a window seat extra at Acme?", days=2),
        question(30, "Does Acme take pets?", days=5),
        question(40, "Re: anything", title="Re: Does Acme take pets?", days=5),
    ]


def work(pipeline: Pipeline) -> None:
    """What the team did: a case was settled by a help page, another by a reply."""
    brand = ({"name": "Acme"},)
    with pipeline.begin() as connection:
        for number, text in (("10", "How many bags on board, Acme?"), ("20", "choose a seat")):
            opened(connection, number, text=text, brands=brand, published=MONDAY + DAY)
        bags, seat = (desk.case_of_mention(connection, f"board:{one}") for one in (10, 20))
        assert bags is not None
        assert seat is not None
        at = MONDAY + DAY + HOUR
        desk.resolve_with(connection, bags.id, BAGS, title="Bags", now=at, actor="ana")
        words = "Hi Bob, any seat but row one is free. /Ana"
        reply = desk.write(connection, seat.id, words, now=at, actor="ana")
        desk.hand_over(connection, reply.id, to="copy", now=at, actor="ana")
        desk.record_reply(connection, seat.id, at=at, now=at, actor="ana")


@pytest.fixture(params=["sqlite", "elasticsearch"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pipeline]:
    is_elastic = request.param == "elasticsearch"
    url = request.getfixturevalue("elasticsearch_url") if is_elastic else None
    with a_firm(tmp_path, url) as pipeline:
        pipeline.store.upsert(asked())
        work(pipeline)
        yield pipeline


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Pipeline]:
    with a_firm(tmp_path) as pipeline:
        pipeline.store.upsert(asked())
        work(pipeline)
        yield pipeline


def test_who_asked_what_and_how_it_was_answered_on_both_stores(both: Pipeline) -> None:
    digest = gather_questions(both, ASKED, grouping=by_subject)
    told = {one["id"]: one for one in digest.records}
    assert list(told) == ["board:3", "board:30", "board:10", "board:20"]
    refund, bags, seat = (told[name] for name in ("board:3", "board:10", "board:20"))
    assert [one["status"] for one in told.values()] == [
        *("unanswered", "unanswered"),
        *("known", "answered"),
    ]
    assert (refund["people"], refund["people_before"], refund["waiting"]) == (3, 1, 3)
    assert refund["longest_wait_seconds"] == (NEXT - (MONDAY + DAY)).total_seconds()
    assert (bags["known_answer"], bags["best_answer"], bags["waiting"]) == (BAGS, BAGS, 1)
    assert seat["known_answer"] is None
    assert seat["best_answer"] == "Any seat but row one is free."
    assert told["board:30"]["people"] == 1


def test_the_lead_begins_with_what_nobody_answered(firm: Pipeline) -> None:
    digest = gather_questions(firm, ASKED, grouping=by_subject)
    assert digest.lead[0].startswith("Nobody has answered 1 frequent question yet; 3 people ask “")
    assert digest.lead[1] == (
        "8 questions (1 in the period before) by 8 people, 4 different ones; "
        "6 of them wait for an answer."
    )
    first = digest.sections[0]
    assert first.title == "Nobody has answered yet"
    assert first.entries[0].facts == (
        *("3 people, 1 before",),
        *("nobody has answered, the first has waited 6 d",),
    )
    assert first.entries[0].quotes[0].mention_id in ("board:0", "board:1", "board:2")
    titles = [one.title for one in digest.sections]
    assert titles == ["Nobody has answered yet", "Answered, and not known yet", "Known"]


def test_an_answer_counts_only_once_it_was_given(firm: Pipeline) -> None:
    early = replace(ASKED, until=MONDAY + DAY + HOUR / 2, now=MONDAY + DAY + HOUR / 2)
    told = {one["id"]: one for one in gather_questions(firm, early, grouping=by_subject).records}
    assert told["board:20"]["waiting"] == 1
    assert told["board:20"]["answers_used"] == []


def test_a_public_answer_of_the_brand_is_an_answer_without_the_name(firm: Pipeline) -> None:
    at = MONDAY + 2 * DAY
    firm.store.upsert(
        [
            question(0, REFUNDS[0], answered_at=at, author={"handle": "zoe", "name": "Zoe"}),
            said(
                900,
                at,
                text="Hello @zoe, it takes ten days. /Jo",
                author={"handle": "acme"},
                reply_to="board:0",
            ),
        ]
    )
    told = gather_questions(firm, ASKED, grouping=by_subject).records
    refund = next(one for one in told if one["id"] == "board:3")
    assert (refund["waiting"], refund["best_answer"]) == (2, "It takes ten days.")


def test_what_is_kept_is_known_to_the_next_digest_and_suggested_to_agents(firm: Pipeline) -> None:
    found = keepable(firm, "board:20", now=NEXT, grouping=by_subject)
    one = keep(firm, found, now=NEXT, actor="ana")
    assert (one.question, one.mention_id) == ("Acme: can I choose a seat?", "board:20")
    told = {one["id"]: one for one in gather_questions(firm, ASKED, grouping=by_subject).records}
    assert told["board:20"]["status"] == "known"
    assert told["board:20"]["known_answer"] == "Any seat but row one is free."
    with firm.read() as connection:
        (best,) = desk.suggested_answers(connection, "may I choose my seat", brand="Acme")
    assert best.text == "Any seat but row one is free."


def test_an_answer_of_ones_own_may_be_kept_in_ones_own_words(firm: Pipeline) -> None:
    found = keepable(firm, "board:0", now=NEXT, grouping=by_subject)
    one = keep(
        firm,
        found,
        question="When does my refund come?",
        text="Within ten days.",
        now=NEXT,
        actor="ana",
    )
    assert (one.question, one.mention_id) == ("When does my refund come?", "")


def test_what_cannot_be_kept_says_why(firm: Pipeline) -> None:
    with pytest.raises(NotFound, match="no post 'board:77'"):
        keepable(firm, "board:77", now=NEXT, grouping=by_subject)
    with pytest.raises(NotFound, match="does not name 'Bolt Bank'"):
        keepable(firm, "board:0", brand="Bolt Bank", now=NEXT, grouping=by_subject)
    found = keepable(firm, "board:0", now=NEXT, grouping=by_subject)
    with pytest.raises(UntaggedError, match="nobody has answered this yet; give --answer"):
        keep(firm, found, now=NEXT, actor="ana")
    with pytest.raises(UntaggedError, match="everybody who asks would get it"):
        keep(firm, found, text="Write to bob.miller@example.com", now=NEXT, actor="ana")


def test_a_post_about_two_brands_asks_which_is_meant(firm: Pipeline) -> None:
    both = [{"name": "Acme"}, {"name": "Bolt Bank"}]
    firm.store.upsert([question(50, "Acme or Bolt Bank: whose refund is faster?", brands=both)])
    with pytest.raises(UntaggedError, match="say which by --brand"):
        keepable(firm, "board:50", now=NEXT, grouping=by_subject)
    found = keepable(firm, "board:50", brand="Bolt Bank", now=NEXT, grouping=by_subject)
    assert found.brand.name == "Bolt Bank"


def test_an_empty_digest_is_one_line(tmp_path: Path) -> None:
    with a_firm(tmp_path) as pipeline:
        pipeline.store.upsert(a_week(MONDAY, 10))
        digest = gather_questions(pipeline, ASKED, grouping=by_subject)
    assert digest.is_empty
    assert digest.lead == ("No questions in 23 Feb to 1 Mar 2026.",)


def test_the_same_period_is_the_same_digest_whatever_the_order_of_rows(
    tmp_path: Path, firm: Pipeline
) -> None:
    first = gather_questions(firm, ASKED)
    assert gather_questions(firm, ASKED) == first
    with a_firm(tmp_path / "the other way round") as other:
        other.store.upsert(reversed(asked()))
        work(other)
        assert gather_questions(other, ASKED) == first


def test_what_was_answered_in_the_period_before_is_not_unanswered(firm: Pipeline) -> None:
    firm.store.upsert([question(3, "Did Acme get my refund form?", days=-3)])
    with firm.begin() as connection:
        at = MONDAY - 3 * DAY
        brand = ({"name": "Acme"},)
        case = opened(connection, "3", text="refund form?", brands=brand, published=at)
        reply = desk.write(connection, case.id, "It takes ten days.", now=at, actor="ana")
        desk.hand_over(connection, reply.id, to="copy", now=at, actor="ana")
        desk.record_reply(connection, case.id, at=at + HOUR, now=at + HOUR, actor="ana")
    told = {one["id"]: one for one in gather_questions(firm, ASKED, grouping=by_subject).records}
    assert (told["board:3"]["status"], told["board:3"]["waiting"]) == ("answered", 3)
    assert told["board:3"]["best_answer"] == "It takes ten days."


def test_a_team_sees_the_questions_of_its_cases(firm: Pipeline) -> None:
    firm.store.upsert([question(60, "Acme, which bags?", case_team="care")])
    digest = gather_questions(firm, replace(ASKED, team="care"), grouping=by_subject)
    assert [one["mentions"] for one in digest.records] == [["board:60"]]
    assert digest.team == "care"


def test_without_a_period_before_nothing_is_compared(tmp_path: Path) -> None:
    with a_firm(tmp_path) as pipeline:
        pipeline.store.upsert([question(n, text) for n, text in enumerate(REFUNDS)])
        (only,) = gather_questions(pipeline, ASKED, grouping=by_subject).records
    assert only["people_before"] is None
    assert not only["rising"]


@pytest.mark.parametrize(("most", "before"), [(8, None), (9, 1)])
def test_a_period_before_that_is_not_read_to_its_end_is_not_compared(
    firm: Pipeline, monkeypatch: pytest.MonkeyPatch, most: int, before: int | None
) -> None:
    monkeypatch.setattr(question_asking, "MOST_QUESTIONS", most)
    digest = gather_questions(firm, ASKED, grouping=by_subject)
    told = {one["id"]: one for one in digest.records}
    refunds = told["board:3" if before else "board:0"]
    assert (refunds["people_before"], refunds["rising"]) == (before, False)
    assert ("before" in digest.lead[1]) == (before is not None)


def test_questions_are_kept_listed_and_dropped_by_command(tmp_path: Path, run: Run) -> None:
    with a_firm(tmp_path) as pipeline:
        pipeline.store.upsert(asked())
        work(pipeline)
    now = ("--now", f"{NEXT:%Y-%m-%dT%H:%MZ}")
    status, _, told = run("cases", "keep", "board:20", *now, "--as", "ana")
    assert status == 0
    assert "“Acme: can I choose a seat?” is answered by Any seat but row one is free." in told
    status, _, told = run("cases", "keep", "board:0", *now)
    assert (status, "give --answer https://… or --text" in told) == (1, True)
    status, _, _ = run("cases", "keep", "board:0", "--answer", "https://help.example/r", *now)
    assert status == 0
    _, printed, _ = run("cases", "known", "--json")
    rows = [json.loads(line) for line in printed.splitlines()]
    first = rows[0]
    assert (first["brand"], first["url"], first["kept_by"]) == ("Acme", "", "ana")
    assert first["text"] == "Any seat but row one is free."
    assert rows[1]["url"] == "https://help.example/r"
    assert run("cases", "unkeep", str(rows[0]["id"]))[0] == 0
    _, printed, _ = run("cases", "known", "--brand", "Acme")
    assert "1 question" in printed
    with open_pipeline(tmp_path / "untagged.yaml") as pipeline, pipeline.read() as connection:
        assert len(desk.kept_questions(connection)) == 1


def test_a_question_is_quoted_once_in_the_same_words_and_as_plainly_as_it_was_asked(
    firm: Pipeline,
) -> None:
    words = "Where is my refund, Acme?"
    retold = [question(50 + n, f"this “{words}” (via a friend {n})") for n in range(3)]
    firm.store.upsert([*retold, question(60, f"{words} Thanks")])
    refund = gather_questions(firm, ASKED, grouping=by_subject).sections[0].entries[0]
    assert (refund.title, refund.quotes[0].text) == (words, words)
    assert len(refund.quotes) == 2
    assert in_common(*(quote.text for quote in refund.quotes)) <= NEARLY_SAME

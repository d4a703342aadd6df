"""Digests of entries: who counts, what is first, what stays, what people teach."""

import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.digests.digest import Digest, Entry
from alerts.digests.entries import book, judging
from alerts.digests.entries.entry import ERASED, KnownEntry
from alerts.digests.entries.forgetting import forget_members
from mentions.errors import Conflict, NotFound, Outdated, UntaggedError
from mentions.mention import Mention
from tests.untagged.asking_world import DAY, MONDAY, WEEK, ByThing, wish
from tests.untagged.world import SETTINGS
from untagged.digests import placing
from untagged.digests.asked import Asked
from untagged.digests.entries import gather_entries
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

NEXT_WEEK = replace(WEEK, since=WEEK.until, until=WEEK.until + 7 * DAY, now=WEEK.now + 7 * DAY)


@pytest.fixture(params=["sqlite", "postgresql"])
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pipeline]:
    url = "sqlite:///ops.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    with opened(tmp_path, url) as pipeline:
        yield pipeline


def opened(
    folder: Path, database: str = "sqlite:///ops.db", store: str = "sqlite:///mentions.db"
) -> Any:
    path = folder / "untagged.yaml"
    urls = f"store: '{store}'\ndatabase: '{database}'\njournal: journal\n"
    path.write_text(urls + SETTINGS, encoding="utf-8")
    return open_pipeline(path)


def gathered(
    pipeline: Pipeline,
    posts: Sequence[Mention] = (),
    *,
    asked: Asked = WEEK,
    measure: ByThing | None = None,
) -> Digest:
    """The digest after these posts came in."""
    assert not pipeline.store.upsert(posts).refused
    return gather_entries(pipeline, asked, "feature-requests", (measure or ByThing()).likeness)


def entries(digest: Digest) -> list[Entry]:
    return [entry for section in digest.sections for entry in section.entries]


def authors(digest: Digest) -> dict[str, int]:
    """How many people asked for each entry, by the words of its title, in the digest's order."""
    return {one["title"]: one["authors"] for one in digest.records}


def marked(pipeline: Pipeline, said: str, status: Any, at: datetime = WEEK.now) -> KnownEntry:
    with pipeline.begin() as connection:
        return judging.mark(connection, said, status, who="ana", now=at)


def test_an_empty_digest_says_so_in_one_line(pipeline: Pipeline) -> None:
    digest = gathered(pipeline)
    assert digest.is_empty
    assert digest.lead == ("No feature requests in 2 to 8 Mar 2026.",)
    assert digest.records == ()


def test_most_people_come_first_then_reach_then_growth(pipeline: Pipeline) -> None:
    posts = [
        *(wish(number, f"#many {number}") for number in range(3)),
        wish(10, "#wide a", followers=500),
        wish(11, "#wide b"),
        wish(20, "#grown a"),
        wish(21, "#grown b"),
        wish(30, "#steady a", MONDAY),
        wish(31, "#steady b", MONDAY),
        wish(32, "#steady c", MONDAY - DAY),
        *(wish(40 + number, "#one loud voice", by="loud") for number in range(5)),
    ]
    assert list(authors(gathered(pipeline, posts)).values()) == [3, 2, 2, 2, 1]
    said = [record["title"].split()[0] for record in gathered(pipeline).records]
    assert said == ["#many", "#wide", "#grown", "#steady", "#one"]


def test_near_copies_of_one_text_count_once_for_each_author(pipeline: Pipeline) -> None:
    copies = [wish(n, "#dark please", by="ana", cluster="board:1") for n in (2, 3)]
    posts = [wish(1, "#dark please", by="ana"), *copies, wish(4, "#dark it is", by="ben")]
    (record,) = gathered(pipeline, posts).records
    assert (record["authors"], record["posts"]) == (2, 2)


def test_a_digest_says_what_was_before(pipeline: Pipeline) -> None:
    posts = [
        *(wish(n, f"#dark {n}", followers=n) for n in range(4)),
        wish(5, "#dark older", MONDAY - DAY),
        wish(6, "#dark oldest", MONDAY - 20 * DAY, by="someone1"),
    ]
    digest = gathered(pipeline, posts)
    (record,) = digest.records
    assert (record["authors"], record["authors_before"], record["growth"]) == (4, 1, 3)
    assert (record["posts"], record["posts_before"]) == (4, 1)
    assert (record["earlier_authors"], record["earlier_posts"]) == (2, 2)
    assert record["first_asked"] == "2026-02-10T00:00:00Z"
    facts = entries(digest)[0].facts
    assert facts[0] == "4 people in 4 posts, 1 the week before"
    assert "Asked for earlier by 2 people, since 10 February 2026" in facts
    assert digest.title == "Feature requests of Acme"
    assert digest.lead[0] == "1 feature request by 4 people, after 1 person the week before."


def test_who_asked_before_counts_whatever_they_asked_for(pipeline: Pipeline) -> None:
    posts = [
        wish(1, "#dark"),
        wish(2, "#dark before", MONDAY - DAY),
        *(wish(number, "#light", MONDAY - 2 * DAY) for number in (3, 4)),
        wish(5, "#greeting", MONDAY - DAY),
        wish(6, "#long ago", MONDAY - 10 * DAY),  # somebody listened then
    ]
    gathered(pipeline, posts)
    with pipeline.read() as connection:
        (greeting,) = (
            one.entry.id
            for one in book.list_entries(connection)
            if one.entry.said_title == "#greeting"
        )
    marked(pipeline, greeting, "not_a_request")
    digest = gathered(pipeline)
    assert digest.lead[0] == "1 feature request by 1 person, after 3 people the week before."
    assert "Asked for since 1 March 2026" in entries(digest)[0].facts


def test_a_title_is_chosen_again_once_there_are_more_than_two_posts(pipeline: Pipeline) -> None:
    first = wish(1, "#dark modee, my eyes hurt so much at night", MONDAY - 3 * DAY)
    kept = wish(11, "#seats with somee more room, please", MONDAY - 3 * DAY)
    before = gathered(pipeline, [first, kept])
    assert before.is_empty
    seats, dark = sorted(book_entries(pipeline), key=lambda entry: entry.said_title, reverse=True)
    assert (dark.said_title, seats.said_title) == (first.text, kept.text)
    marked(pipeline, seats.id, "planned")
    more = [wish(n, f"#dark mode {n}") for n in (2, 3)] + [wish(n, f"#seats {n}") for n in (12, 13)]
    told = {one["id"]: one["title"] for one in gathered(pipeline, more).records}
    assert told == {dark.id: "#dark mode 2", seats.id: kept.text}


def book_entries(pipeline: Pipeline) -> list[KnownEntry]:
    with pipeline.read() as connection:
        return [one.entry for one in book.list_entries(connection)]


def test_nothing_is_compared_with_a_time_when_nobody_listened(pipeline: Pipeline) -> None:
    digest = gathered(pipeline, [*(wish(n, f"#dark {n}") for n in range(3)), wish(9, "#seats")])
    assert digest.lead[0] == "2 feature requests by 4 people."
    assert entries(digest)[0].facts[0] == "3 people in 3 posts"
    assert "before" not in " ".join(digest.lead)
    for record in digest.records:
        assert {record[key] for key in ("authors_before", "posts_before", "growth")} == {None}


def test_a_digest_says_who_they_are(pipeline: Pipeline) -> None:
    sad = {"label": "negative", "score": -0.5, "confidence": 0.9, "unsure": False, "model": "m"}
    store = {"source": "app-store", "kind": "review", "sentiment": sad}
    posts = [
        wish(1, "#dark in the store", rating=2.0, tags=("version:5.2.0", "country:us"), **store),
        wish(2, "#dark there again", rating=3.0, tags=("version:5.1",), **store),
        wish(3, "#dark elsewhere"),
    ]
    digest = gathered(pipeline, posts)
    assert digest.records[0]["sentiment"] == {"negative": 2}
    facts = entries(digest)[0].facts
    for fact in (
        "From app-store (2), board (1)",
        "With version 5.1 (1), 5.2.0 (1)",
        "Rated 2.5 of 5 in 2 reviews",
        "Sentiment: 2 negative, 1 not read",
        "About 9 in 10 of its posts should be about the same",
    ):
        assert fact in facts


def test_three_clear_posts_of_different_people_are_quoted(pipeline: Pipeline) -> None:
    posts = [
        wish(1, "#dark " + "long " * 200),
        wish(2, "#dark as it is said in a sentence or two that anybody understands at once"),
        wish(3, "#dark and once more so that it is heard by those who build it", by="someone2"),
        wish(4, "#dark my number is 0", contains_personal_data=True),
        wish(5, "#dark is what everybody in our house has been waiting for since spring"),
        wish(6, "#dark for the train"),
    ]
    (record,) = gathered(pipeline, posts).records
    assert [quote["mention"] for quote in record["quotes"]] == ["board:2", "board:5", "board:6"]
    assert record["quotes"][0]["url"] == "https://board.example/2"


def test_what_many_say_in_the_same_words_is_quoted_once(pipeline: Pipeline) -> None:
    said = "#dark mode is what our whole house has been waiting for since spring"
    posts = [
        *(wish(number, f"{said} {number}") for number in range(3)),
        wish(7, "#dark for the train"),
        wish(8, "+1, and make that quick", reply_to="board:7"),
    ]
    (record,) = gathered(pipeline, posts).records
    assert record["authors"] == 5
    assert [quote["mention"] for quote in record["quotes"]] == ["board:0", "board:7", "board:8"]


def test_who_only_agrees_below_a_post_asks_for_the_same(pipeline: Pipeline) -> None:
    long = "#light is what I want instead, as I cannot see anything on it in the sun at noon"
    posts = [
        wish("aB", "#dark mode", title="Wish"),
        wish(2, "+1 from me, please", reply_to="board:aB"),
        wish(3, "me too", reply_to="board:2"),
        wish(4, long, reply_to="board:aB"),
        wish(5, "so do I", reply_to="board:77"),
    ]
    (first, *others) = gathered(pipeline, posts).records
    assert (first["title"], first["authors"]) == ("Wish. #dark mode", 3)
    assert {one["title"] for one in others} == {long, "so do I"}


def test_what_the_brand_says_itself_is_no_request(pipeline: Pipeline) -> None:
    assert gathered(pipeline, [wish(1, "#dark comes soon", by="acme")]).is_empty


def test_a_digest_of_all_brands_names_each(pipeline: Pipeline) -> None:
    posts = [wish(1, "#dark"), wish(2, "#dark", brand="Bolt Bank")]
    digest = gathered(pipeline, posts, asked=replace(WEEK, brand=None))
    assert [record["brand"] for record in digest.records] == ["Acme", "Bolt Bank"]
    assert {"About Acme", "About Bolt Bank"} < {f for one in entries(digest) for f in one.facts}
    with pytest.raises(NotFound, match="there is no brand 'Cog'; the settings have Acme, Bolt"):
        gathered(pipeline, asked=replace(WEEK, brand="Cog"))


def test_a_team_sees_the_posts_of_its_cases(pipeline: Pipeline) -> None:
    posts = [wish(1, "#dark a", case_team="care"), wish(2, "#dark b"), wish(3, "#light")]
    digest = gathered(pipeline, posts, asked=replace(WEEK, team="care"))
    assert authors(digest) == {"#dark a": 1}


def test_an_entry_lives_on_under_its_id(pipeline: Pipeline) -> None:
    first = gathered(pipeline, [wish(1, "#dark a"), wish(2, "#light a")])
    ids = {record["title"]: record["id"] for record in first.records}
    later = [wish(3, "#light b", NEXT_WEEK.since), wish(4, "#new", NEXT_WEEK.since)]
    second = gathered(pipeline, later, asked=NEXT_WEEK)
    assert {record["title"]: record["id"] for record in second.records} == {
        "#light a": ids["#light a"],
        "#new": "FR-3",
    }


def test_an_older_digest_takes_no_id_away(pipeline: Pipeline) -> None:
    now = gathered(pipeline, [wish(1, "#dark a"), wish(2, "#light")])
    long_ago = replace(WEEK, since=MONDAY - 300 * DAY, until=MONDAY - 293 * DAY)
    old = [wish(3, "#old", long_ago.since), wish(4, "#dark b", long_ago.since)]
    older = gathered(pipeline, old, asked=long_ago)
    assert {record["title"]: record["id"] for record in older.records} == {
        "#old": "FR-3",
        "#dark a": "FR-1",
    }
    again = gathered(pipeline)
    assert [one["id"] for one in again.records] == [one["id"] for one in now.records]
    assert again.records[0]["earlier_authors"] == 1


def test_a_shipped_request_that_comes_back_is_said_so(pipeline: Pipeline) -> None:
    gathered(pipeline, [wish(1, "#dark a"), wish(2, "#light")])
    marked(pipeline, "FR-1", "shipped")
    quiet = gathered(pipeline)
    assert [section.title for section in quiet.sections] == ["What people ask for", "Shipped"]
    later = [wish(n, f"#dark {n}", NEXT_WEEK.since + DAY) for n in (3, 4)]
    digest = gathered(pipeline, later, asked=NEXT_WEEK)
    assert [section.title for section in digest.sections] == ["Shipped, and asked for again"]
    assert "Shipped on 9 March 2026, asked for again by 2 since" in entries(digest)[0].facts
    assert digest.lead[-1] == "Shipped before and asked for again: FR-1."
    assert digest.records[0]["asked_again_since_shipped"] == 2


def test_what_is_planned_or_declined_is_listed_with_its_status(pipeline: Pipeline) -> None:
    gathered(pipeline, [wish(1, "#dark a"), wish(2, "#light"), wish(3, "#light b")])
    with pipeline.begin() as connection:
        judging.mark(connection, "fr-1", "planned", who="ana", now=WEEK.now, note="in May")
        judging.mark(connection, "FR-2", "declined", who="ana", now=WEEK.now)
    digest = gathered(pipeline)
    assert [(one.id, one.status) for one in entries(digest)] == [
        ("FR-1", "planned"),
        ("FR-2", "declined"),
    ]
    assert digest.sections[-1].title == "Declined"
    assert {"Planned since 9 March 2026", "Note: in May"} < set(entries(digest)[0].facts)


def test_what_is_not_a_request_never_comes_back(pipeline: Pipeline) -> None:
    gathered(pipeline, [wish(1, "#greeting hello"), wish(2, "#dark")])
    marked(pipeline, "FR-1", "not_a_request")
    later = [wish(3, "#greeting again", NEXT_WEEK.since)]
    assert gathered(pipeline, later, asked=NEXT_WEEK).is_empty
    assert authors(gathered(pipeline)) == {"#dark": 1}


def test_posts_that_are_merged_teach_the_next_run(pipeline: Pipeline) -> None:
    gathered(pipeline, [wish(1, "#dark mode"), wish(2, "#night theme"), wish(3, "#night b")])
    with pipeline.begin() as connection:
        kept = judging.merge(connection, "FR-1", "FR-2", who="ana", now=WEEK.now)
        assert book.followed(connection, "FR-2") == kept
        assert [one.what for one in book.trail_of(connection, "FR-1")] == ["took over"]
    assert authors(gathered(pipeline)) == {"#dark mode": 3}
    measure = ByThing()
    later = [wish(4, "#night c", NEXT_WEEK.since), wish(5, "#dark d", NEXT_WEEK.since)]
    digest = gathered(pipeline, later, asked=NEXT_WEEK, measure=measure)
    assert [record["id"] for record in digest.records] == ["FR-1"]
    assert ("#dark mode", "#night theme") in measure.together


def test_a_post_that_is_moved_teaches_the_next_run(pipeline: Pipeline) -> None:
    gathered(pipeline, [wish(1, "#dark a"), wish(2, "#dark icons"), wish(3, "#light")])
    by: Any = {"who": "ana", "now": WEEK.now}
    with pipeline.begin() as connection:
        words = ("#dark icons", "board:2")
        new = judging.move(connection, "FR-1", ["board:2"], None, titled=words, **by)
        assert new.id == "FR-3"
    assert authors(gathered(pipeline)) == {"#dark a": 1, "#light": 1, "#dark icons": 1}
    measure = ByThing()
    gathered(pipeline, [wish(4, "#dark d", NEXT_WEEK.since)], asked=NEXT_WEEK, measure=measure)
    assert ("#dark icons", "#dark a") in measure.apart
    with pipeline.begin() as connection:
        back = judging.move(connection, "FR-3", ["board:2"], "FR-1", who="ben", now=WEEK.now)
    assert back.id == "FR-1"
    measure = ByThing()
    gathered(pipeline, [wish(5, "#dark e", NEXT_WEEK.since)], asked=NEXT_WEEK, measure=measure)
    assert ("#dark icons", "#dark a") not in measure.apart
    assert ("#dark a", "#dark icons") in measure.together


def test_what_cannot_be_done_with_an_entry_says_what_to_do(pipeline: Pipeline) -> None:
    gathered(pipeline, [wish(1, "#dark"), wish(2, "#light"), wish(3, "#blue", brand="Bolt Bank")])
    gathered(pipeline, asked=replace(WEEK, brand="Bolt Bank"))
    by: Any = {"who": "ana", "now": WEEK.now}
    with pipeline.begin() as connection:
        for wrong in ("FR-9", "9", "XX-1", "FR-99999999999"):
            with pytest.raises(NotFound, match="`untagged requests list` tells"):
                book.get_entry(connection, wrong)
        with pytest.raises(Conflict, match="cannot be merged with itself"):
            judging.merge(connection, "FR-1", "fr-01", **by)
        with pytest.raises(Conflict, match="only entries of one kind and brand can be one"):
            judging.merge(connection, "FR-1", "FR-3", **by)
        with pytest.raises(NotFound, match="`untagged requests show FR-1` lists its posts"):
            judging.move(connection, "FR-1", ["board:2"], "FR-2", **by)
        with pytest.raises(Conflict, match="move it to an entry of that kind and brand, or to new"):
            judging.move(connection, "FR-1", ["board:1"], "FR-3", **by)
        with pytest.raises(UntaggedError, match="a note has at most 2,000 characters"):
            judging.mark(connection, "FR-1", "planned", note="x" * 2001, **by)
        judging.merge(connection, "FR-1", "FR-2", **by)
        with pytest.raises(Conflict, match="FR-2 was merged into FR-1; go on with that one"):
            judging.mark(connection, "FR-2", "planned", **by)
        with pytest.raises(Outdated, match="look again and decide"):
            judging.mark(connection, "FR-1", "planned", version=1, **by)


def test_saying_the_same_again_changes_nothing(pipeline: Pipeline) -> None:
    gathered(pipeline, [wish(1, "#dark")])
    first = marked(pipeline, "FR-1", "shipped")
    assert marked(pipeline, "FR-1", "shipped", WEEK.now + DAY) == first
    with pipeline.begin() as connection:
        assert len(book.trail_of(connection, "FR-1")) == 1
        by: Any = {"who": "ana", "now": WEEK.now + DAY}
        noted = judging.mark(connection, "FR-1", "shipped", note="with 6.0", **by)
        assert (noted.note, noted.status_at) == ("with 6.0", first.status_at)
        assert judging.mark(connection, "FR-1", "shipped", **by).note == "with 6.0"
        assert judging.mark(connection, "FR-1", "shipped", note="", **by).note == ""
        assert len(book.trail_of(connection, "FR-1")) == 3


def test_a_post_stays_apart_from_what_it_left_after_that_is_merged(pipeline: Pipeline) -> None:
    gathered(pipeline, [wish(1, "#dark a"), wish(2, "#dark icons"), wish(3, "#night")])
    by: Any = {"who": "ana", "now": WEEK.now}
    with pipeline.begin() as connection:
        judging.move(connection, "FR-1", ["board:2"], None, titled=("#dark icons", "board:2"), **by)
        judging.merge(connection, "FR-2", "FR-1", **by)
        assert book.partings(connection, "feature-requests", "Acme") == [("board:2", "FR-2")]
        judging.merge(connection, "FR-2", "FR-3", **by)
        assert book.partings(connection, "feature-requests", "Acme") == []


def test_a_title_goes_with_the_post_whose_words_it_is(pipeline: Pipeline) -> None:
    gathered(pipeline, [wish(1, "#dark"), wish(2, "#dark for all")])
    with pipeline.begin() as connection:
        assert forget_members(connection, ["board:1"]) == 1
        assert book.get_entry(connection, "FR-1").said_title == ERASED
    pipeline.store.delete(["board:1"])
    assert authors(gathered(pipeline)) == {"#dark for all": 1}


def test_two_digests_gathered_at_once_make_each_entry_once(pipeline: Pipeline) -> None:
    pipeline.store.upsert([wish(n, f"#thing{n % 3} {n}") for n in range(9)])
    meet = threading.Barrier(2, timeout=60)

    class Slow(ByThing):
        def cluster(self, *arguments: Any, **options: Any) -> list[int]:
            meet.wait()  # both know no entry yet
            return super().cluster(*arguments, **options)

    with ThreadPoolExecutor(2) as pool:
        digests = list(pool.map(lambda _: gathered(pipeline, measure=Slow()), range(2)))
    assert digests[0] == digests[1]
    with pipeline.read() as connection:
        found = book.list_entries(connection)
    assert [(one.entry.id, one.posts) for one in found] == [("FR-1", 3), ("FR-2", 3), ("FR-3", 3)]


def test_what_is_erased_while_it_is_compared_leaves_nothing(pipeline: Pipeline) -> None:
    class Meanwhile(ByThing):
        def cluster(self, *arguments: Any, **options: Any) -> list[int]:
            pipeline.store.delete(["board:1"])
            return super().cluster(*arguments, **options)

    digest = gathered(pipeline, [wish(1, "#dark"), wish(2, "#dark it is")], measure=Meanwhile())
    assert authors(digest) == {"#dark it is": 1}
    with pipeline.read() as connection:
        assert [one.mention_id for one in book.members_of(connection, "FR-1")] == ["board:2"]


def test_more_posts_than_are_compared_at_once_are_placed_part_by_part(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "MOST_TOGETHER", 3)
    posts = [wish(n, f"#thing{n % 4} {n}", MONDAY + n * DAY / 4) for n in range(20)]
    assert set(authors(gathered(pipeline, posts)).values()) == {5}


@pytest.mark.slow
def test_both_stores_give_the_same_digest(tmp_path: Path, elasticsearch_url: str) -> None:
    posts = [
        wish("aB", "#dark mode, and " + "more " * 30, tags=("version:5.2",)),
        wish("ab", "+1", reply_to="board:aB"),
        *(wish(n, f"#thing{n % 3} {n}", MONDAY + n * DAY / 2 - 3 * DAY) for n in range(16)),
    ]
    prefix = f"{elasticsearch_url}?prefix=requests-{uuid.uuid4().hex[:8]}"
    digests = []
    for name, store in (("one", "sqlite:///mentions.db"), ("other", prefix)):
        (tmp_path / name).mkdir()
        with opened(tmp_path / name, store=store) as pipeline:
            digests.append(gathered(pipeline, posts))
    assert digests[0] == digests[1]
    assert len(digests[0].records) == 4


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations(range(12)), weeks=st.permutations([0, 1]))
def test_digests_are_the_same_whatever_the_order_of_rows(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], weeks: list[int]
) -> None:
    posts = [
        wish(n, f"#thing{n % 5} in words {n}", MONDAY + (n % 3) * 4 * DAY, by=f"by{n % 7}")
        for n in range(12)
    ]
    digests = []
    for arranged in (posts, [posts[at] for at in order]):
        with opened(tmp_path_factory.mktemp("a firm")) as pipeline:
            first = gathered(pipeline, arranged)
            assert gathered(pipeline) == first
            again = [gathered(pipeline, asked=(WEEK, NEXT_WEEK)[week]) for week in weeks]
            assert first in again
            digests.append((first, gathered(pipeline, asked=NEXT_WEEK)))
    assert digests[0] == digests[1]

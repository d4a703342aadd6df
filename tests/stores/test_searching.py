"""What every store promises about searching."""

from datetime import UTC, datetime, timedelta

import pytest

from mentions.facets import FACETS
from mentions.mention import Author, Engagement
from mentions.query.parser import parse_query
from mentions.query.tree import And, Not, Or, Value, Words
from mentions.store import FACET_FIELDS, MAX_PAGE, Voice
from tests.stores.posts import (
    ALL,
    HOUR,
    MINUTE,
    NOON,
    asking,
    brands,
    by,
    feeling,
    flagged,
    ids,
    post,
    posts,
    wanting,
    where,
    word,
)


def all_pages(store, query=ALL, **options):
    """Every mention, page after page, and what each page said the total was."""
    found, totals, cursor = [], [], None
    while True:
        page = store.search(query, cursor=cursor, **options)
        found += page.mentions
        totals.append(page.total)
        cursor = page.cursor
        if cursor is None:
            return found, totals


def test_an_empty_store_gives_an_empty_page(store):
    page = store.search(ALL, facets=["brand"])
    assert (page.mentions, page.total, page.cursor, page.facets) == ((), 0, None, {"brand": []})


def test_the_newest_comes_first(store):
    store.upsert(posts(4))
    assert ids(store.search(ALL).mentions) == ["003", "002", "001", "000"]


def test_those_of_one_moment_come_in_a_fixed_order(store):
    names = ["b", "a", "B", "é", "c", "日", "10", "9"]
    store.upsert(post(name) for name in names)
    assert ids(store.search(ALL).mentions) == sorted(names, reverse=True)


def test_a_window_excludes_its_end_and_includes_its_start(store):
    tick = timedelta(microseconds=1)
    times = [NOON - tick, NOON, NOON + HOUR - tick, NOON + HOUR]
    store.upsert(post(str(number), published=at) for number, at in enumerate(times))
    window = {"since": NOON, "until": NOON + HOUR}
    assert ids(store.search(ALL, **window).mentions) == ["2", "1"]
    assert ids(store.iterate(ALL, **window)) == ["1", "2"]
    assert store.count(ALL, **window) == 2
    assert store.count(ALL, since=NOON) == 3
    assert store.count(ALL, until=NOON) == 1
    assert store.count(ALL, since=NOON, until=NOON) == 0
    assert store.count(ALL, since=NOON + HOUR, until=NOON) == 0


def test_a_window_may_be_said_in_any_zone(store):
    store.upsert([post()])
    elsewhere = NOON.astimezone(tz=None)
    assert store.count(ALL, since=elsewhere, until=elsewhere + MINUTE) == 1
    with pytest.raises(ValueError, match="no time zone"):
        store.count(ALL, since=datetime(2026, 2, 21))  # noqa: DTZ001  what is to be refused


def test_the_total_is_exact_and_beyond_the_page(store):
    store.upsert(posts(25))
    page = store.search(ALL, limit=10)
    assert (len(page.mentions), page.total) == (10, 25)


@pytest.mark.parametrize("sort", ["published", "reach", "relevance", "engagement"])
@pytest.mark.parametrize("limit", [1, 3, 7, 8])
def test_pages_hold_each_mention_once_in_one_order(store, sort, limit):
    store.upsert(
        post(
            str(number),
            published=NOON + (number % 3) * MINUTE,
            text="lost " * (number % 2) + "bag",
            author=Author(followers=(number % 4) * 100),
        )
        for number in range(7)
    )
    query = asking(Or((Words(("text", "title"), ("lost",)), Words(("text", "title"), ("bag",)))))
    in_one = ids(store.search(query, sort=sort).mentions)
    found, totals = all_pages(store, query, sort=sort, limit=limit)
    assert ids(found) == in_one
    assert sorted(in_one) == [str(number) for number in range(7)]
    assert set(totals) == {7}


@pytest.mark.parametrize("sort", ["published", "reach", "relevance", "engagement"])
def test_pages_stay_as_they_were_while_new_posts_arrive(store, sort):
    store.upsert(posts(10, text="lost"))
    before = ids(store.search(word("lost"), sort=sort).mentions)
    first = store.search(word("lost"), sort=sort, limit=4)
    store.upsert(
        post(f"new {n}", published=NOON + HOUR + n * MINUTE, text="lost") for n in range(5)
    )
    second = store.search(word("lost"), sort=sort, limit=4, cursor=first.cursor)
    store.upsert([post("newest", published=NOON + 3 * HOUR, text="lost lost", title="lost")])
    third = store.search(word("lost"), sort=sort, limit=4, cursor=second.cursor)
    assert ids([*first.mentions, *second.mentions, *third.mentions]) == before
    assert third.cursor is None
    assert third.total == 16


def test_a_page_goes_on_though_its_last_mention_was_deleted(store):
    store.upsert(posts(6))
    first = store.search(ALL, limit=2)
    store.delete([first.mentions[-1].id])
    assert ids(store.search(ALL, limit=2, cursor=first.cursor).mentions) == ["003", "002"]


def test_a_full_last_page_has_no_cursor(store):
    store.upsert(posts(4))
    first = store.search(ALL, limit=2)
    assert first.cursor is not None
    assert store.search(ALL, limit=2, cursor=first.cursor).cursor is None


def test_a_page_of_nothing_still_counts(store):
    store.upsert(posts(3))
    page = store.search(ALL, limit=0, facets=["kind"])
    assert (page.mentions, page.total, page.cursor) == ((), 3, None)
    assert page.facets == {"kind": [("post", 3)]}


@pytest.mark.parametrize("limit", [-1, MAX_PAGE + 1])
def test_a_bad_limit_is_refused(store, limit):
    with pytest.raises(ValueError, match="a page holds"):
        store.search(ALL, limit=limit)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "not a cursor",
        "WzEsMl0",
        "bnVsbA",
        "é",
        "A" * 20_000,
        "WzEsInB1Ymxpc2hlZCIsMCwiYSIsIngiLFtdXQ",  # [1,"published",0,"a","x",[]]
        "WzEsInB1Ymxpc2hlZCIsMCwxZTk5OSwieCIsW11d",  # [1,"published",0,1e999,"x",[]]
        "WzEsInB1Ymxpc2hlZCIsMCwxLCJcdWQ4MDAiLFtdXQ",  # [1,"published",0,1,"\ud800",[]]
        "WzksInB1Ymxpc2hlZCIsMCwxLCJ4IixbXV0",  # [9,"published",0,1,"x",[]]
    ],
)
def test_a_bad_cursor_is_refused(store, cursor):
    with pytest.raises(ValueError, match="cursor"):
        store.search(ALL, cursor=cursor)


def test_a_cursor_of_another_search_is_refused(store):
    store.upsert(posts(3, text="lost"))
    by_time = store.search(ALL, limit=1).cursor
    by_words = store.search(word("lost"), sort="relevance", limit=1).cursor
    with pytest.raises(ValueError, match="sorted by published"):
        store.search(ALL, sort="reach", cursor=by_time)
    with pytest.raises(ValueError, match="another search"):
        store.search(ALL, sort="relevance", cursor=by_words)


def test_an_unknown_order_or_facet_is_refused(store):
    with pytest.raises(ValueError, match="choose from published"):
        store.search(ALL, sort="mood")
    with pytest.raises(ValueError, match="choose from brand"):
        store.search(ALL, facets=["mood"])


def test_reach_sorts_by_who_may_have_seen_it(store):
    store.upsert(
        [
            post("unknown"),
            post("famous", author=Author(followers=2_000_000)),
            post("shared", engagement=Engagement(likes=40, shares=2)),
            post("also shared", engagement=Engagement(likes=42), published=NOON - HOUR),
        ]
    )
    found = store.search(ALL, sort="reach").mentions
    assert ids(found) == ["famous", "shared", "also shared", "unknown"]


def test_relevance_puts_rare_words_and_titles_first(store):
    store.upsert(post(f"bag {number}", text="bag") for number in range(5))
    store.upsert(
        [
            post("rare", text="tarmac", published=NOON - 5 * HOUR),
            post("both", text="bag on the tarmac", published=NOON - 6 * HOUR),
            post("title", text="bag", title="Bag", published=NOON - 7 * HOUR),
        ]
    )
    either = Or((Words(("text", "title"), ("bag",)), Words(("text", "title"), ("tarmac",))))
    found = ids(store.search(asking(either), sort="relevance").mentions)
    assert found[:3] == ["both", "rare", "title"]
    assert found[3:] == [f"bag {number}" for number in (4, 3, 2, 1, 0)]


def test_words_near_each_other_count_for_relevance(store):
    store.upsert(post(f"bag {number}", text="bag") for number in range(5))
    store.upsert(
        [
            post("apart", text="tarmac and a bag", published=NOON - 5 * HOUR),
            post("near", text="bag on tarmac", published=NOON - 6 * HOUR),
        ]
    )
    query = parse_query("bag OR (bag NEAR/1f tarmac)")
    found = ids(store.search(query, sort="relevance").mentions)
    assert found[0] == "near"
    assert len(found) == 7


def test_relevance_without_words_is_newest_first(store):
    store.upsert(posts(3))
    assert ids(store.search(ALL, sort="relevance").mentions) == ["002", "001", "000"]


def test_facets_count_mentions_most_frequent_first(store):
    store.upsert(
        [
            post("1", brands=brands("Nimbus Air", "Zephyr"), lang="en", severity=1),
            post("2", brands=brands("Nimbus Air", tagged=True), lang="de", tags=("VIP", "vip")),
            post("3", brands=brands("Nimbus Air"), lang="en", published=NOON + 13 * HOUR),
            post("4", sentiment=feeling("negative"), intents=wanting("complaint", "question")),
            post("5", sentiment=feeling("positive"), intents=wanting("complaint")),
            post("6", kind="review", platform="Stars", source="US Reviews", author=by("Ana")),
        ]
    )
    facets = store.search(ALL, limit=1, facets=FACET_FIELDS).facets
    assert facets["brand"] == [("Nimbus Air", 3), ("Zephyr", 1)]
    assert facets["lang"] == [("und", 3), ("en", 2), ("de", 1)]
    assert facets["day"] == [("2026-02-21", 5), ("2026-02-22", 1)]
    assert facets["sentiment"] == [("negative", 1), ("positive", 1)]
    assert facets["intent"] == [("complaint", 2), ("question", 1)]
    assert facets["kind"] == [("post", 5), ("review", 1)]
    assert facets["platform"] == [("forum", 5), ("Stars", 1)]
    assert facets["source"] == [("board", 5), ("US Reviews", 1)]
    assert facets["tagged"] == [("false", 5), ("true", 1)]
    assert facets["severity"] == [("1", 1)]
    assert facets["tag"] == [("VIP", 1)]
    assert facets["author"] == [("Ana", 1)]
    assert facets["topic"] == []
    assert facets["site"] == []


def test_a_facet_of_sites_counts_hosts_as_the_query_names_them(store):
    addresses = ["https://www.News.example/a", "http://news.example:81/b", "https://blog.example/"]
    store.upsert(post(str(number), url=url) for number, url in enumerate([*addresses, "", "news"]))
    facets = store.search(ALL, facets=["site"]).facets
    assert facets["site"] == [("news.example", 2), ("blog.example", 1)]
    assert store.count(where("site", "news.example")) == 2


def test_voices_are_the_most_frequent_authors_with_the_reach_of_their_newest_match(store):
    ana, ben = by("Ana", followers=70), by("ben", followers=5)
    store.upsert(
        [
            post("1", author=ana, text="lost"),
            post("2", author=by("Ana", followers=90), text="lost", published=NOON + MINUTE),
            post("3", author=by("Ana", followers=110), text="found", published=NOON + 2 * MINUTE),
            *[post(f"b{n}", author=ben, text="lost", published=NOON - n * MINUTE) for n in (1, 2)],
            post("b3", author=by("ben", followers=8), text="lost", published=NOON - MINUTE),
            post("c", author=by("cleo", followers=1), text="lost"),
            post("nobody", author=by(""), text="lost"),
        ]
    )
    expected = [Voice("ben", 3, 8), Voice("Ana", 2, 90), Voice("cleo", 1, 1)]
    assert store.voices(word("lost")) == expected
    assert store.voices(word("lost"), limit=2) == expected[:2]
    assert store.voices(word("lost"), since=NOON, until=NOON + MINUTE, limit=1) == [
        Voice("Ana", 1, 70)
    ]
    assert store.voices(word("nothing")) == []
    with pytest.raises(ValueError, match="1 to 500 authors"):
        store.voices(ALL, limit=0)


def test_facets_cover_the_query_and_its_window_not_the_page(store):
    store.upsert(posts(6, text="lost", lang="en"))
    store.upsert([post("other", text="found", lang="de")])
    first = store.search(word("lost"), until=NOON + 4 * MINUTE, limit=1, facets=["lang"])
    assert first.facets["lang"] == [("en", 4)]
    options = {"until": NOON + 4 * MINUTE, "limit": 1, "cursor": first.cursor}
    assert store.search(word("lost"), facets=["lang"], **options).facets["lang"] == [("en", 4)]


def test_a_facet_value_finds_its_mentions_again(store):
    store.upsert([post("1", brands=brands("Nimbus Air"), topics=("Lost Bags",), tags=("Straße",))])
    for name in ("brand", "topic", "tag"):
        ((value, count),) = store.search(ALL, facets=[name]).facets[name]
        assert store.count(where(name, value.casefold())) == count


def test_days_are_those_of_utc(store):
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    store.upsert([post("a", published=midnight), post("b", published=midnight - MINUTE)])
    facets = store.search(ALL, facets=["day"]).facets
    assert facets["day"] == [("2026-02-28", 1), ("2026-03-01", 1)]


def test_every_facet_field_can_be_counted():
    assert set(FACETS) == set(FACET_FIELDS)


def test_highlights_point_at_the_words_in_the_original_text(store):
    store.upsert([post("1", text="🧳 My Bag, my BAG!"), post("2", text="no match", title="bag")])
    page = store.search(word("bag"))
    text = page.mentions[-1].text
    assert page.mentions[-1].id == "board:1"
    assert [text[start:end] for start, end in page.highlights["board:1"]] == ["Bag", "BAG"]
    assert "board:2" not in page.highlights


def test_iterate_gives_every_match_oldest_first(store):
    store.upsert(posts(1_100, text="lost"))
    store.upsert([post("other", text="found")])
    found = ids(store.iterate(word("lost")))
    assert found == [f"{number:03}" for number in range(1_100)]


def test_what_is_iterated_may_be_written_and_left_early(store):
    store.upsert(posts(600))
    for seen, mention in enumerate(store.iterate(ALL), start=1):
        if seen in (1, 505):
            store.upsert([mention.model_copy(update={"tags": ("seen",)})])
        if seen == 510:
            break
    assert store.count(where("tag", "seen")) == 2


def test_negation_is_the_complement_also_of_what_is_missing(store):
    store.upsert([post("1", rating=3.0, lang="de"), post("2", url="https://a.example/x")])
    for tree in (Value("site", "a.example"), Value("lang", "de"), Value("tag", "vip")):
        matching = set(ids(store.iterate(asking(tree))))
        others = set(ids(store.iterate(asking(Not(tree)))))
        assert matching | others == {"1", "2"}
        assert not matching & others


def test_flags_and_their_opposite_share_out_the_mentions(store):
    store.upsert([post("1", brands=brands("N", tagged=True)), post("2", needs_reply=True)])
    assert ids(store.iterate(flagged("tagged"))) == ["1"]
    assert ids(store.iterate(flagged("tagged", False))) == ["2"]
    assert ids(store.iterate(flagged("needs_reply"))) == ["2"]


def test_hostile_text_is_text(store):
    hostile = [
        "'; DROP TABLE mentions; --",
        '" OR text:*',
        "{{ ''.__class__ }}",
        "<script>alert(1)</script>",
        "NEAR(a b, 2) AND NOT c*",
        '{"match_all": {}}',
        "%s %(x)s \\",
    ]
    store.upsert(post(str(number), text=text) for number, text in enumerate(hostile))
    assert [mention.text for mention in store.iterate(ALL)] == hostile
    for text in hostile:
        assert store.count(where("author", text)) == 0
        assert store.count(asking(And((Value("brand", text), Value("tag", text))))) == 0
    assert store.count(word("drop", "table")) == 1


def test_engagement_first_then_newest(store):
    store.upsert(
        [
            post("none", published=NOON + HOUR),
            post("liked", engagement=Engagement(likes=3)),
            post("all", engagement=Engagement(likes=1, shares=1, replies=1), published=NOON + HOUR),
            post("shared", engagement=Engagement(shares=40)),
            post("unknown"),
        ]
    )
    first = store.search(ALL, sort="engagement", limit=2)
    rest = store.search(ALL, sort="engagement", limit=9, cursor=first.cursor)
    found = ids((*first.mentions, *rest.mentions))
    assert found == ["shared", "all", "liked", "none", "unknown"]


def test_a_sample_of_few_is_all_of_them_oldest_first(store):
    store.upsert(posts(7))
    found = store.sample(ALL, since=NOON, until=NOON + HOUR, limit=7)
    assert ids(found.mentions) == [f"{number:03}" for number in range(7)]
    assert found.total == 7
    none = store.sample(ALL, since=NOON - HOUR, until=NOON, limit=7)
    assert (none.mentions, none.total) == ((), 0)
    assert store.sample(ALL, since=NOON, until=NOON, limit=7).total == 0


def test_a_sample_of_many_takes_as_large_a_part_of_each_stretch(store):
    """Ten posts a minute at first and one later: of each stretch of five minutes a tenth."""
    busy = [post(f"busy{n:03}", published=NOON + n * MINUTE / 10) for n in range(500)]
    quiet = [post(f"quiet{n:02}", published=NOON + (50 + n) * MINUTE) for n in range(50)]
    store.upsert([*busy, *quiet])
    window = {"since": NOON, "until": NOON + 100 * MINUTE}
    found = store.sample(ALL, **window, limit=55)
    assert (len(found.mentions), found.total) == (55, 550)
    chosen = ids(found.mentions)
    assert sum(name.startswith("busy") for name in chosen) == 50
    assert chosen[:5] == [f"busy{n:03}" for n in range(5)]
    assert [name for name in chosen if name.startswith("busy1")][:5] == [
        f"busy{n}" for n in range(100, 105)
    ]
    assert store.sample(ALL, **window, limit=55) == found


def test_those_of_one_moment_are_sampled_in_the_order_of_their_ids(store):
    store.upsert(post(name) for name in ("d", "a", "c", "b", "B"))
    found = store.sample(ALL, since=NOON, until=NOON + HOUR, limit=3)
    assert (ids(found.mentions), found.total) == (["B", "a", "b"], 5)


def test_a_sample_has_a_size(store):
    for limit in (0, MAX_PAGE + 1):
        with pytest.raises(ValueError, match="a sample holds 1 to"):
            store.sample(ALL, since=NOON, until=NOON + HOUR, limit=limit)

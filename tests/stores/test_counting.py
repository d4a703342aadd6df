"""What every store promises about series and significant terms."""

from datetime import timedelta

import pytest

from mentions.mention import Author
from mentions.query.tree import Not, Words
from tests.stores.posts import ALL, HOUR, MINUTE, NOON, asking, brands, by, post, posts, where, word


def test_a_series_counts_posts_and_distinct_authors_per_bucket(store):
    store.upsert(
        [
            post("1", published=NOON, author=by("ana")),
            post("2", published=NOON + MINUTE, author=by("Ana", name="other name")),
            post("3", published=NOON + 14 * MINUTE, author=by("ben")),
            post("4", published=NOON + 45 * MINUTE, author=by("ana")),
        ]
    )
    counts = store.series(ALL, since=NOON, until=NOON + HOUR, bucket=15 * MINUTE)
    assert (counts.start, counts.bucket) == (NOON, 15 * MINUTE)
    assert counts.posts == (3, 0, 0, 1)
    assert counts.authors == (2, 0, 0, 1)


def test_buckets_begin_at_since_and_hold_their_first_moment_only(store):
    tick = timedelta(microseconds=1)
    since = NOON + timedelta(minutes=7, microseconds=3)
    times = [since - tick, since, since + HOUR - tick, since + HOUR, since + 2 * HOUR]
    store.upsert(post(str(number), published=at) for number, at in enumerate(times))
    counts = store.series(ALL, since=since, until=since + 2 * HOUR, bucket=HOUR)
    assert counts.posts == (2, 1)


def test_the_last_bucket_may_be_cut_short(store):
    store.upsert(posts(60))
    counts = store.series(ALL, since=NOON, until=NOON + 50 * MINUTE, bucket=20 * MINUTE)
    assert counts.posts == (20, 20, 10)


def test_authors_are_told_apart_by_platform_and_handle_else_id_else_name(store):
    authors = [
        ("forum", by("ana", id="1")),
        ("forum", by("ANA", id="2")),
        ("other", by("ana")),
        ("forum", Author(id="7", name="Ana")),
        ("forum", Author(id="7", name="Ana B.")),
        ("forum", Author(name="Ana")),
        ("forum", Author(name="ana")),
    ]
    store.upsert(
        post(str(number), platform=platform, author=author)
        for number, (platform, author) in enumerate(authors)
    )
    counts = store.series(ALL, since=NOON, until=NOON + HOUR, bucket=HOUR)
    assert (counts.posts, counts.authors) == ((7,), (4,))


def test_posts_that_name_no_author_are_by_different_people(store):
    store.upsert(posts(5))
    counts = store.series(ALL, since=NOON, until=NOON + HOUR, bucket=HOUR)
    assert counts.authors == (5,)


def test_a_series_of_a_query_counts_its_matches_only(store):
    store.upsert([*posts(4, text="lost"), post("5", text="found")])
    counts = store.series(word("lost"), since=NOON, until=NOON + HOUR, bucket=HOUR)
    assert counts.posts == (4,)


def test_an_empty_window_has_no_buckets(store):
    counts = store.series(ALL, since=NOON, until=NOON, bucket=HOUR)
    assert (counts.posts, counts.authors) == ((), ())


@pytest.mark.parametrize("bucket", [timedelta(0), -HOUR, timedelta(microseconds=1)])
def test_buckets_that_are_none_or_too_many_are_refused(store, bucket):
    with pytest.raises(ValueError, match="bucket"):
        store.series(ALL, since=NOON, until=NOON + HOUR, bucket=bucket)


def test_a_quarter_of_a_year_in_quarter_hours_is_answered(store):
    store.upsert(posts(3, author=by("ana")))
    since = NOON - timedelta(days=89)
    counts = store.series(ALL, since=since, until=NOON + timedelta(days=1), bucket=15 * MINUTE)
    assert len(counts.posts) == 90 * 96
    assert (sum(counts.posts), sum(counts.authors)) == (3, 1)


def test_significant_terms_set_the_query_apart_from_its_background(store):
    store.upsert(posts(20, text="a nice flight with a good crew"))
    store.upsert(
        post(f"bad {number}", text="lost bag at the carousel, a disaster", lang="de")
        for number in range(6)
    )
    terms = store.significant_terms(
        where("lang", "de"), background=ALL, since=NOON, until=NOON + HOUR
    )
    found = [term.token for term in terms]
    assert set(found[:4]) <= {"lost", "bag", "at", "the", "carousel", "disaster"}
    assert "flight" not in found
    assert all(term.score > 0 for term in terms)
    assert [term.score for term in terms] == sorted((t.score for t in terms), reverse=True)
    assert (terms[0].foreground, terms[0].background) == (6, 0)


def test_significant_terms_leave_out_the_words_that_were_asked_for(store):
    store.upsert(posts(9, text="fine"))
    store.upsert(post(f"bad {number}", text="lost bag") for number in range(4))
    options = {"background": ALL, "since": NOON, "until": NOON + HOUR}
    assert [t.token for t in store.significant_terms(word("lost"), **options)] == ["bag"]
    assert store.significant_terms(word("nowhere"), **options) == []
    assert store.significant_terms(ALL, **options) == []


def test_significant_terms_keep_to_window_and_limit(store):
    store.upsert(posts(9, text="fine"))
    later = NOON + 5 * HOUR
    store.upsert(post(f"bad {n}", text="one two three four", published=later) for n in range(4))
    query = asking(Not(Words(("text", "title"), ("fine",))))
    options = {"background": ALL, "since": NOON}
    assert store.significant_terms(query, until=NOON + HOUR, **options) == []
    terms = store.significant_terms(query, until=NOON + 9 * HOUR, limit=3, **options)
    assert [term.token for term in terms] == ["four", "one", "three"]


def test_a_split_series_counts_each_value_most_frequent_first(store):
    store.upsert(
        [
            post("1", brands=brands("Nimbus")),
            post("2", brands=brands("Nimbus", "Zephyr"), published=NOON + HOUR),
            post("3", brands=brands("Aero"), published=NOON + HOUR),
            post("4", published=NOON + HOUR),
            post("5", brands=brands("Nimbus"), published=NOON + 2 * HOUR),
        ]
    )
    options = {"by": "brand", "since": NOON, "until": NOON + 2 * HOUR, "bucket": HOUR}
    split = store.split_series(ALL, **options)
    assert list(split.items()) == [("Nimbus", (1, 1)), ("Aero", (0, 1)), ("Zephyr", (0, 1))]
    assert list(store.split_series(ALL, **options, limit=2)) == ["Nimbus", "Aero"]
    assert store.split_series(where("brand", "zephyr"), **options) == {
        "Nimbus": (0, 1),
        "Zephyr": (0, 1),
    }
    assert store.split_series(word("nowhere"), **options) == {}


@pytest.mark.parametrize(("by", "limit"), [("author", 5), ("nothing", 5), ("brand", 0)])
def test_a_split_that_cannot_be_is_refused(store, by, limit):
    with pytest.raises(ValueError, match="split"):
        store.split_series(ALL, by=by, since=NOON, until=NOON + HOUR, bucket=HOUR, limit=limit)

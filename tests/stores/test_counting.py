"""What every store promises about series and significant terms."""

import random
from datetime import timedelta

import pytest

from mentions import elastic_brands, elastic_distinct
from mentions.mention import Author
from mentions.query.tree import And, Not, Value, Words
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


def test_a_series_counts_distinct_stories_per_bucket(store):
    store.upsert(
        [
            post("first", author=by("ana")),
            post("copy", cluster="board:first", published=NOON + MINUTE, author=by("ana")),
            post("other", published=NOON + 2 * MINUTE, author=by("ana")),
            post("late copy", cluster="board:first", published=NOON + 40 * MINUTE),
        ]
    )
    options = {"since": NOON, "until": NOON + HOUR, "bucket": 15 * MINUTE}
    counts = store.series(ALL, **options, stories=True)
    assert (counts.posts, counts.stories) == ((3, 0, 1, 0), (2, 0, 1, 0))
    assert counts.authors == (1, 0, 1, 0)
    alone = store.series(ALL, **options, authors=False, stories=True)
    assert (alone.stories, alone.authors) == (counts.stories, ())
    assert store.series(ALL, **options).stories == ()


@pytest.mark.parametrize("seed", range(3))
def test_distinct_authors_and_stories_are_as_one_counts_them_by_hand(store, seed):
    chance = random.Random(seed)
    written = [
        post(
            str(number),
            cluster=chance.choice(["", f"board:{chance.randrange(20)}"]),
            author=by(chance.choice(["ana", "ben", "cleo", "dan"])),
            published=NOON + chance.randrange(180) * MINUTE,
        )
        for number in range(200)
    ]
    store.upsert(written)
    counts = store.series(ALL, since=NOON, until=NOON + 3 * HOUR, bucket=5 * MINUTE, stories=True)
    for place in range(36):
        start = NOON + place * 5 * MINUTE
        there = [each for each in written if start <= each.published < start + 5 * MINUTE]
        assert counts.posts[place] == len(there)
        assert counts.authors[place] == len({each.author.handle for each in there})
        assert counts.stories[place] == len({each.story for each in there})


@pytest.mark.parametrize("page", [elastic_distinct.PAGE, 40, 7])
def test_once_in_an_hour_authors_and_stories_count_in_its_first_bucket_alone(
    store, monkeypatch, page
):
    monkeypatch.setattr(elastic_distinct, "PAGE", page)
    chance = random.Random(page)
    written = [
        post(
            str(number),
            cluster=chance.choice(["", f"board:{chance.randrange(20)}"]),
            author=by(chance.choice(["ana", "ben", "cleo", "dan"])),
            published=NOON + chance.randrange(180) * MINUTE,
        )
        for number in range(100)
    ]
    store.upsert(written)
    since = NOON + HOUR
    options = {"since": since, "until": NOON + 170 * MINUTE, "bucket": 5 * MINUTE}
    counts = store.series(ALL, **options, stories=True, once_in=HOUR)
    seen = set()
    authors, stories = [0] * 22, [0] * 22
    for each in sorted(written, key=lambda one: one.published):
        if not since <= each.published < options["until"]:
            continue
        hour, bucket = ((each.published - since) // width for width in (HOUR, 5 * MINUTE))
        for counted, key in ((authors, each.author.handle), (stories, each.story)):
            counted[bucket] += (hour, key) not in seen
            seen.add((hour, key))
    assert (counts.authors, counts.stories) == (tuple(authors), tuple(stories))
    assert counts.posts == store.series(ALL, **options, authors=False).posts


def test_once_in_what_does_not_fit_the_buckets_is_refused(store):
    with pytest.raises(ValueError, match="counts once in 1:00:00"):
        store.series(ALL, since=NOON, until=NOON + HOUR, bucket=7 * MINUTE, once_in=HOUR)
    since = NOON + MINUTE
    with pytest.raises(ValueError, match="must begin with one"):
        store.series(ALL, since=since, until=NOON + HOUR, bucket=5 * MINUTE, once_in=HOUR)


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


@pytest.mark.parametrize("budget", [elastic_brands.BUDGET, 60])
def test_the_series_of_all_brands_are_those_of_each(store, monkeypatch, budget):
    monkeypatch.setattr(elastic_brands, "BUDGET", budget)
    chance = random.Random(budget)
    names = ["Nimbus", "nimbus", "Zephyr", "Aero", "Straße 7"]
    store.upsert(
        post(
            str(number),
            brands=brands(*chance.sample(names, chance.choice([0, 1, 1, 2, 3]))),
            lang=chance.choice(["en", "de"]),
            published=NOON + chance.randrange(-60, 600) * MINUTE,
        )
        for number in range(300)
    )
    options = {"since": NOON, "until": NOON + 8 * HOUR + MINUTE, "bucket": 5 * MINUTE}
    for query in (ALL, where("lang", "de"), word("nowhere")):
        read = store.brand_series(query, **options)
        for name in (*names, "Unheard"):
            of_brand = asking(And((query.tree, Value("brand", name.casefold()))))
            alone = store.series(of_brand, **options, authors=False)
            assert read.posts(name) == alone.posts
        assert (read.start, read.bucket, read.count) == (NOON, 5 * MINUTE, 97)


def test_of_all_brands_there_is_nothing_in_an_empty_window(store):
    store.upsert([post("1", brands=brands("Nimbus"))])
    read = store.brand_series(ALL, since=NOON, until=NOON, bucket=HOUR)
    assert read.posts("Nimbus") == ()

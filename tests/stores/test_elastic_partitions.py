"""Mentions of one time are in one index: found, moved and counted wherever they are."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from elasticsearch import ApiError, Elasticsearch
from hypothesis import given
from hypothesis import strategies as st

from mentions import elastic_writing
from mentions.elastic import ElasticStore
from mentions.elastic_indices import VERSION
from mentions.elastic_partitions import OLDEST_PARTITION, end_of, partition_of
from mentions.mention import OLDEST
from mentions.store import Written
from tests.stores.posts import ALL, HOUR, NOON, by, ids, post, where, word

TICK = timedelta(microseconds=1)
MOMENTS = st.datetimes(
    OLDEST.replace(tzinfo=None),
    datetime(2050, 1, 1, tzinfo=UTC).replace(tzinfo=None),
    timezones=st.just(UTC),
)


@pytest.fixture
def store(elasticsearch_url: str, elastic_prefix: str) -> Iterator[ElasticStore]:
    with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
        store.prepare()
        yield store


@pytest.fixture
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch_url) as client:
        yield client


def held(client: Elasticsearch, prefix: str) -> dict[str, int]:
    """Mentions in each partition."""
    client.indices.refresh(index=f"{prefix}-mentions")
    start = len(f"{prefix}-mentions-v{VERSION}-")
    found = client.indices.get(index=f"{prefix}-mentions-v*")
    return {index[start:]: client.count(index=index)["count"] for index in found}


@pytest.mark.parametrize(
    ("published", "partition", "end"),
    [
        (OLDEST, "1990s", datetime(2000, 1, 1, tzinfo=UTC)),
        (datetime(2015, 6, 3, tzinfo=UTC), "2010s", datetime(2020, 1, 1, tzinfo=UTC)),
        (datetime(2020, 1, 1, tzinfo=UTC), "2020", datetime(2021, 1, 1, tzinfo=UTC)),
        (datetime(2025, 1, 1, tzinfo=UTC) - TICK, "2024", datetime(2025, 1, 1, tzinfo=UTC)),
        (datetime(2025, 1, 1, tzinfo=UTC), "2025.01", datetime(2025, 2, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "2026.12", datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_young_mentions_go_by_month_older_by_year_and_decade(published, partition, end):
    assert partition_of(published) == partition
    assert end_of(partition) == end


@given(MOMENTS)
def test_a_partition_ends_where_another_begins(published):
    end = end_of(partition_of(published))
    assert published < end
    assert partition_of(end - TICK) == partition_of(published) != partition_of(end)


def test_a_month_is_that_of_utc():
    elsewhere = datetime.fromisoformat("2026-03-01T01:00:00+02:00")
    assert partition_of(elsewhere) == "2026.02"


def test_nothing_else_is_a_partition():
    with pytest.raises(ValueError, match="no partition"):
        end_of("000001")


def test_thirty_years_of_posts_make_few_indices(store, client, elastic_prefix):
    month = timedelta(days=30)
    found = store.upsert(post(str(n), published=OLDEST + n * month) for n in range(12 * 35))
    assert found == Written(created=420)
    counts = held(client, elastic_prefix)
    assert sum(counts.values()) == store.count(ALL) == 420
    assert len([name for name in counts if "." not in name]) == 3 + 5
    assert ids(store.iterate(ALL)) == [str(n) for n in range(420)]


def test_a_mention_whose_date_is_corrected_moves(store, client, elastic_prefix):
    store.upsert([post(text="lost", tags=("vip",)), post("2", text="fine")])
    earlier = NOON - timedelta(days=60)
    corrected = post(published=earlier, collected=NOON, refreshed=NOON + HOUR, text="found")
    assert store.upsert([corrected]) == Written(updated=1)
    kept = store.get("board:1")
    assert (kept.published, kept.text, kept.tags) == (earlier, "found", ("vip",))
    assert store.count(ALL) == 2
    assert store.count(word("lost")) == 0
    assert held(client, elastic_prefix) == {OLDEST_PARTITION: 0, "2025.12": 1, "2026.02": 1}
    assert store.upsert([corrected]) == Written(unchanged=1)
    assert store.upsert([post(text="lost")]) == Written(unchanged=1)
    assert store.delete(["board:1"]) == 1
    assert store.count(ALL) == 1


def test_a_mention_that_moves_twice_in_one_call_is_there_once(store, client, elastic_prefix):
    dates = [NOON, NOON - timedelta(days=60), NOON - timedelta(days=90), NOON]
    again = [
        post(published=at, collected=NOON, refreshed=NOON + n * HOUR, tags=(f"t{n}",))
        for n, at in enumerate(dates)
    ]
    # A chunk each, so that none of them is visible to the next.
    fillers = [[post(f"{n}-{k}") for k in range(999)] for n in range(4)]
    stream = (each for n in range(4) for each in (*fillers[n], again[n]))
    written = store.upsert(stream)
    assert (written.created, written.updated) == (4 * 999 + 1, 3)
    assert store.count(where("id", "board:1")) == 1
    kept = store.get("board:1")
    assert (kept.published, set(kept.tags)) == (NOON, {"t0", "t1", "t2", "t3"})


def test_writers_who_date_a_new_mention_differently_leave_one(
    store, elasticsearch_url, elastic_prefix
):
    writers, rounds = 3, 12
    together = threading.Barrier(writers)

    def write(number: int) -> Counter[str]:
        done: Counter[str] = Counter()
        with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as mine:
            for each in range(rounds):
                mention = post(
                    str(each),
                    published=NOON - timedelta(days=40 * number),
                    collected=NOON,
                    tags=(f"tag-{number}",),
                )
                together.wait(timeout=60)
                written = mine.upsert([mention])
                done.update(created=written.created, all=written.created + written.updated)
        return done

    with ThreadPoolExecutor(writers) as pool:
        done = sum(pool.map(write, range(writers)), Counter())
    kept = list(store.iterate(ALL))
    assert sorted(ids(kept)) == sorted(map(str, range(rounds)))
    assert all(len(mention.tags) == writers for mention in kept)
    assert done["all"] == writers * rounds


@pytest.fixture
def torn(store, monkeypatch) -> ElasticStore:
    """A store whose writer died after it had written a corrected date and before it removed."""

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    store.upsert([post(tags=("vip",))])
    with monkeypatch.context() as patch:
        patch.setattr(elastic_writing, "_remove", die)
        with pytest.raises(Killed):
            store.upsert([corrected()])
    return store


def corrected():
    return post(
        published=NOON - timedelta(days=60), collected=NOON, refreshed=NOON + HOUR, text="found"
    )


def test_after_a_crash_a_move_has_lost_nothing(torn, client, elastic_prefix):
    assert held(client, elastic_prefix) == {OLDEST_PARTITION: 0, "2025.12": 1, "2026.02": 1}
    kept = torn.get("board:1")
    assert (kept.text, kept.tags) == ("found", ("vip",))


def test_after_a_crash_the_next_upsert_leaves_one_copy(torn, client, elastic_prefix):
    held(client, elastic_prefix)  # a second later everything is visible
    assert torn.upsert([corrected()]) == Written(unchanged=1)
    assert held(client, elastic_prefix) == {OLDEST_PARTITION: 0, "2025.12": 1, "2026.02": 0}
    assert torn.get("board:1").tags == ("vip",)


def test_after_a_crash_an_upsert_at_once_leaves_one_copy_too(torn, client, elastic_prefix):
    torn.upsert([post(tags=("other",))])
    assert sum(held(client, elastic_prefix).values()) in (1, 2)
    torn.upsert([corrected()])
    assert (
        held(client, elastic_prefix)["2025.12"] == sum(held(client, elastic_prefix).values()) == 1
    )
    assert set(torn.get("board:1").tags) == {"vip", "other"}


def test_after_a_crash_both_copies_are_deleted(torn):
    assert torn.delete(["board:1"]) == 1
    assert torn.count(ALL) == 0
    assert torn.get("board:1") is None


def test_many_may_need_a_new_index_at_once_while_others_read(
    store, elasticsearch_url, elastic_prefix
):
    done = threading.Event()

    def read() -> int:
        rounds = 0
        with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as mine:
            while not done.is_set():
                mine.search(ALL, facets=["day"])
                mine.get("board:0-0")
                list(mine.iterate(ALL))
                rounds += 1
        return rounds

    def write(number: int) -> Written:
        with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as mine:
            return mine.upsert(
                post(f"{number}-{month}", published=NOON - timedelta(days=30 * month))
                for month in range(10)
            )

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(read)
        try:
            written = list(pool.map(write, range(4)))
        finally:
            done.set()
        assert reader.result() > 0
    assert written == [Written(created=10)] * 4
    assert store.count(ALL) == 40


def test_no_index_is_ever_made_by_writing(store, client, elastic_prefix):
    with pytest.raises(ApiError, match="no such index"):
        client.index(index=f"{elastic_prefix}-mentions-v{VERSION}-2031.01", document={})


def test_who_writes_through_the_alias_of_all_as_older_versions_did_is_refused(
    store, client, elastic_prefix
):
    with pytest.raises(ApiError, match="no write index"):
        client.index(index=f"{elastic_prefix}-mentions", id="x", document={}, require_alias=True)


def test_facets_are_exact_though_a_value_is_rare_in_each_index(store, client, elastic_prefix):
    """'everywhere' wrote twice in each month, and in each a thousand others wrote three times."""
    months = [NOON - timedelta(days=30 * month) for month in range(3)]
    store.upsert(
        post(f"{number} {author} {each}", published=at, author=by(author))
        for number, at in enumerate(months)
        for author, times in [
            ("everywhere", 2),
            *((f"{number}-{other:04}", 3) for other in range(1_000)),
        ]
        for each in range(times)
    )
    naive = client.search(
        index=f"{elastic_prefix}-mentions",
        size=0,
        aggregations={"authors": {"terms": {"field": "facet_author", "size": 500}}},
    )["aggregations"]["authors"]["buckets"]
    assert "everywhere" not in [bucket["key"] for bucket in naive]
    counted = store.search(ALL, limit=0, facets=["author"]).facets["author"]
    others = sorted(f"{number}-{other:04}" for number in range(3) for other in range(1_000))
    assert counted == [("everywhere", 6), *((name, 3) for name in others[:499])]


def test_a_series_over_a_month_s_end_counts_each_author_once(store):
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    store.upsert(
        post(f"{author} {n}", published=midnight + n * HOUR, author=by(author))
        for author in ("ana", "ben")
        for n in (-2, 2)
    )
    day = timedelta(days=1)
    counts = store.series(ALL, since=midnight - day / 2, until=midnight + day / 2, bucket=day)
    assert (counts.posts, counts.authors) == ((4,), (2,))


def test_what_is_older_than_kept_goes_by_whole_indices(store, client, elastic_prefix):
    times = [OLDEST, *(NOON - timedelta(days=30 * month) for month in range(5))]
    store.upsert(post(str(n), published=at) for n, at in enumerate(times))
    assert set(held(client, elastic_prefix)) == {
        *("1990s", "2025.10", "2025.11", "2025.12", "2026.01", "2026.02")
    }
    assert store.retain(datetime(2026, 1, 10, tzinfo=UTC)) == 4
    # The oldest index stays, empty; of January only the post of the 22nd was to be kept.
    assert held(client, elastic_prefix) == {"1990s": 0, "2026.01": 1, "2026.02": 1}
    assert store.retain(NOON + HOUR) == 2
    assert store.count(ALL) == 0
    store.retain(NOON + timedelta(days=99))
    assert list(held(client, elastic_prefix)) == ["1990s"]
    assert store.upsert([post()]) == Written(created=1)
    assert ids(store.iterate(ALL)) == ["1"]

"""What every store promises about writing."""

import threading
from datetime import timedelta

import pytest

from mentions.errors import StoreError
from mentions.mention import Author, Engagement
from mentions.store import Refused, Written
from tests.stores.posts import ALL, HOUR, NOON, brands, by, feeling, ids, post, posts, where, word


def test_a_written_mention_comes_back_as_it_was(store):
    mention = post(
        title="Überfall — \"quoted\" 'n' <b>bold</b>",
        text="Línea 1\nвторая 第三行 🧳👩🏽‍✈️ \\ {{ 7*7 }} ' OR 1=1 --",
        author=by("ana", id="17", name="Ana", followers=12),
        engagement=Engagement(likes=3, replies=0),
        brands=brands("Nimbus Air"),
        sentiment=feeling("negative", -0.25),
        reasons={"sentiment": "because 'lost'"},
        answered_at=NOON + timedelta(microseconds=1),
        rating=4.5,
    )
    assert store.upsert([mention]) == Written(created=1)
    assert store.get(mention.id) == mention


def test_a_mention_that_is_not_there_is_none(store):
    assert store.get("board:1") is None


@pytest.mark.parametrize("nonsense", ["", "x" * 5000, "\ud800", "a\0b", "%", "*", "board:*"])
def test_an_impossible_id_is_not_there_either(store, nonsense):
    store.upsert([post()])
    assert store.get(nonsense) is None
    assert store.delete([nonsense]) == 0
    assert store.count(ALL) == 1


def test_writing_twice_changes_nothing(store):
    mentions = posts(3, tags=("vip", "vip"), corrections={"sentiment": "negative"})
    assert store.upsert(mentions) == Written(created=3)
    before = list(store.iterate(ALL))
    assert store.upsert(mentions) == Written(unchanged=3)
    assert list(store.iterate(ALL)) == before


def test_the_same_mention_twice_in_one_call_is_written_once(store):
    again = post(refreshed=NOON + HOUR, engagement=Engagement(likes=9))
    assert store.upsert([post(), again, post()]) == Written(created=1, updated=1, unchanged=1)
    assert store.count(ALL) == 1
    assert store.get(again.id).engagement.likes == 9


def test_an_update_is_found_by_its_new_words_and_not_by_its_old(store):
    store.upsert([post(text="The bag is lost", tags=("new",)), post("2", text="lost too")])
    edited = post(text="The bag is found", refreshed=NOON + HOUR, brands=brands("Nimbus"))
    assert store.upsert([edited]) == Written(updated=1)
    assert ids(store.search(word("lost")).mentions) == ["2"]
    assert ids(store.search(word("found")).mentions) == ["1"]
    assert ids(store.search(where("brand", "nimbus")).mentions) == ["1"]
    assert store.upsert([edited.model_copy(update={"brands": (), "refreshed": NOON + 2 * HOUR})])
    assert store.count(where("brand", "nimbus")) == 0
    assert store.count(where("tag", "new")) == 1


def test_an_old_batch_read_again_turns_nothing_back(store):
    old = post(engagement=Engagement(likes=1))
    new = post(engagement=Engagement(likes=5), refreshed=NOON + HOUR)
    store.upsert([new])
    store.upsert([old])
    assert store.get(old.id).engagement.likes == 5


def test_a_correction_survives_every_later_reading(store):
    store.upsert([post(sentiment=feeling("positive"))])
    store.upsert([post(sentiment=feeling("positive"), corrections={"sentiment": "negative"})])
    store.upsert([post(sentiment=feeling("positive"), refreshed=NOON + HOUR)])
    assert store.get("board:1").sentiment.label == "negative"
    assert store.count(where("sentiment", "negative")) == 1
    assert store.count(where("sentiment", "positive")) == 0


def test_a_correction_that_comes_empty_is_taken_back_and_no_other(store):
    store.upsert([post(corrections={"sentiment": "negative", "severity": "1"})])
    read = {"sentiment": feeling("positive"), "reasons": {"sentiment": "a kind word"}}
    store.upsert([post(**read, corrections={"sentiment": ""})])
    store.upsert([post(**read, refreshed=NOON + HOUR)])
    found = store.get("board:1")
    assert (found.sentiment.label, found.reasons["sentiment"]) == ("positive", "a kind word")
    assert (found.corrections, found.severity) == ({"severity": "1"}, 1)
    assert store.count(where("sentiment", "negative")) == 0


def test_the_first_answer_is_kept(store):
    store.upsert([post(answered_at=NOON + 2 * HOUR)])
    store.upsert([post(answered_at=NOON + 5 * HOUR, refreshed=NOON + 6 * HOUR)])
    store.upsert([post(refreshed=NOON + 7 * HOUR)])
    assert store.get("board:1").answered_at == NOON + 2 * HOUR


@pytest.mark.parametrize(
    "bad",
    [
        {"rating": float("inf")},
        {"rating": float("nan")},
        {"author": Author(followers=10**400)},
        {"corrections": {"sentiment": "furious"}},
        {"topics": ("half a pair \ud83e",)},
    ],
    ids=lambda bad: next(iter(bad)),
)
def test_a_refused_mention_is_named_and_stops_no_other(store, bad):
    written = store.upsert([post("good"), post("bad", **bad), post("fine")])
    assert (written.created, written.updated, written.unchanged) == (2, 0, 0)
    assert [refused.mention_id for refused in written.refused] == ["board:bad"]
    assert len(written.refused[0].reason) > 10
    assert sorted(ids(store.iterate(ALL))) == ["fine", "good"]


def test_a_refused_update_leaves_what_was_there(store):
    store.upsert([post(rating=4.0)])
    written = store.upsert([post(rating=float("inf"), refreshed=NOON + HOUR)])
    assert [type(refused) for refused in written.refused] == [Refused]
    assert store.get("board:1").rating == 4.0


def test_nothing_written_says_so(store):
    assert store.upsert([]) == Written()
    assert store.delete([]) == 0


def test_deleted_mentions_are_gone_from_everywhere(store):
    store.upsert(posts(3, text="lost", brands=brands("Nimbus")))
    assert store.delete(["board:000", "board:002", "board:000", "board:nowhere"]) == 2
    assert store.get("board:000") is None
    assert ids(store.search(word("lost")).mentions) == ["001"]
    page = store.search(where("brand", "nimbus"), facets=["brand"])
    assert (page.total, page.facets["brand"]) == (1, [("Nimbus", 1)])
    assert store.delete(["board:000"]) == 0


def test_a_deleted_mention_may_come_again(store):
    store.upsert([post(text="lost")])
    store.delete(["board:1"])
    assert store.upsert([post(text="found")]) == Written(created=1)
    assert store.count(word("lost")) == 0
    assert store.count(word("found")) == 1


def test_ids_in_any_script_stay_apart(store):
    names = [
        "é",
        "e\u0301",
        "ß",
        "SS",
        "ss",
        "日本:1",
        "a b",
        "a/b?c=d#e",
        "🧳",
        "x" * 506,
        "%25",
        "'",
    ]
    store.upsert(post(name) for name in names)
    assert sorted(ids(store.iterate(ALL))) == sorted(names)
    assert all(store.get(f"board:{name}").native_id == name for name in names)
    assert store.delete(f"board:{name}" for name in names[1:]) == len(names) - 1
    assert ids(store.iterate(ALL)) == names[:1]


@pytest.mark.parametrize("unit", ["lost luggage ", "行李丢了", "🧳", "a", "\n"])
def test_a_text_of_a_hundred_thousand_characters_is_kept_and_found(store, unit):
    text = "needle " + (unit * 100_000)[:99_984] + " haystack"
    assert len(text) > 99_990
    assert store.upsert([post(text=text)]) == Written(created=1)
    assert store.get("board:1").text == text
    assert store.count(word("needle")) == 1
    assert store.count(word("haystack")) == 1


def test_a_long_address_is_kept_whole(store):
    url = "https://example.com/" + "é" * 40_000
    assert store.upsert([post(url=url, author=by("n" * 90_000))]) == Written(created=1)
    assert store.get("board:1").url == url
    assert store.search(ALL, facets=["author"]).facets["author"] == [("n" * 8_000, 1)]


def test_more_than_a_chunk_is_written_from_a_stream(store):
    written = store.upsert(post(str(number)) for number in range(1_203))
    assert written == Written(created=1_203)
    assert store.count(ALL) == 1_203
    assert store.delete(f"board:{number}" for number in range(1_200)) == 1_200


def test_writers_of_the_same_mentions_at_once_lose_nothing(store, reopen):
    """Eight writers each tag the same ten mentions: every tag must be there afterwards."""
    failures: list[Exception] = []

    def tag(number: int) -> None:
        try:
            for mention in posts(10, tags=(f"tag-{number}",)):
                reopen().upsert([mention])
        except Exception as error:  # noqa: BLE001  a thread's failure must reach the test
            failures.append(error)

    writers = [threading.Thread(target=tag, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    expected = {f"tag-{number}" for number in range(8)}
    assert [set(mention.tags) for mention in store.iterate(ALL)] == [expected] * 10


def test_threads_share_one_store(store):
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            store.upsert([post(f"{number}-{each}") for each in range(20)])
            assert store.count(ALL) >= 20
            assert store.get(f"board:{number}-0") is not None
        except Exception as error:  # noqa: BLE001  a thread's failure must reach the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.count(ALL) == 120


def test_preparing_again_changes_nothing(store, reopen):
    store.upsert([post()])
    store.prepare()
    again = reopen()
    again.prepare()
    assert again.get("board:1") == post()


def test_many_may_prepare_at_once(reopen):
    failures: list[Exception] = []

    def prepare() -> None:
        try:
            reopen().prepare()
        except Exception as error:  # noqa: BLE001  a thread's failure must reach the test
            failures.append(error)

    threads = [threading.Thread(target=prepare) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert reopen().upsert([post()]) == Written(created=1)


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.upsert([post()]),
        lambda store: store.get("board:1"),
        lambda store: store.search(ALL),
        lambda store: store.count(ALL),
        lambda store: list(store.iterate(ALL)),
        lambda store: store.delete(["board:1"]),
    ],
)
def test_a_store_that_was_never_prepared_says_so(reopen, use):
    with pytest.raises(StoreError, match="prepare"):
        use(reopen())


def test_a_closed_store_gives_back_what_it_holds(store, reopen):
    store.upsert([post()])
    store.close()
    with reopen() as again:
        assert again.get("board:1") == post()

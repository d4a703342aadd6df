"""The stream of everything: picked by words, deletions honoured, resumed where it was."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mentions.collected import AuthorDeletion, Collected, Deletion, Reject
from mentions.errors import SettingsError
from mentions.mention import Mention
from spiders import gathered
from spiders.gathered import Authors
from spiders.jetstream import Event, Wanted
from spiders.run import SourceRun
from spiders.source import Source, checked_params
from tests.spiders.bluesky_server import DID, PASSWORD, BlueskyServer
from tests.spiders.jetstream_server import (
    AMBER,
    BODO,
    NIMBUS,
    Jetstream,
    account,
    at,
    commit,
    microseconds,
    uri,
)
from tests.spiders.passes import Collector, made
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked, site
from untagged.town.server import TownSettings, running


def streaming(server: str, **asked: Any) -> Source:
    stream = {"server": server, "words": ["nimbus air"], "profiles": None, "quiet": "1s", **asked}
    return made("b", "bluesky", {"stream": stream})


def brought(collector: Collector, run: SourceRun) -> list[Collected]:
    return collector.items(run)


def texts(items: list[Collected]) -> list[str]:
    return [item.text for item in items if isinstance(item, Mention)]


def test_only_posts_with_the_words_are_kept_and_the_next_pass_goes_on(
    collector: Collector,
) -> None:
    like = commit(AMBER, "l", at(minutes=9), "nimbus air")
    like["commit"]["collection"] = "app.bsky.feed.like"
    stream = Jetstream(
        commit(AMBER, "k0", at(minutes=90), "Nimbus Air, before the history"),
        commit(AMBER, "k1", at(minutes=10), "NIMBUS  AIR lost my bag"),
        commit(BODO, "k2", at(minutes=9), "a nimbus aircraft"),
        like,
        commit(BODO, "k3", at(minutes=8), "nimbus air again"),
    )
    with stream.running():
        source = streaming(stream.url)
        (first,) = collector.run(source)
        assert first.error == ""
        assert texts(brought(collector, first)) == ["NIMBUS  AIR lost my bag", "nimbus air again"]
        stream.events.append(commit(BODO, "k4", at(minutes=-1), "nimbus air, later"))
        (second,) = collector.run(source, now=NOW + timedelta(minutes=2))
        assert texts(brought(collector, second)) == ["nimbus air, later"]
        (third,) = collector.run(source, now=NOW + timedelta(minutes=3))
        assert (third.ok, third.posts) == (True, 0)
    cursors = [int(asked["cursor"]) for asked in stream.asked]
    assert cursors[1] == at(minutes=8) - 10_000_000
    assert abs(cursors[0] - microseconds(NOW - timedelta(hours=1))) < 30_000_000
    assert {asked["wantedCollections"] for asked in stream.asked} == {"app.bsky.feed.post"}


def test_deletions_accounts_that_are_gone_and_edits_are_passed_on(collector: Collector) -> None:
    stream = Jetstream(
        commit(AMBER, "k1", at(minutes=10), "nimbus air one"),
        commit(BODO, "k2", at(minutes=9), "nimbus air two"),
        commit(BODO, "k3", at(minutes=9), "nimbus air three"),
    )
    with stream.running():
        source = streaming(stream.url)
        collector.run(source)
        stream.events += [
            commit(NIMBUS, "k9", at(minutes=8), operation="delete"),
            account(NIMBUS, at(minutes=8), status="deleted"),
            commit(BODO, "k2", at(minutes=7), "nimbus air 2", "update"),
            commit(BODO, "k3", at(minutes=7), "never mind", "update"),
            commit(AMBER, "k1", at(minutes=6), operation="delete"),
            account(AMBER, at(minutes=5), status="deactivated"),
            account(BODO, at(minutes=4), status="deleted"),
        ]
        (run,) = collector.run(source, now=NOW + timedelta(minutes=1))
    items = brought(collector, run)
    (edited,) = [item for item in items if isinstance(item, Mention)]
    assert (edited.text, edited.edited) == ("nimbus air 2", NOW - timedelta(minutes=7))
    assert [item for item in items if not isinstance(item, Mention)] == [
        Deletion(f"b:{uri(BODO, 'k3')}"),
        Deletion(f"b:{uri(AMBER, 'k1')}"),
        AuthorDeletion("b", BODO),
    ]


def test_what_our_accounts_say_and_are_asked_is_kept_with_everybodys_names(
    collector: Collector,
) -> None:
    asked_for: list[str] = []

    def profiles(asked: Asked) -> Answer:
        asked_for.append(asked.query["actors"])
        people = [
            {"did": NIMBUS, "handle": "nimbusair.example", "followersCount": 61_000},
            {"did": AMBER, "handle": "amber.example", "displayName": "Amber"},
            {"did": BODO, "handle": "bodo.example", "labels": [{"val": "!no-unauthenticated"}]},
        ]
        return Answer(json.dumps({"profiles": people}).encode())

    question = uri(AMBER, "k1")
    stream = Jetstream(
        commit(AMBER, "k1", at(minutes=10), "where is my bag, nimbus air"),
        commit(NIMBUS, "k2", at(minutes=9), "Sorry!", reply={"parent": {"uri": question}}),
        commit(AMBER, "k3", at(minutes=8), "thanks", reply={"parent": {"uri": uri(NIMBUS, "k2")}}),
        commit(BODO, "k4", at(minutes=7), "nimbus air, and keep it to yourself"),
    )
    with stream.running(), site(profiles) as web:
        (run,) = collector.run(streaming(stream.url, accounts=[NIMBUS], profiles=web.url))
    assert (run.error, run.withheld) == ("", 1)
    found = {post.native_id: post for post in collector.posts(run)}
    answer = found[uri(NIMBUS, "k2")]
    assert (answer.author.handle, answer.author.followers) == ("nimbusair.example", 61_000)
    assert answer.reply_to == f"b:{question}"
    assert found[uri(AMBER, "k3")].author.name == "Amber"
    assert len(asked_for) == 1


def test_the_stream_deletes_what_the_search_has_found(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("B_PASSWORD", PASSWORD)
    server, stream = BlueskyServer(posts=2), Jetstream()
    searched = {"search": ["acme"], "identifier": "me", "password_env": "B_PASSWORD"}
    with site(server) as web, stream.running():
        listened = {"server": stream.url, "words": ["acme"], "profiles": None, "quiet": "1s"}
        params = {**searched, "service": web.url, "stream": listened}
        source = made("b", "bluesky", params)
        (first,) = collector.run(source)
        assert (first.error, first.posts) == ("", 2)
        stream.events.append(commit(DID, "k00001", at(minutes=-1), operation="delete"))
        del server.views[1]
        (second,) = collector.run(source, now=NOW + timedelta(minutes=2))
    assert brought(collector, second) == [Deletion(f"b:{uri(DID, 'k00001')}")]


def test_names_that_cannot_be_had_keep_the_posts_for_the_next_pass(collector: Collector) -> None:
    answers = [Answer(b"{}", 403), Answer(b"{}", 403), Answer(b'{"profiles": []}')]
    stream = Jetstream(commit(AMBER, "k1", at(minutes=10), "nimbus air"))
    with stream.running(), site(lambda asked: answers.pop(0)) as web:
        source = streaming(stream.url, profiles=web.url)
        (first,) = collector.run(source)
        assert "does not show this to us (403)" in first.error
        assert first.posts == 0
        collector.run(source)
        (third,) = collector.run(source)
    assert texts(brought(collector, third)) == ["nimbus air"]


def test_a_stream_that_breaks_off_or_speaks_nonsense_costs_nothing_that_came(
    collector: Collector,
) -> None:
    stream = Jetstream(
        commit(AMBER, "k1", at(minutes=10), "nimbus air"), "{no json", '{"kind": "commit"}', "[]"
    )
    stream.breaks = True
    with stream.running():
        (run,) = collector.run(streaming(stream.url))
        assert run.error.startswith("stream: the stream broke off")
        items = brought(collector, run)
        assert texts(items) == ["nimbus air"]
        assert len([item for item in items if isinstance(item, Reject)]) == 3
        stream.events, stream.breaks = [commit(AMBER, "k2", at(minutes=9), "nimbus air 2")], False
        (run,) = collector.run(streaming(stream.url))
    assert (run.error, texts(brought(collector, run))) == ("", ["nimbus air 2"])


def test_a_cursor_that_is_too_old_is_told_once_and_the_stream_goes_on(
    collector: Collector,
) -> None:
    stream = Jetstream(commit(AMBER, "k1", at(minutes=10), "nimbus air"))
    with stream.running():
        source = streaming(stream.url)
        collector.run(source)
        stream.refusal = (400, {}, b'{"error": "CursorTooOld", "message": "cursor is too old"}')
        later = NOW + timedelta(days=9)
        (told,) = collector.run(source, now=later)
        assert "CursorTooOld" in told.error
        assert "lost here" in told.error
        stream.refusal = None
        text, moment = "nimbus air, much later", later - timedelta(minutes=30)
        stream.events.append(commit(AMBER, "k2", microseconds(moment), text))
        (run,) = collector.run(source, now=later)
    assert (run.error, texts(brought(collector, run))) == ("", [text])


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (
            (403, {}, b'{"error": "Forbidden"}'),
            "does not show this to us (403, saying 'Forbidden')",
        ),
        ((429, {"Retry-After": "120"}, b""), "too many requests (429) and asked us to wait 120 s"),
        ((500, {}, b"<html>"), "is in trouble (500)"),
        ((301, {"Location": "ws://127.0.0.1:9/subscribe"}, b""), "redirect"),
    ],
    ids=["403", "429", "500", "301"],
)
def test_a_stream_that_refuses_says_why(
    collector: Collector, refusal: tuple[int, dict[str, str], bytes], reason: str
) -> None:
    stream = Jetstream()
    stream.refusal = refusal
    with stream.running():
        (run,) = collector.run(streaming(stream.url))
        assert reason in run.error
        (again,) = collector.run(streaming(stream.url))
        asked_to_rest = refusal[0] == 429
        assert ("asked to be left alone" in again.error) == asked_to_rest
    assert len(stream.asked) == (1 if asked_to_rest else 2)


def test_a_stream_inside_our_own_network_is_refused_unless_it_is_meant(
    collector: Collector,
) -> None:
    stream = Jetstream()
    with stream.running():
        inside = streaming(stream.url.replace("127.0.0.1", "localhost"))
        (run,) = collector.run(inside.model_copy(update={"allow_private": False}))
    assert "set allow_private: true if it is meant" in run.error
    assert stream.asked == []


def test_a_message_without_measure_ends_the_pass_and_a_long_one_is_bounded_by_count(
    collector: Collector,
) -> None:
    stream = Jetstream(
        *(commit(AMBER, f"k{n}", at(minutes=50 - n), "nimbus air") for n in range(9))
    )
    with stream.running():
        (run,) = collector.run(streaming(stream.url, max_messages=4))
        assert (run.error, run.posts) == ("", 4)
        stream.events.append(json.dumps({"text": "x" * 3 * 2**20}))
        (run,) = collector.run(streaming(stream.url))
    assert "broke off" in run.error
    assert run.posts == 5


def test_the_town_streams_posts_edits_and_deletions(collector: Collector) -> None:
    import httpx

    settings = TownSettings(now=NOW, days=2, pace=0, control=True)
    with running(settings) as url, httpx.Client(base_url=url) as town:
        said = {"text": "zeppelin down", "site": "bluesky", "author": "amber"}
        kept, gone = (town.post("/town/posts", json=said).json() for _ in range(2))
        number = gone["id"].rpartition("/")[2]
        server = f"{url.replace('http', 'ws', 1)}/bluesky"
        source = streaming(server, words=["zeppelin"], profiles=url, history="2d")
        (first,) = collector.run(source, now=NOW + timedelta(seconds=1))
        assert {post.native_id for post in collector.posts(first)} == {kept["id"], gone["id"]}
        (author,) = {post.author.handle for post in collector.posts(first)}
        assert author == "amber.saltmarsh.example"
        town.post("/town/clock", json={"advance_seconds": 60})
        town.delete(f"/town/posts/{number}")
        kept_number = kept["id"].rpartition("/")[2]
        town.patch(f"/town/posts/{kept_number}", json={"text": "zeppelin up"})
        (second,) = collector.run(source, now=NOW + timedelta(seconds=62))
        items = brought(collector, second)
        assert texts(items) == ["zeppelin up"]
        assert Deletion(f"b:{gone['id']}") in items
        late = streaming(server, words=["zeppelin"], profiles=url, history="30d")
        (refused,) = Collector(Path(collector.url)).run(late)
        assert "CursorTooOld" in refused.error


@pytest.mark.parametrize(
    ("word", "text", "is_wanted"),
    [
        ("nimbus", "The NIMBUS!", True),
        ("nimbus", "nimbuses", False),
        ("nimbus air", "nimbus\n air", True),
        ("#nimbus", "so #Nimbus", True),
        ("#nimbus", "#nimbusdown", False),
        ("@nimbus.example", "hey @nimbus.example.", True),
        ("c++", "I write c++ daily", True),
        ("日本航空", "昨日日本航空に乗った", True),
        ("straße", "STRASSE", True),
    ],
)
def test_words_are_found_whole_in_any_case(word: str, text: str, *, is_wanted: bool) -> None:
    event = Event("post", AMBER, 1, record={"text": text})
    assert (event in Wanted([word])) == is_wanted


def test_with_more_authors_than_are_remembered_every_deletion_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gathered, "MAX_AUTHORS", 50)
    authors = Authors(None)
    for number in range(50):
        authors.add(f"did:plc:{number}")
    again = Authors(authors.memory())
    assert "did:plc:7" in again
    assert "did:plc:70" not in again
    again.add("did:plc:50")
    assert "did:plc:70" in Authors(again.memory())
    assert "did:plc:70" in Authors(None, began_before=True)


@pytest.mark.parametrize(
    ("stream", "advice"),
    [
        ({}, "say which posts are kept"),
        ({"words": ["# "]}, "holds an empty word"),
        ({"words": ["x"], "accounts": ["nimbusair.example"]}, "is no DID"),
        ({"words": ["x"], "server": "https://jetstream.example"}, "write wss://"),
    ],
)
def test_settings_of_a_stream_say_what_to_write(stream: dict[str, Any], advice: str) -> None:
    with pytest.raises(SettingsError, match=advice):
        checked_params(made("b", "bluesky", {"stream": stream}))

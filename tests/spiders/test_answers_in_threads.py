"""Conversations on the town's Bluesky, Reddit and Lemmy: what no list, search or word brings."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mentions.mention import Mention
from spiders.run import SourceRun
from spiders.source import Source
from tests.spiders.in_town import NOW, town
from tests.spiders.passes import Collector, made

TOKEN = "a-token-of-the-town"
SESSION = {"identifier": "heronwatch", "password_env": "TOWN_TOKEN"}
APP = {"client_id_env": "TOWN_TOKEN", "client_secret_env": "TOWN_TOKEN", "account": "ada"}


def lemmy(url: str) -> Source:
    return made("lemmy", "lemmy", {"server": url, "search": ["zeppelin"]})


def reddit(url: str) -> Source:
    places = {"api": f"{url}/reddit", "site": f"{url}/reddit"}
    params = {"search": ["zeppelin"], "max_trees": 0, **APP, **places}
    return made("reddit", "reddit", params)


def searched(url: str) -> Source:
    return made("bluesky", "bluesky", {"service": url, "search": ["zeppelin"], **SESSION})


def streamed(url: str) -> Source:
    place = {"server": f"{url.replace('http', 'ws')}/bluesky", "profiles": url}
    stream = {"words": ["zeppelin"], "quiet": "1s", **place}
    return made("bluesky", "bluesky", {"stream": stream})


@pytest.mark.parametrize("source_at", [lemmy, reddit, searched, streamed])
def test_what_follows_a_waiting_mention_is_brought_once_and_deleted_when_it_is_gone(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, source_at: Callable[[str], Source]
) -> None:
    monkeypatch.setenv("TOWN_TOKEN", TOKEN)
    name = source_at("http://localhost").name
    with town(name, days=1, token=TOKEN) as here:
        source = source_at(here.url)

        def passed(minutes: int, **options: Any) -> SourceRun:
            (run,) = collector.run(source, now=NOW + timedelta(minutes=minutes), **options)
            assert run.error == ""
            return run

        def posts(run: SourceRun) -> list[tuple[int, Mention]]:
            return [(here.number(post.native_id), post) for post in collector.posts(run)]

        asked = here.says("zeppelin check-in is down", title="Help", author="amber")
        joined = here.says("zeppelin is down for me, too", author="bodo", reply_to=asked)
        passed(1)
        waiting = {name: [here.id_of(joined), here.id_of(asked)]}
        here.advances(minutes=2)
        answer = here.says("We are on it.", author="heronair", reply_to=asked)
        here.advances(minutes=2)
        again = here.says("Still down.", author="amber", reply_to=answer)
        here.advances(minutes=1)
        late = here.says("Sorry to hear!", author="heronair", reply_to=joined)
        brought = posts(passed(6, waiting=waiting))
        assert [number for number, _ in brought[-5:]] == [asked, joined, answer, again, late]
        found = dict(brought)
        assert found[answer].author.handle.startswith("heronair")
        assert found[answer].reply_to == f"{name}:{here.id_of(asked)}"
        assert found[answer].published == NOW + timedelta(minutes=2)
        assert found[again].reply_to == found[answer].id
        assert found[late].reply_to == f"{name}:{here.id_of(joined)}"
        assert source_at is not streamed or found[late].author.followers
        assert posts(passed(7, waiting=waiting)) == []
        gone = {f"{name}:{here.id_of(number)}" for number in (answer, joined)}
        here.edits(asked, "zeppelin check-in is up again")
        here.deletes(answer)
        here.deletes(joined)
        # The stream tells of deletions by itself, if it knows that the author's posts were kept.
        last = passed(8, waiting={} if source_at is streamed else waiting)
        assert dict(posts(last))[asked].text.endswith("zeppelin check-in is up again")
    assert collector.deleted(last) == gone

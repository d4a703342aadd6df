"""A mention: what is derived from its fields."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.mention import Mention
from tests.stores.posts import post

ADDRESSES = (
    "https://www.nimbus.example/a?b#c",
    "http://nimbus.example",
    "https://WWW.Nimbus.example/",
    "https://user:secret@nimbus.example:8443/a",
    "https://[2001:db8::1]/a",
    "https://nimbus.example:bad/",
    "https://www.www.example/",
    "//nimbus.example/a",
    "mailto:ana@nimbus.example",
    "https://ni mbus.example/",
    "",
)


def host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


@pytest.mark.parametrize("url", ADDRESSES)
def test_the_site_is_the_host_of_the_address(url: str) -> None:
    assert post(url=url).site == host(url)


@given(st.from_regex(r"https?://(www\.)?[a-z0-9.:@-]{0,12}[/?#a-z\n]{0,3}", fullmatch=True))
def test_the_quick_way_to_the_site_agrees_with_the_full_one(url: str) -> None:
    assert post(url=url).site == host(url)


def test_a_mention_that_is_alone_tells_a_story_of_its_own():
    alone = post("7")
    assert (alone.story, alone.is_copy) == ("board:7", False)
    assert alone.to_json()["cluster"] == "board:7"
    assert Mention.from_json(alone.to_json()) == alone
    copy = post("8", cluster="board:7")
    assert (copy.story, copy.is_copy) == ("board:7", True)
    assert Mention.from_json(copy.to_json()) == copy

"""A mention: what is derived from its fields."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

"""Owned handles and pages: whom a post addresses."""

import pytest
from pydantic import ValidationError

from mentions.brand import Brand
from nlp.brand import BrandReader
from tests.nlp.posts import post

HERON = Brand(
    name="Heron Air",
    query='"heron air"',
    handles=("@heronair", "mastodon:@care@heron.example"),
    links=("https://www.heronair.example/", "shop.example/heron"),
)
READER = BrandReader([HERON])


def is_tagged(text, **known):
    brands = READER.read(post(text, **known), ()).brands
    return [brand.tagged for brand in brands]


@pytest.mark.parametrize(
    "text",
    [
        "see https://heronair.example",
        "see http://www.heronair.example/jobs?id=1#top, nice",
        "see WWW.HERONAIR.EXAMPLE/jobs.",
        "(https://shop.example/heron/bags)",
        "https://twitter.com/HeronAir/status/1",
        "https://x.com/heronair",
        "https://www.instagram.com/heronair/",
        "https://m.facebook.com/heronair",
        "https://www.youtube.com/@heronair/videos",
        "https://heron.example/@care/1234",
    ],
)
def test_a_link_to_an_owned_page_names_and_tags_the_brand(text):
    assert is_tagged(text) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "https://heronair.example.evil.example/",
        "https://evil.example/heronair.example",
        "https://shop.example/herons",
        "https://shop.example/",
        "https://x.com/heronair_fans",
        "https://x.com/someone/status/1?via=heronair",
        "heronair.example without a scheme is words",
    ],
)
def test_a_link_to_anywhere_else_tags_nobody(text):
    assert not any(is_tagged(text))


def test_the_reason_names_the_page():
    said = READER.read(post("https://heronair.example/jobs"), ()).reason
    assert said == "Heron Air addressed as heronair.example"


@pytest.mark.parametrize("link", ["heron", "https://", "@heron.example", "a b.example", ""])
def test_what_is_no_page_is_refused(link):
    with pytest.raises(ValidationError, match="is no page"):
        Brand(name="Heron", query="heron", links=(link,))

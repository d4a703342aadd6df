"""Answers come bare, in a list or wrapped; each is read alike."""

import json

import pytest

from mentions.errors import SourceUnavailable
from spiders.appstore_review import read_entries
from spiders.googleplay_review import reviews_of
from spiders.youtube_mention import items_of

ENTRY = {"id": {"label": "1"}, "im:rating": {"label": "5"}}


@pytest.mark.parametrize(
    "answer",
    [
        ENTRY,
        [ENTRY],
        {"entry": ENTRY},
        {"feed": {"entry": ENTRY}},
        {"feed": {"entry": [ENTRY]}},
        [{"feed": {"entry": [ENTRY]}}],
    ],
)
def test_review_of_the_app_store_is_found_in_every_wrapping(answer: object) -> None:
    assert read_entries(b"\xef\xbb\xbf\n" + json.dumps(answer).encode()) == [ENTRY]


def test_review_in_xml_is_found_behind_a_byte_order_mark() -> None:
    page = b'\xef\xbb\xbf<?xml version="1.0"?><feed><entry><id>1</id></entry></feed>\n'
    assert [entry["id"] for entry in read_entries(page)] == ["1"]


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x], lambda x: {"reviews": [x]}])
def test_review_of_google_play_is_found_in_every_wrapping(wrap) -> None:
    assert reviews_of(wrap({"reviewId": "1"})) == [{"reviewId": "1"}]


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x], lambda x: {"items": [x]}])
def test_item_of_youtube_is_found_in_every_wrapping(wrap) -> None:
    assert items_of(wrap({"id": "1", "snippet": {}})) == [{"id": "1", "snippet": {}}]


@pytest.mark.parametrize("read", [reviews_of, items_of])
def test_answer_that_is_no_list_is_told(read) -> None:
    with pytest.raises(SourceUnavailable, match="no list"):
        read("words")

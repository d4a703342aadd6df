"""A reply is as long as its platform counts it, and is marked where it becomes too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import length
from cases.length import length_on, limited_platforms

LINK = "https://acme.example/help/" + "a" * 200


@pytest.mark.parametrize(
    ("platform", "text", "used"),
    [
        ("x", "Hello", 5),
        ("x", "日本", 4),
        ("x", "é", 1),
        ("x", "e\u0301", 1),  # composed first, as twitter-text does
        ("x", "👩‍👩‍👧", 2),
        ("x", "🇩🇪👍🏽", 4),
        ("x", LINK, 23),
        ("x", f"({LINK}).", 26),
        ("x", "see acme.com now", 4 + 23 + 4),
        ("x", "v1.2 and e.g. that", 18),
        ("x", "…", 2),  # U+2026 is in none of the four ranges
        ("mastodon", LINK, 23),
        ("mastodon", "acme.com", 8),
        ("mastodon", "@lena@example.social hi", 8),
        ("mastodon", "👩‍👩‍👧 e\u0301", 3),
        ("bluesky", LINK, len(LINK)),
        ("bluesky", "👩‍👩‍👧", 1),
        ("reddit", "👩‍👩‍👧", 5),
        ("youtube", "five!", 5),
    ],
)
def test_a_text_is_counted_as_its_platform_does(platform: str, text: str, used: int) -> None:
    assert length_on(platform, text).used == used


def test_where_it_becomes_too_long_is_told_and_a_link_is_in_or_out_whole() -> None:
    fits = length_on("x", "a" * 280)
    assert (fits.over_from, fits.left) == (None, 0)
    assert length_on("x", "a" * 281).over_from == 280
    text = "a" * 270 + " " + LINK
    assert length_on("x", text).over_from == 271


def test_bluesky_counts_bytes_as_well() -> None:
    family = "👩‍👩‍👧"
    assert length_on("bluesky", family * 166).over_from is None
    assert length_on("bluesky", family * 167).over_from == 166 * len(family)


def test_a_platform_without_a_known_limit_has_none() -> None:
    assert length_on("web", "a" * 5000).left is None


@given(st.sampled_from(limited_platforms()), st.text(max_size=400), st.text(max_size=20))
def test_what_fits_still_fits_when_cut_at_the_mark(platform: str, text: str, more: str) -> None:
    long = (text + more) * 30
    length = length_on(platform, long)
    if length.over_from is not None:
        assert length.used > length.limit or platform == "bluesky"
        assert length_on(platform, long[: length.over_from]).over_from is None


def test_an_endless_handle_is_counted_in_no_time():
    # Tried from every place in it, as it once was, it takes ten minutes; now a thousandth of one.
    pattern = length._FULL_HANDLE
    assert pattern.search("@" + "a" * 100_000, timeout=60) is None

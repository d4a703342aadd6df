"""Markdown becomes what a reader sees, also where it is meant to do harm."""

import time

import pytest

from spiders.markdown_text import markdown_text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**bold** and *slanted* and ~~gone~~", "bold and slanted and gone"),
        ("[words](https://a.example/x_y_z)", "words (https://a.example/x_y_z)"),
        ("[https://a.example](https://a.example)", "https://a.example"),
        ('![a cat](https://a.example/c.png "t") sits', "a cat sits"),
        ("# Title\n\n\n\ntext\r\nline", "Title\n\ntext\nline"),
        ("```py\nx = a_b_c\n```", "x = a_b_c"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("#hashtag \\*not slanted\\*", "#hashtag *not slanted*"),
        ("Tom &amp; Jerry &lt;3", "Tom & Jerry <3"),
        ("::: spoiler Plot\nHe dies\n:::", "Plot\nHe dies"),
        ("", ""),
    ],
)
def test_markdown_is_read_as_people_see_it(markdown: str, text: str) -> None:
    assert markdown_text(markdown) == text


@pytest.mark.parametrize("sign", ["[", "![", "*", "**a", "`", "[a](", "_a", "\n ", "~~"])
def test_a_hostile_text_costs_no_more_than_its_length(sign: str) -> None:
    started = time.process_time()
    markdown_text(sign * 5_000)
    short = time.process_time() - started
    started = time.process_time()
    markdown_text(sign * 20_000)
    assert time.process_time() - started < 16 * short + 1

"""The hand-written lines: every one can be said by anybody and fits."""

import re
from collections.abc import Iterator

import pytest

from untagged.town.brands import BRANDS
from untagged.town.dice import dice
from untagged.town.people import SHARES
from untagged.town.phrasebook import Template, phrasebook, say
from untagged.town.voice import MOST_CHARACTERS

PAGES = (
    *("heron", "pomelo", "other_meanings", "noise", "spam", "answers", "own"),
    *("news", "blog", "forum", "outage", "bad_update", "burst", "slow_rise", "flood", "copied"),
    *("campaign", "night", "lockout", "leak", "football", "launch"),
)
POMELOS = ("pomelo", "bad_update", "slow_rise", "copied", "campaign", "lockout", "launch")
HERONS = ("heron", "outage", "burst", "flood", "night", "football")
NAMELESS = ("before", "after")
"""What is put around a copied story."""
KNOWN = {"to": "@somebody", "quoted": "something"}
KEYS = [(page, lang) for page in PAGES for lang in SHARES]


def lines(page: str, lang: str) -> Iterator[tuple[str, Template]]:
    for section, templates in phrasebook().sections(page, lang).items():
        for template in templates:
            yield section, template


@pytest.mark.parametrize(("page", "lang"), KEYS)
def test_every_slot_of_every_line_is_filled(page, lang):
    for brand in BRANDS.values():
        for section, template in lines(page, lang):
            said = say(dice(section, template.text), template, lang, brand=brand, known=KNOWN)
            assert "{" not in said.text + said.title, template
            assert said.text.strip()
            assert len(said.text) <= MOST_CHARACTERS - 40 or page in ("news", "blog")


@pytest.mark.parametrize("page", [*HERONS, *POMELOS, "leak", "spam"])
@pytest.mark.parametrize("lang", SHARES)
def test_every_line_about_a_brand_names_it(page, lang):
    brand = BRANDS["pomelo" if page in POMELOS else "heron"]
    for section, template in lines(page, lang):
        if (page == "spam" and brand.key not in section) or section in NAMELESS:
            continue
        said = say(dice(section, template.text), template, lang, brand=brand)
        assert re.search("her+on|pom+elo", said.title + said.text, re.IGNORECASE), template


@pytest.mark.parametrize("brand", BRANDS.values(), ids=lambda brand: brand.key)
def test_a_tagged_line_holds_the_handle_once_however_it_is_written(brand):
    for lang in SHARES:
        for section, template in lines(brand.key, lang):
            said = say(dice(section, template.text), template, lang, brand=brand, tagged=True)
            assert f"@{brand.handle}" in said.text
            assert said.tagged


def test_english_has_many_lines_about_each_brand():
    for brand in BRANDS:
        assert len(list(lines(brand, "en"))) >= 200


def test_a_slot_keeps_its_word_within_a_post():
    template = Template("{city} {city} {city2} {n} {n}", "", ("other",), "neutral", "")
    first, again, other, number, same = say(dice("slots"), template, "en").text.split()
    assert first == again != other
    assert number == same

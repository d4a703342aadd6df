"""Names written otherwise than a query says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.brand import Brand
from mentions.query.parser import parse_query
from mentions.query.spans import spans_in
from mentions.tokens import tokens
from nlp.brand import BrandReader
from nlp.brand_rewriting import rewritten
from nlp.brand_spelling import Spellings, is_one_edit
from tests.nlp.posts import NIMBUS, PELLO, post

ACME = Brand(name="Acme Air", query='"acme air" -giveaway')
DEPOT = Brand(name="Home Depot", query='"home depot" OR homedepot')
BANK = Brand(name="Bolt Bank", query='"bolt bank" AND lang:de')
READER = BrandReader([NIMBUS, PELLO, ACME, DEPOT, BANK])


def found(text, reader=READER):
    """Brand -> what of the text names it."""
    return {
        brand.name: [text[start:end] for start, end in brand.spans]
        for brand in reader.read(post(text), ()).brands
    }


@pytest.mark.parametrize(
    ("text", "brand", "span"),
    [
        ("so #AcmeAirFail today", "Acme Air", "#AcmeAirFail"),
        ("so #acmeairfail today", "Acme Air", "#acmeairfail"),
        ("#boycottacmeair", "Acme Air", "#boycottacmeair"),
        ("#fixAcmeAirNow", "Acme Air", "#fixAcmeAirNow"),
        ("#acme_air_fail", "Acme Air", "#acme_air_fail"),
        ("#AcmeAir2024", "Acme Air", "#AcmeAir2024"),
        ("acmeair is late", "Acme Air", "acmeair"),
        ("acme air's crew", "Acme Air", "acme air"),
        ("two pellos broke", "Pello", "pellos"),
        ("the pellos' screens", "Pello", "pellos"),
        ("two Home Depots", "Home Depot", "Home Depots"),
        ("nimbsu air lost it", "Nimbus Air", "nimbsu air"),
        ("my nimbuss flight", "Nimbus Air", "nimbuss"),
        ("my nimus flight", "Nimbus Air", "nimus"),
        ("acmair is late", "Acme Air", "acmair"),
        ("Νimbus flight", "Nimbus Air", "Νimbus"),
        ("Nіmbuѕ flight", "Nimbus Air", "Nіmbuѕ"),
        ("#Nіmbus flight", "Nimbus Air", "#Nіmbus"),
        ("Ｎｉｍｂｕｓ flight", "Nimbus Air", "Ｎｉｍｂｕｓ"),
        ("𝓝𝓲𝓶𝓫𝓾𝓼 flight", "Nimbus Air", "𝓝𝓲𝓶𝓫𝓾𝓼"),
    ],
)
def test_a_name_is_found_however_it_is_written(text, brand, span):
    assert found(text) == {brand: [span]}


@pytest.mark.parametrize(
    "text",
    [
        "pelo and pallo",  # five letters are too few
        "#AcmeAirlines",  # the capitals say where the name ends
        "#acmeairqzx",  # no word behind it
        "bimbus",  # rhymes begin otherwise
        "nimmbbus",  # two letters off
        "@acmeairfan",
        "acme and air",
    ],
)
def test_what_only_resembles_a_name_is_none(text):
    assert found(text) == {}


def test_a_word_that_people_know_is_no_misspelling():
    tinder = BrandReader([Brand(name="Tinder", query="tinder")])
    assert found("be tender, tinker", tinder) == {}
    assert found("on tindr again", tinder) == {"Tinder": ["tindr"]}


def test_a_competitor_is_no_misspelling():
    both = BrandReader([NIMBUS, Brand(name="Nimbux", query="nimbux")])
    assert found("nimbux", both) == {"Nimbux": ["nimbux"]}
    assert found("nimbuz", both) == {}, "it may be either"


def test_a_word_of_the_settings_is_no_misspelling():
    assert found("pomelos", BrandReader([Brand(name="Pomelo", query="pomelo")]))
    fruit = Brand(name="Pomelo", query="pomelo", not_context=("pomelos",))
    assert found("pomelos", BrandReader([fruit])) == {}


def test_misspellings_can_be_switched_off():
    strict = BrandReader([NIMBUS.model_copy(update={"misspellings": False})])
    assert found("nimbsu air", strict) == {}
    assert found("#nimbusairfail", strict) == {"Nimbus Air": ["#nimbusairfail"]}


def test_the_query_still_holds_for_a_name_written_otherwise():
    assert found("acmair giveaway") == {}
    assert found("#acmeairgiveaway") == {}
    assert found("boltbank") == {}, "the post is not German"
    german = post("boltbank").model_copy(update={"lang": "de"})
    assert [brand.name for brand in READER.read(german, ()).brands] == ["Bolt Bank"]


def test_all_places_of_a_name_are_found_whichever_way_it_is_written():
    text = "Nimbus! nimbsu! #NimbusAirFail"
    assert found(text) == {"Nimbus Air": ["Nimbus", "nimbsu", "#NimbusAirFail"]}


def test_the_reason_says_what_was_read_as_what():
    said = READER.read(post("nimbsu air lost it"), ()).reason
    assert said == "Nimbus Air named as 'nimbsu air' ('nimbsu' read as 'nimbus')"


def test_a_word_that_many_brands_share_is_not_looked_for_alone():
    many = BrandReader([Brand(name=f"A{n} Motors", query=f'"a{n} motors"') for n in range(50)])
    assert found("a7 motrs", many) == {}
    assert found("#a7motors", many) == {"A7 Motors": ["#a7motors"]}


WORD = st.text("abcd", min_size=1, max_size=7)


@given(WORD, WORD)
def test_one_edit_is_one_edit_in_both_directions(one, other):
    assert is_one_edit(one, other) == is_one_edit(other, one)
    assert not is_one_edit(one, one)


@given(WORD.filter(lambda word: len(word) > 1), st.data())
def test_every_single_edit_behind_the_first_letter_is_one(word, data):
    at = data.draw(st.integers(1, len(word) - 1))
    dropped = word[:at] + word[at + 1 :]
    added = word[:at] + "x" + word[at:]
    other = word[:at] + "x" + word[at + 1 :]
    assert all(is_one_edit(word, edited) for edited in (dropped, added, other))
    assert not is_one_edit(word, f"{added}y")


@given(st.lists(st.sampled_from(["ab", "nimbsu", "😀", "#AcmeAirFail", "é"]), max_size=8))
def test_a_place_in_a_rewritten_text_is_found_in_the_text_as_it_came(said):
    text = " ".join(said)
    names = {"nimbsu": "nimbus", "#acmeairfail": "acme air fail"}
    row = tokens(text)
    again = rewritten(text, row, {t: names[t.text] for t in row if t.text in names})
    for query, written in (("nimbus", "nimbsu"), ('"acme air"', "#AcmeAirFail"), ("ab", "ab")):
        spans = spans_in(parse_query(query).tree, again.text, tokens(again.text))
        places = [again.original(*span) for span in spans]
        assert [text[start:end] for start, end in places] == [w for w in said if w == written]


@pytest.mark.parametrize(
    "text",
    ["#nimbusair" * 9000, "nimbusx " * 12_000, "#nimbusaaaaaaaaa " * 5000],
    ids=["run", "misspelt", "tags"],
)
def test_very_long_posts_are_read(text):
    assert READER.read(post(text), ()).brands


def test_what_a_query_finds_stays_found():
    for text in ("nimbus", "#nimbusair", "NIMBUS AIR's"):
        exact = [(s, e) for s, e in spans_in(parse_query(NIMBUS.query).tree, text, tokens(text))]
        (brand,) = READER.read(post(text), ()).brands
        assert list(brand.spans) == exact


@given(st.text("abcdefgh", min_size=6, max_size=9), st.data())
def test_a_name_one_letter_off_is_always_found(name, data):
    kind = data.draw(st.sampled_from(["drop", "add", "change", "swap"]))
    at = data.draw(st.integers(1, len(name) - 2))
    edited = {
        "drop": name[:at] + name[at + 1 :],
        "add": f"{name[:at]}z{name[at:]}",
        "change": f"{name[:at]}z{name[at + 1 :]}",
        "swap": name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    }[kind]
    spellings = Spellings([Brand(name=name, query=name)], [parse_query(name).tree])
    known = spellings.is_known(edited) or edited == name
    stands = [spelt.name for spelt in spellings.stands_for(edited)]
    assert stands == ([] if known and edited != name else [name])

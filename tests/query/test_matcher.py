"""The matcher says whether a post matches, and where its words stand."""

from datetime import UTC, datetime

import pytest

from mentions.mention import Author, BrandMatch, Mention
from mentions.query import matcher
from mentions.query.matcher import QueryMatcher, matches, spans
from mentions.query.parser import parse_query
from mentions.query.reading import Reading

NOW = datetime(2026, 2, 22, 12, tzinfo=UTC)
POST = Mention(
    source="town",
    native_id="1",
    platform="mastodon",
    title="Nimbus again",
    text="Late AGAIN: Nimbus Air's flight NA12 was so, so late 😡 #NimbusFail @NimbusAir",
    author=Author(handle="Ana", followers=1200),
    brands=(BrandMatch(name="Nimbus Air", tagged=True),),
    published=NOW,
    collected=NOW,
    lang="en",
    severity=2,
)
MATCHED = [
    "nimbus",
    "NIMBUS flight",
    '"nimbus air flight"',
    "title:again",
    'title:"nimbus again"',
    "#nimbusfail",
    "@nimbusair 😡",
    "fl?ght NA*",
    "-bus",
    "late OR bus",
    "NOT (late bus)",
    "flight NEAR/4 late",
    '"late flight"~4',
    '"so was flight"~1',
    '(nimbus OR "NA12 was") NEAR/1 (late OR "so so")',
    "nimbus NEAR/2f NA12",
    '"nimbus air" ONEAR/0 "flight NA12"',
    '"flight NA12" NEAR/0 "nimbus air"',
    "published:2026-02-22",
    "published:>now-1h",
    "brand:nimbus* tagged:true severity:<=2",
    "author:@ana author.followers:[1000 TO 2000]",
    "NOT rating:*",
    "-rating:>1",
    "id:town:1",
    "*",
]
UNMATCHED = [
    "nimbusair",
    "nimbusfail",
    "fail",
    '"air nimbus"',
    '"again late"',  # a phrase never runs from the title into the text
    "title:late",
    "flight NEAR/2 late",
    "NA12 NEAR/5f nimbus",
    "nimbus NEAR/1f NA12",
    '"flight NA12" ONEAR/0 "nimbus air"',
    "again NEAR/1f nimbus -again",
    '"late flight"~2',
    "NA1",
    "bus",
    "published:2026-02-21",
    "published:<now",
    "rating:>1",
    "rating:<1",
    "severity:>2",
    "id:TOWN:1",
    "NOT *",
]


@pytest.mark.parametrize("query", MATCHED)
def test_a_post_matches(query: str) -> None:
    assert matches(parse_query(query, now=NOW).tree, POST)


@pytest.mark.parametrize("query", UNMATCHED)
def test_a_post_does_not_match(query: str) -> None:
    assert not matches(parse_query(query, now=NOW).tree, POST)


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("nimbus", ["Nimbus"]),
        ("late", ["Late", "late"]),
        ('"nimbus air"', ["Nimbus Air"]),
        ("nimbus air", ["Nimbus", "Air"]),
        ('"nimbus air" OR "air flight"', ["Nimbus Air's flight"]),
        ("flight NEAR/1 NA12", ["flight", "NA12"]),
        ('"nimbus air" NEAR/1 was', []),
        ('"nimbus air" NEAR/2f was', ["Nimbus Air", "was"]),
        ('(bus OR "so so") NEAR/0 late', ["so, so", "late"]),
        ("n*", ["Nimbus", "NA12"]),
        ("😡 #nimbusfail", ["😡", "#NimbusFail"]),
        ("flight -late", ["flight"]),
        ("NOT (late OR NOT flight)", ["flight"]),
        ("title:nimbus", []),
        ("text:nimbus", ["Nimbus"]),
        ("lang:en", []),
        ('"late nimbus"', []),
    ],
)
def test_what_matched_is_marked_in_the_text_as_written(query: str, marked: list[str]) -> None:
    tree = parse_query(query.replace("n*", "na* OR nim*")).tree
    assert [POST.text[start:end] for start, end in spans(tree, POST.text)] == marked


def test_where_no_word_is_asked_for_no_text_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matcher, "tokens", None)
    for query in ('brand:"Nimbus Air"', "lang:en NOT late", "*"):
        assert spans(parse_query(query).tree, POST.text) == []


def test_many_queries_give_those_that_match_with_their_spans() -> None:
    matcher = QueryMatcher(
        {
            "air": parse_query('"nimbus air" -cloud'),
            "phone": parse_query('"nimbus phone"'),
            "tags": parse_query("#nimb*"),
            "title": parse_query("title:nimbus"),
            "any": parse_query("NOT spam"),
        }
    )
    assert matcher.match(POST) == {
        "air": [(12, 22)],
        "tags": [(55, 66)],
        "title": [],
        "any": [],
    }


def test_only_queries_whose_rarest_word_occurs_are_tried() -> None:
    queries = {f"{n}": parse_query(f'("brand{n} air" OR brand{n}air) -cloud') for n in range(1_000)}
    matcher = QueryMatcher(queries)
    post = POST.model_copy(update={"text": "Brand77 Air was late in the air"})
    assert matcher._candidates(Reading(post)) == {77}
    assert [*matcher.match(post)] == ["77"]

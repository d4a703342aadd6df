"""The search bar knows what may stand at the caret: names of fields, values that were posted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from mentions.fields import FIELDS
from mentions.mention import BrandMatch
from mentions.query.parser import parse_query
from mentions.query.tree import Value
from tests.untagged.entered import entered
from tests.untagged.world import mention, settings_file
from untagged.accounts.user import Scope
from untagged.completing import MOST, complete, quoted
from untagged.web.seen_store import SeenStore
from untagged.wiring import open_pipeline

VALUES = {
    "brand": [("Nimbus Air", 7), ("Zephyr Phone", 3), ("Acme", None)],
    "topic": [("baggage", 5), ('so-called "deals"', 1), ("x" * 200, 9)],
    "tag": [("vip", 2), ("OR", 1)],
}


def values(field: str) -> list[tuple[str, int | None]]:
    return VALUES.get(field, [])


def offered(query: str) -> list[str]:
    """What is offered where `|` stands."""
    at = query.index("|")
    return [option.text for option in complete(query.replace("|", ""), at, values).options]


def taken(query: str, text: str) -> str:
    """The query after that option was chosen at `|`."""
    at, plain = query.index("|"), query.replace("|", "")
    found = complete(plain, at, values)
    insert = next(option.insert for option in found.options if option.text == text)
    return plain[: found.start] + insert + plain[found.end :]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("|", "brand:"),
        ("late |", "brand:"),
        ("(|", "brand:"),
        ("late AND (|)", "brand:"),
        ("-|", "brand:"),
        ("sent|", "sentiment:"),
        ("late -SENT|", "sentiment:"),
        ("foll|", "author.followers:"),
        ("sentiment:|", "positive"),
        ("sentiment: |", "positive"),
        ("sentiment:(neutral OR neg|", "negative"),
        ("tagged:|", "true"),
        ("published:>now-7|", ">now-7d"),
        ("influence:|", "low"),
        ("brand:|", "Nimbus Air"),
        ("brand:air|", "Nimbus Air"),
        ("brand:ZEPH|", "Zephyr Phone"),
        ('brand:"nimbus a|', "Nimbus Air"),
        ('brand:("Acme" OR nim|)', "Nimbus Air"),
        ("lang:(en) AND (|", "brand:"),
    ],
)
def test_what_fits_is_offered_first(query: str, first: str) -> None:
    assert offered(query)[0] == first


@pytest.mark.parametrize(
    "query",
    [
        "zzz|",
        '"late |',
        '"late"|',
        "title:la|",
        "nonsense:|",
        "https://n|",
        "rating:[1 |",
        "(late)|",
        "brand:zzz|",
        "severity:<=|",
    ],
)
def test_nothing_is_offered_where_nothing_fits(query: str) -> None:
    assert [one for one in offered(query) if not one.endswith(":")] == []


@pytest.mark.parametrize(
    ("query", "chosen", "then"),
    [
        ("late sent|", "sentiment:", "late sentiment:"),
        ("sent|iment:negative", "sentiment:", "sentiment:negative"),
        ("brand:nim|", "Nimbus Air", 'brand:"Nimbus Air"'),
        ('brand:"nim|bus" late', "Nimbus Air", 'brand:"Nimbus Air" late'),
        ("brand:(acme OR zep|) late", "Zephyr Phone", 'brand:(acme OR "Zephyr Phone") late'),
        ("topic:|", 'so-called "deals"', 'topic:"so-called \\"deals\\""'),
        ("tag:|", "OR", 'tag:"OR"'),
        ("tag:v|", "vip", "tag:vip"),
        ("published:|", ">now-7d", "published:>now-7d"),
    ],
)
def test_what_is_chosen_replaces_what_was_begun(query: str, chosen: str, then: str) -> None:
    assert taken(query, chosen) == then


def test_a_count_is_said_and_a_value_that_is_no_name_left_out() -> None:
    found = {option.text: option.hint for option in complete("topic:", 6, values).options}
    assert found == {"baggage": "5", 'so-called "deals"': "1"}


@given(st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=40))
def test_a_value_in_the_query_is_read_as_that_value(value: str) -> None:
    query = parse_query(f"tag:{quoted(value)}")
    assert query.tree == Value("tag", value.casefold())


@given(
    st.text(alphabet='ab:.()[]{}"“”\\<>=+-!&|~ \nsentiment', max_size=30),
    st.integers(min_value=-2, max_value=40),
)
def test_any_caret_in_any_text_gets_an_answer_around_it(query: str, at: int) -> None:
    found = complete(query, at, values)
    caret = max(0, min(at, len(query)))
    assert 0 <= found.start <= caret <= found.end <= len(query)
    assert len(found.options) <= MOST


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_every_value_that_is_there_for_every_brand_can_be_searched_for(field: str) -> None:
    query = f"{field}:"
    for option in complete(query, len(query), lambda _: ()).options:
        parse_query(query + option.insert, now=datetime.now(UTC))


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    now = datetime.now(UTC)
    brands = (BrandMatch(name="Bolt Bank"),)
    posts = [
        mention(1, "late", now, brands=brands, tags=("<b>vip</b>",), topics=("fees",)),
        mention(2, "late", now - timedelta(days=40), topics=("of old",)),
    ]
    with open_pipeline(settings_file(tmp_path)) as pipeline:
        pipeline.store.upsert(posts)
        with entered(pipeline) as client:
            yield client


def test_values_come_from_the_last_month_and_the_settings(browser: TestClient) -> None:
    def texts(query: str) -> list[str]:
        answer = browser.get("/search/complete", params={"q": query})
        assert answer.headers["cache-control"] == "no-store"
        return [option["text"] for option in answer.json()["options"]]

    assert texts("brand:") == ["Bolt Bank", "Acme"]
    assert texts("topic:") == ["fees"]
    assert texts("tag:") == ["<b>vip</b>"]
    assert texts("case.team:") == ["care", "crisis"]


def test_the_caret_counts_characters_not_halves_of_them(browser: TestClient) -> None:
    answer = browser.get("/search/complete", params={"q": "😡😡 sent late", "at": 7}).json()
    assert (answer["start"], answer["end"]) == (3, 7)
    assert answer["options"][0]["insert"] == "sentiment:"


def test_counts_are_read_once_a_minute(browser: TestClient) -> None:
    browser.get("/search/complete", params={"q": "topic:"})
    pipeline = browser.app.state.pipeline  # type: ignore[attr-defined]
    pipeline.store.upsert([mention(3, "late", datetime.now(UTC), topics=("new",))])
    seen = browser.app.state.seen_values  # type: ignore[attr-defined]
    now, store = datetime.now(UTC), SeenStore(pipeline.store, Scope())
    assert dict(seen.of("topic", store, now=now)) == {"fees": 1}
    assert dict(seen.of("topic", store, now=now + timedelta(hours=2))) == {"fees": 1, "new": 1}

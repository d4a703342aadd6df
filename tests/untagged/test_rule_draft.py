"""A search becomes a rule to look over: what can be one is offered, and read back as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mentions.brand import Brand
from mentions.errors import UntaggedError
from tests.untagged.entered import entered
from tests.untagged.world import settings_file
from untagged.pipeline import Pipeline
from untagged.rule_draft import draft, drafts
from untagged.settings import read_rules
from untagged.web.rules import written
from untagged.wiring import open_pipeline
from untagged.yaml_file import YamlFile

BRANDS = (Brand(name="Acme", query="acme"), Brand(name="Bolt Bank", query='"bolt bank"'))


@pytest.mark.parametrize(
    ("query", "brands", "signals"),
    [
        ("sentiment:negative", (), ("negative",)),
        ("brand:acme", ("Acme",), ("all",)),
        ('brand:"bolt bank" AND intent:complaint', ("Bolt Bank",), ("complaints",)),
        ('brand:(acme OR "bolt bank") topic:fees', ("Acme", "Bolt Bank"), ("topic:fees",)),
        ("(brand:acme) AND intent:incident", ("Acme",), ("incidents",)),
    ],
)
def test_a_signal_of_brands_makes_a_spike_rule(
    query: str, brands: tuple[str, ...], signals: tuple[str, ...]
) -> None:
    found = draft("spike", query, BRANDS)
    assert (found.brands, getattr(found, "signals", None)) == (brands, signals)


@pytest.mark.parametrize(
    "query",
    [
        "late",
        "brand:acme late",
        "sentiment:positive",
        "brand:other",
        "-brand:acme",
        "brand:ac*",
        "sentiment:negative intent:complaint",
        "brand:acme OR sentiment:negative",
    ],
)
def test_what_is_more_than_a_signal_makes_no_spike_rule(query: str) -> None:
    assert list(drafts(query, BRANDS)) == ["watchlist", "unanswered"]
    with pytest.raises(
        UntaggedError, match="makes no 'spike' rule; it makes: watchlist, unanswered"
    ):
        draft("spike", query, BRANDS)


@pytest.mark.parametrize("query", ["*", "published:>now-7d", "((late"])
def test_what_no_rule_can_say_is_not_offered(query: str) -> None:
    assert drafts(query, BRANDS) == {}


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path)) as opened:
        yield opened


@pytest.mark.parametrize("kind", ["watchlist", "unanswered", "spike"])
def test_a_draft_is_a_rule_that_the_settings_take(pipeline: Pipeline, kind: str) -> None:
    rule = draft(kind, 'brand:"bolt bank" AND intent:complaint', pipeline.settings.brands)
    file = YamlFile(Path("the rule"), text=written(rule), environment={})
    assert read_rules(file, pipeline.settings) == (rule,)


def test_the_search_page_leads_to_the_draft_with_its_backtest(pipeline: Pipeline) -> None:
    with entered(pipeline) as browser:
        page = browser.get("/search?q=brand:acme").text
        assert "/rules/try?kind=spike&amp;query=brand%3Aacme" in page
        assert "/rules/try" not in browser.get("/search").text.split("</nav>")[1]
        form = browser.get('/rules/try?kind=watchlist&query="</textarea>" late').text
        assert "kind: watchlist" in form
        assert "&lt;/textarea&gt;" in form
        assert browser.get("/rules/try?kind=crisis&query=late").status_code == 400

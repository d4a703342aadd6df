"""A rule that names a topic or a brand that there is not is told, with what was meant."""

from pathlib import Path

import pytest

from mentions.errors import SettingsError
from tests.untagged.world import settings_file
from untagged.settings import load_settings

RULES = """
  - {name: told, kind: watchlist, query: 'SAID'}
"""


def load(folder: Path, rules: str, *, brand: str = "") -> None:
    path = settings_file(folder)
    text = path.read_text(encoding="utf-8").replace("rules:\n", f"rules:{rules}", 1)
    path.write_text(text.replace("languages: [en]}", f"languages: [en]{brand}}}", 1), "utf-8")
    load_settings(path)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "topic:bagage",
            "line 11: rules.0.query: there is no topic 'bagage', did you mean 'baggage'",
        ),
        (
            "(late OR NOT brand:acne)",
            "there is no brand 'acne', did you mean 'acme'?; known are Acme",
        ),
        ("topic:lounge", "there is no topic 'lounge'"),
    ],
)
def test_a_query_of_a_rule_names_what_there_is(tmp_path: Path, query: str, said: str) -> None:
    with pytest.raises(SettingsError, match="there is no") as caught:
        load(tmp_path, RULES.replace("SAID", query))
    assert said in str(caught.value)


@pytest.mark.parametrize("query", ["topic:Baggage", "brand:ACME", "topic:bag*", "text:bagage"])
def test_what_there_is_passes_however_it_is_written(tmp_path: Path, query: str) -> None:
    load(tmp_path, RULES.replace("SAID", query))


def test_a_brands_own_topics_count_and_its_sectors_narrow_them(tmp_path: Path) -> None:
    own = ", sectors: [airline], topics: {lounge: 'heron club'}"
    load(tmp_path / "1", RULES.replace("SAID", "topic:lounge"), brand=own)
    trend = "\n  - {name: told, kind: trend, topics: [lounges]}\n"
    with pytest.raises(SettingsError, match=r"rules\.0\.topics: there is no topic 'lounges', did"):
        load(tmp_path / "2", trend, brand=own)


def test_routing_is_looked_at_too(tmp_path: Path) -> None:
    path = settings_file(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('brand:"bolt bank"', 'brand:"bold bank"'), encoding="utf-8")
    with pytest.raises(
        SettingsError, match=r"routing\.0\.when: there is no brand 'bold bank', did"
    ):
        load_settings(path)

"""What docs/query-language.md says is true: every example on the page is run."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mentions.errors import QueryError
from mentions.fields import FIELDS
from mentions.mention import Mention
from mentions.query.lexer import MAX_BRACKETS, MAX_DISTANCE, MAX_QUERY_CHARACTERS
from mentions.query.matcher import matches
from mentions.query.parser import parse_query
from mentions.query.pattern import MAX_PATTERN_CHARACTERS, MAX_WILDCARDS
from mentions.query.shape import MAX_CONDITIONS, MAX_LEVELS

NOW = datetime(2026, 2, 22, 12, tzinfo=UTC)
PAGE = (Path(__file__).parents[2] / "docs" / "query-language.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in PAGE.splitlines()
    if line.startswith("|")
]
SEARCHES = [row for row in ROWS if row[0].startswith("`") and row[0].strip("`") not in FIELDS]
DESCRIBED = [row for row in ROWS if row[0].strip("`") in FIELDS]
ERRORS = re.findall(r"^```\n(.*\n *\^+)\n(.*)\n```$", PAGE, re.MULTILINE)
REFUSED = ("late^2", "late~", "/lat./")


def found(query: str, text: str) -> bool:
    post = Mention(source="s", native_id="1", platform="p", text=text, published=NOW, collected=NOW)
    return matches(parse_query(query.strip("`")).tree, post)


@pytest.mark.parametrize("row", SEARCHES, ids=[row[0] for row in SEARCHES])
def test_an_example_finds_what_the_page_says(row: list[str]) -> None:
    query, finds, misses = row
    assert found(query, finds)
    assert not misses or not found(query, misses)


@pytest.mark.parametrize("row", DESCRIBED, ids=[row[0] for row in DESCRIBED])
def test_the_example_of_a_field_asks_for_that_field(row: list[str]) -> None:
    tree = parse_query(row[2].strip("`"), now=NOW).tree
    assert row[0].strip("`") in repr(tree)


def test_the_page_describes_every_field() -> None:
    assert sorted(row[0].strip("`") for row in DESCRIBED) == sorted(FIELDS)


@pytest.mark.parametrize(("pointed", "message"), ERRORS, ids=[error[1] for error in ERRORS])
def test_an_error_reads_as_on_the_page(pointed: str, message: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse_query(pointed.splitlines()[0])
    assert (refused.value.pointed(), str(refused.value)) == (pointed, message)


@pytest.mark.parametrize("query", REFUSED)
def test_what_the_page_says_is_refused_is(query: str) -> None:
    assert f"`{query}`" in PAGE
    with pytest.raises(QueryError, match="not supported"):
        parse_query(query)


def test_the_limits_on_the_page_are_those_in_force() -> None:
    said = [int(row[0].replace(",", "")) for row in ROWS if row[0].replace(",", "").isdecimal()]
    assert said == [
        MAX_QUERY_CHARACTERS,
        MAX_CONDITIONS,
        MAX_BRACKETS,
        MAX_LEVELS,
        MAX_DISTANCE,
        MAX_WILDCARDS,
        MAX_PATTERN_CHARACTERS,
    ]


def test_the_page_has_examples() -> None:
    assert len(SEARCHES) >= 40
    assert len(ERRORS) == 3

"""A query is understood as people mean it."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from mentions.query.parser import parse_query
from mentions.query.tree import (
    And,
    Everything,
    Exists,
    Flag,
    Near,
    Node,
    Not,
    Or,
    Range,
    Value,
    WordPattern,
    Words,
)

NOW = datetime(2026, 2, 22, 12, tzinfo=UTC)
BOTH = ("text", "title")


def word(*tokens: str, within: int | None = None) -> Words:
    return Words(BOTH, tokens, within)


def day(number: int) -> datetime:
    return datetime(2026, 2, number, tzinfo=UTC)


A, B, C = word("a"), word("b"), word("c")
UNDERSTOOD: list[tuple[str, Node]] = [
    # words
    ("Nimbus", word("nimbus")),
    ("e-mail", word("e", "mail")),
    ('"Nimbus Air"', word("nimbus", "air")),
    ("“Nimbus Air”", word("nimbus", "air")),
    ("„Nimbus Air“", word("nimbus", "air")),
    ('"say \\"hi\\""', word("say", "hi")),
    ('"what?"', word("what")),
    ("#NimbusDown", word("#nimbusdown")),
    ("@nimbus", word("@nimbus")),
    ("raw:AIR", Words(("raw",), (".'a'i'r",))),
    (
        'raw:(C++ OR "*")',
        Or((Words(("raw",), (".'c", ".,2b", ".,2b")), Words(("raw",), (".,2a",)))),
    ),
    ("raw:*", Exists("raw")),
    ("😡", word("😡")),
    ("👍🏽", word("👍")),
    ("https://a.example/b", word("https", "a", "example", "b")),
    ("18:30", word("18", "30")),
    ("and not", And((word("and"), word("not")))),
    ("都", Or((word("都"), WordPattern(BOTH, "都?"), WordPattern(BOTH, "?都")))),
    ("*", Everything()),
    ("*:*", Everything()),
    # operators
    ("a b", And((A, B))),
    ("a AND b && c", And((A, B, C))),
    ("a OR b || c", Or((A, B, C))),
    ("a b OR c", Or((And((A, B)), C))),
    ("a OR b AND c", Or((A, And((B, C))))),
    ("(a OR b) c", And((Or((A, B)), C))),
    ("a (b (c))", And((A, B, C))),
    ("NOT a", Not(A)),
    ("-a", Not(A)),
    ("a !b", And((A, Not(B)))),
    ("+a -b", And((A, Not(B)))),
    ("NOT a b", And((Not(A), B))),
    ("NOT (a OR b)", And((Not(A), Not(B)))),
    ("NOT (a AND NOT b)", Or((Not(A), B))),
    ("a a OR a", A),
    ("-😡", Not(word("😡"))),
    # wildcards
    ("Nimb*", WordPattern(BOTH, "nimb*")),
    ("c?fé*", WordPattern(BOTH, "c?fe*")),
    ("#nim*_air", WordPattern(BOTH, "#nim*_air")),
    ("*bus", WordPattern(BOTH, "*bus")),
    # distance
    ('"late flight"~5', word("late", "flight", within=5)),
    ("late NEAR/3 flight", word("late", "flight", within=3)),
    ("a NEAR/3 b c", And((word("a", "b", within=3), C))),
    ("title:a NEAR/3 b", Words(("title",), ("a", "b"), 3)),
    ('"lost bag" NEAR/3 refund', Near(BOTH, ("lost", "bag"), ("refund",), 3)),
    ("e-mail NEAR/3 late", Near(BOTH, ("e", "mail"), ("late",), 3)),
    ("late NEAR/3f flight", Near(BOTH, ("late",), ("flight",), 3, in_order=True)),
    ("late ONEAR/3 flight", Near(BOTH, ("late",), ("flight",), 3, in_order=True)),
    ("-title:a NEAR/3f b", Not(Near(("title",), ("a",), ("b",), 3, in_order=True))),
    (
        '(lost OR "gone missing") NEAR/3 (bag OR #luggage)',
        Or(
            (
                word("lost", "bag", within=3),
                word("lost", "#luggage", within=3),
                Near(BOTH, ("gone", "missing"), ("bag",), 3),
                Near(BOTH, ("gone", "missing"), ("#luggage",), 3),
            )
        ),
    ),
    ("a OR b NEAR/1f c", Or((A, Near(BOTH, ("b",), ("c",), 1, in_order=True)))),
    ("(a b) c NEAR/0 d", And((A, B, word("c", "d", within=0)))),
    # fields
    ("title:Nimbus", Words(("title",), ("nimbus",))),
    ('text:"a b"', Words(("text",), ("a", "b"))),
    ("title:(a OR text:b)", Or((Words(("title",), ("a",)), Words(("text",), ("b",))))),
    ("title:air*", WordPattern(("title",), "air*")),
    ("Lang:EN", Value("lang", "en")),
    ("lang: en", Value("lang", "en")),
    ("lang:(en OR de)", Or((Value("lang", "en"), Value("lang", "de")))),
    ('brand:"Nimbus Air"', Value("brand", "nimbus air")),
    ("brand:Nimbus*", Value("brand", "nimbus*", is_pattern=True)),
    ('brand:"a*"', Value("brand", "a*")),
    (r"brand:a\*", Value("brand", "a*")),
    (r"brand:a\**", Value("brand", r"a\**", is_pattern=True)),
    ("author:@Ana", Value("author", "ana")),
    ("site:www.Nimbus.example", Value("site", "nimbus.example")),
    ("url:https://a.example/b:c", Value("url", "https://a.example/b:c")),
    ("id:mastodon:aB", Value("id", "mastodon:aB")),
    ("tagged:false", Flag("tagged", False)),
    ("-tagged:TRUE", Not(Flag("tagged", True))),
    ("title:*", Exists("title")),
    ("severity:*", Exists("severity")),
    ("severity:[* TO *]", Exists("severity")),
    # numbers
    ("severity:2", Range("severity", 2, 2)),
    ("severity:(1 OR 2)", Or((Range("severity", 1, 1), Range("severity", 2, 2)))),
    ("sentiment.score:-0.5", Range("sentiment.score", -0.5, -0.5)),
    (
        "sentiment.score:(-1 OR -.5)",
        Or((Range("sentiment.score", -1, -1), Range("sentiment.score", -0.5, -0.5))),
    ),
    ("author.followers:>1000", Range("author.followers", 1000, includes_low=False)),
    ("author.followers:>= 1000", Range("author.followers", 1000)),
    ("rating:<2.5", Range("rating", None, 2.5, includes_high=False)),
    ("sentiment.score:[-1 TO 0}", Range("sentiment.score", -1, 0, includes_high=False)),
    ("severity:{1 TO *]", Range("severity", 1, None, includes_low=False)),
    # times: a day is all of it
    ("published:2026-02-21", Range("published", day(21), day(22), includes_high=False)),
    ("published:>2026-02-20", Range("published", day(21), includes_high=False)),
    ("published:>=2026-02-20", Range("published", day(20), includes_high=False)),
    ("published:<2026-02-20", Range("published", None, day(20), includes_high=False)),
    ("published:<=2026-02-20", Range("published", None, day(21), includes_high=False)),
    (
        "published:[2026-02-20 TO 2026-02-21]",
        Range("published", day(20), day(22), includes_high=False),
    ),
    (
        "published:{2026-02-20 TO 2026-02-22}",
        Range("published", day(21), day(22), includes_high=False),
    ),
    ("published:>=2026-02-20T01:00+01:00", Range("published", day(20), includes_high=False)),
    (
        "published:2026-02-20T23:59",
        Range("published", day(20).replace(hour=23, minute=59), day(21), includes_high=False),
    ),
    ('published:>="2026-02-21 00:00"', Range("published", day(21), includes_high=False)),
    ("published:2026-W08", Range("published", day(16), day(23), includes_high=False)),
    (
        "published:[now-36h TO now]",
        Range("published", day(21), NOW.replace(microsecond=1), includes_high=False),
    ),
]


@pytest.mark.parametrize(("text", "tree"), UNDERSTOOD, ids=[text for text, _ in UNDERSTOOD])
def test_a_query_is_understood_as_written(text: str, tree: Node) -> None:
    query = parse_query(text, now=NOW)
    assert query.tree == tree
    assert query.text == text


def test_many_threads_may_read_queries_at_once() -> None:
    texts = [f"a{number} OR (b{number} -c{number})" for number in range(200)]
    alone = [parse_query(text) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(parse_query, texts)) == alone


def test_reading_a_query_prints_and_warns_of_nothing() -> None:
    # PLY prints its warnings and writes tables where it finds its own outdated
    code = "from mentions.query.parser import parse_query; parse_query('a OR b')"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")

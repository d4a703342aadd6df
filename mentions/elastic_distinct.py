"""How ElasticStore counts authors and stories once in each stretch of buckets, exactly.

Elasticsearch's own `cumulative_cardinality` would do it in one answer, but it is no part of the
open distribution and guesses beyond some hundreds. Here every author (or story) of a stretch is
one composite bucket with its first moment. A window is cut so that each piece is about one page:
later pages of a composite look at all mentions again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mentions.elastic_reading import DISTINCT_FIELDS, condition, only
from mentions.query.tree import Node
from mentions.windows import Buckets, Window

PAGE = 20_000
"""A few megabytes, and far below the 65,536 buckets that an answer may have."""

Search = Callable[[str, dict[str, Any]], Any]


def by_first_bucket(
    search: Search, tree: Node, buckets: Buckets, *, posts: Sequence[int], name: str
) -> tuple[int, ...]:
    """How many authors or stories each bucket is the first of its stretch to hold.

    `posts` are the mentions in each bucket.
    """
    firsts = Counter[int]()
    for within in _pieces(buckets, posts):
        request = _request(tree, within, buckets, name)
        after: Mapping[str, Any] | None = None
        while True:
            answer = search("cannot count a series", _from(request, after))
            found = answer["aggregations"]["firsts"]
            for each in found["buckets"]:
                moment = round(each["first"]["value"])
                firsts[(moment - buckets.start) // buckets.width] += 1
            after = found.get("after_key")
            if len(found["buckets"]) < PAGE or after is None:
                break
    return buckets.counts(firsts)


def _pieces(buckets: Buckets, posts: Sequence[int]) -> Iterator[Window]:
    """Windows of whole stretches with up to a page of mentions each; what is empty is left out."""
    long = buckets.width * buckets.stretch
    begin = end = buckets.start
    held = 0
    for place in range(0, buckets.count, buckets.stretch):
        more = sum(posts[place : place + buckets.stretch])
        if held and held + more >= PAGE:
            yield Window(begin, end)
            held = 0
        if not held:
            begin = buckets.start + place * buckets.width
        held += more
        end = min(buckets.start + place * buckets.width + long, buckets.until)
    if held:
        yield Window(begin, end)


def _request(tree: Node, within: Window, buckets: Buckets, name: str) -> dict[str, Any]:
    stretch = {"field": "published", "interval": buckets.width * buckets.stretch}
    return {
        "query": only(condition(tree, within)),
        "size": 0,
        "aggregations": {
            "firsts": {
                "composite": {
                    "size": PAGE,
                    "sources": [
                        {"stretch": {"histogram": stretch}},
                        {"which": {"terms": {"field": DISTINCT_FIELDS[name]}}},
                    ],
                },
                "aggregations": {"first": {"min": {"field": "published"}}},
            }
        },
    }


def _from(request: dict[str, Any], after: Mapping[str, Any] | None) -> dict[str, Any]:
    if after is None:
        return request
    firsts = request["aggregations"]["firsts"]
    composite = {**firsts["composite"], "after": after}
    return {**request, "aggregations": {"firsts": {**firsts, "composite": composite}}}

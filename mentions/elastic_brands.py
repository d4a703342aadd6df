"""How ElasticStore counts the buckets of all brands: few answers, each as large as a node gives."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mentions.elastic_reading import Clause, histogram, number_of, only
from mentions.windows import Buckets

BUDGET = 60_000
"""Buckets in one answer, of the 65,536 that a node gives."""
_PAGE = 10_000

Search = Callable[[dict[str, Any]], Any]


def by_brand(
    search: Search, filters: Sequence[Clause], buckets: Buckets
) -> dict[str, dict[int, int]]:
    """Mentions by bucket number for each brand (folded) that has any."""
    found = {}
    for brands in _together(_brands(search, filters), most=buckets.count):
        answer = search(_request(filters, brands, buckets))
        for brand in answer["aggregations"]["brands"]["buckets"]:
            found[brand["key"]] = {
                number_of(each, buckets): each["doc_count"] for each in brand["series"]["buckets"]
            }
    return found


def _brands(search: Search, filters: Sequence[Clause]) -> Iterator[tuple[str, int]]:
    """Every brand and its mentions."""
    composite: dict[str, Any] = {
        "size": _PAGE,
        "sources": [{"brand": {"terms": {"field": "brand"}}}],
    }
    after: Mapping[str, Any] | None = None
    while True:
        asked = {**composite, "after": after} if after else composite
        aggregations = {"brands": {"composite": asked}}
        answer = search({"query": only(filters), "size": 0, "aggregations": aggregations})
        page = answer["aggregations"]["brands"]
        for bucket in page["buckets"]:
            yield bucket["key"]["brand"], bucket["doc_count"]
        after = page.get("after_key")
        if len(page["buckets"]) < _PAGE or after is None:
            return


def _together(brands: Iterator[tuple[str, int]], *, most: int) -> Iterator[list[str]]:
    """Brands whose buckets, at most `most` or one a mention, fit into one answer."""
    some, needed = list[str](), 0
    for brand, mentions in brands:
        needs = 1 + min(mentions, most)
        if some and needed + needs > BUDGET:
            yield some
            some, needed = [], 0
        some.append(brand)
        needed += needs
    if some:
        yield some


def _request(filters: Sequence[Clause], brands: list[str], buckets: Buckets) -> dict[str, Any]:
    values = {"field": "brand", "include": brands, "size": len(brands)}
    return {
        "query": only([*filters, {"terms": {"brand": brands}}]),
        "size": 0,
        "aggregations": {
            "brands": {"terms": values, "aggregations": {"series": histogram(buckets)}}
        },
    }

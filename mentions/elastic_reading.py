"""How ElasticStore reads: requests for searches and aggregations, as plain data, and answers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mentions.cursors import Place
from mentions.facets import MAX_FACET_VALUES, ONE_SPELLING
from mentions.fields import DEFAULT_TEXT_FIELDS
from mentions.query.elastic import compile_elastic
from mentions.query.tree import Node
from mentions.relevance import Weighed
from mentions.store import SortBy
from mentions.windows import Buckets, Window

Clause = dict[str, Any]
_RANK_FIELDS: Mapping[SortBy, tuple[str, ...]] = {
    "published": (),
    "reach": ("reach",),
    "engagement": ("engagement",),
    "relevance": ("_score",),
}
_MOST_PRECISE = 40_000
"""Elasticsearch's own limit: up to so many distinct authors a bucket are counted exactly."""
_LEAST_PRECISE = 500
_PRECISION_BUDGET = 4_000_000
"""Of a series in all, eight bytes each (32 MB), as a node's breaker is a share of its heap."""
DISTINCT_FIELDS = {"authors": "author_key", "stories": "facet_cluster"}
"""The field whose values are told apart."""

_STORIES_PAGE = 10_000
"""Far below the 65,536 values that a `terms` query takes and the buckets that a search may have."""
_ALL_VALUES = 10_000_000
"""Of a facet, from each index: a value that is frequent in all together may be rare in each, and
Elasticsearch by itself adds up the most frequent of each alone."""


def condition(tree: Node, window: Window) -> list[Clause]:
    """The filters that the mentions which match the query within the window pass."""
    bounds = {"gte": window.since, "lt": window.until}
    bounds = {sign: bound for sign, bound in bounds.items() if bound is not None}
    within = [{"range": {"published": bounds}}] if bounds else []
    return [compile_elastic(tree), *within]


def only(filters: Sequence[Clause]) -> Clause:
    """A query that holds where all filters do, without a score."""
    return {"bool": {"filter": list(filters)}}


def page(
    filters: Sequence[Clause],
    *,
    sort: SortBy,
    by: Iterable[Weighed],
    after: Place | None,
    limit: int,
    facets: Iterable[str],
) -> dict[str, Any]:
    """The request for one page, its exact total and its facets."""
    request: dict[str, Any] = {
        "query": _scored(filters, by),
        "sort": [{key: "desc"} for key in (*_RANK_FIELDS[sort], "published", "id")],
        "size": limit,
        "source": ["doc"],
        "track_total_hits": True,
    }
    if after is not None:
        rank = [after.rank] if _RANK_FIELDS[sort] else []
        request["search_after"] = [*rank, after.published, after.mention_id]
    terms = {"size": MAX_FACET_VALUES, "shard_size": _ALL_VALUES}
    if aggregations := {
        name: {"terms": {"field": _shown_field(name), **terms}} for name in dict.fromkeys(facets)
    }:
        request["aggregations"] = aggregations
    return request


def rank_of(hit: Mapping[str, Any], sort: SortBy) -> float:
    """The rank in a hit's sort values."""
    return float(hit["sort"][0]) if _RANK_FIELDS[sort] else 0.0


def facet_counts(answer: Mapping[str, Any]) -> dict[str, list[tuple[str, int]]]:
    """(value, count) of each facet, most frequent first."""
    return {
        name: [(bucket["key"], bucket["doc_count"]) for bucket in facet["buckets"]]
        for name, facet in answer.get("aggregations", {}).items()
    }


def oldest(filters: Sequence[Clause], limit: int) -> dict[str, Any]:
    """The request for the oldest mentions and their exact number."""
    return {
        "query": only(filters),
        "sort": [{"published": "asc"}, {"id": "asc"}],
        "size": limit,
        "source": ["doc"],
        "track_total_hits": True,
    }


def oldest_of_each(tree: Node, asked: Buckets, wanted: Sequence[int]) -> list[dict[str, Any]]:
    """The requests for the oldest of each bucket, in their order, as parts of one (`_msearch`)."""
    requests = []
    for number, size in enumerate(wanted):
        begin = asked.start + number * asked.width
        within = Window(begin, min(begin + asked.width, asked.until))
        if size:
            request = oldest(condition(tree, within), size)
            source = request.pop("source")  # its name in a client's call; in a body it is:
            requests.append({**request, "_source": source, "track_total_hits": False})
    return requests


def newest_of(filters: Sequence[Clause], authors: Sequence[str]) -> dict[str, Any]:
    """The request for the newest mention of each author; `newest_hits` reads it."""
    newest = {"size": 1, "sort": [{"published": "desc"}, {"id": "desc"}], "_source": ["doc"]}
    by_author: Clause = {
        "terms": {"field": "facet_author", "include": list(authors), "size": max(1, len(authors))},
        "aggregations": {"newest": {"top_hits": newest}},
    }
    return {"query": only(filters), "size": 0, "aggregations": {"authors": by_author}}


def newest_hits(answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The hit of each author."""
    found = answer["aggregations"]["authors"]["buckets"]
    return {bucket["key"]: bucket["newest"]["hits"]["hits"][0] for bucket in found}


def counts(trees: Sequence[Node]) -> dict[str, Any]:
    """The request for how many mentions each tree matches; `counts_of` reads the answer."""
    filters = {str(number): compile_elastic(tree) for number, tree in enumerate(trees)}
    return {"size": 0, "aggregations": {"trees": {"filters": {"filters": filters}}}}


def counts_of(answer: Mapping[str, Any]) -> list[int]:
    """The counts in the order of the trees."""
    buckets = answer["aggregations"]["trees"]["buckets"]
    return [buckets[str(number)]["doc_count"] for number in range(len(buckets))]


def firsts(filters: Sequence[Clause], stories: Sequence[str] | None = None) -> list[Clause]:
    """The filters that a mention passes which is no copy: of any story, or of one of these."""
    asked = [] if stories is None else [{"terms": {"id": list(stories)}}]
    return [*filters, {"term": {"copy": {"value": False}}}, *asked]


def copied(filters: Sequence[Clause], after: Mapping[str, Any] | None) -> dict[str, Any]:
    """The request for the next stories that have copies, by id; `copied_stories` reads it."""
    by_story: Clause = {
        "size": _STORIES_PAGE,
        "sources": [{"cluster": {"terms": {"field": "cluster"}}}],
    }
    if after is not None:
        by_story["after"] = after
    return {
        "query": only([*filters, {"term": {"copy": {"value": True}}}]),
        "size": 0,
        "aggregations": {"stories": {"composite": by_story}},
    }


def copied_stories(answer: Mapping[str, Any]) -> tuple[list[str], Mapping[str, Any] | None]:
    """Ids of stories, and what to go on from; None on the last page."""
    found = answer["aggregations"]["stories"]
    return [bucket["key"]["cluster"] for bucket in found["buckets"]], found.get("after_key")


def series(filters: Sequence[Clause], buckets: Buckets, distinct: Sequence[str]) -> dict[str, Any]:
    """The request for mentions, and for what of DISTINCT_FIELDS is asked for, per bucket."""
    kept = max(1, buckets.count * len(distinct))
    precision = min(_MOST_PRECISE, max(_LEAST_PRECISE, _PRECISION_BUDGET // kept))
    per_bucket = histogram(buckets)
    if distinct:
        per_bucket["aggregations"] = {
            name: {
                "cardinality": {"field": DISTINCT_FIELDS[name], "precision_threshold": precision}
            }
            for name in distinct
        }
    return {"query": only(filters), "size": 0, "aggregations": {"series": per_bucket}}


def series_counts(
    answer: Mapping[str, Any], buckets: Buckets, distinct: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    """`posts`, `authors` and `stories` per bucket; of what is distinct, only what was asked for."""
    found = {number_of(one, buckets): one for one in answer["aggregations"]["series"]["buckets"]}
    posts = {number: one["doc_count"] for number, one in found.items()}
    counts = {"posts": buckets.counts(posts), "authors": ()}
    for name in distinct:
        counts[name] = buckets.counts({at: one[name]["value"] for at, one in found.items()})
    return counts


def split_series(
    filters: Sequence[Clause], buckets: Buckets, by: str, limit: int
) -> dict[str, Any]:
    """The request for mentions per value and bucket; `split_counts` reads the answer."""
    values: Clause = {
        "terms": {"field": f"facet_{by}", "size": limit, "shard_size": _ALL_VALUES},
        "aggregations": {"series": histogram(buckets)},
    }
    return {"query": only(filters), "size": 0, "aggregations": {"values": values}}


def split_counts(answer: Mapping[str, Any], buckets: Buckets) -> dict[str, tuple[int, ...]]:
    """Mentions per bucket of each value, the most frequent first."""
    split = {}
    for value in answer["aggregations"]["values"]["buckets"]:
        posts = [0] * buckets.count
        for bucket in value["series"]["buckets"]:
            posts[number_of(bucket, buckets)] = bucket["doc_count"]
        split[value["key"]] = tuple(posts)
    return split


def histogram(buckets: Buckets) -> Clause:
    """The mentions of each bucket that has any; `number_of` reads its number."""
    return {
        "histogram": {
            "field": "published",
            "interval": buckets.width,
            "offset": buckets.start % buckets.width,
            "min_doc_count": 1,
        }
    }


def number_of(bucket: Mapping[str, Any], buckets: Buckets) -> int:
    """The number of a histogram's bucket."""
    return (round(float(bucket["key"])) - buckets.start) // buckets.width


def newest_texts(filters: Sequence[Clause], after: Sequence[Any], limit: int) -> dict[str, Any]:
    """The request for the tokens of the newest mentions; `text_of` reads a hit."""
    request = {
        "query": only(filters),
        "sort": [{"published": "desc"}, {"id": "desc"}],
        "size": limit,
        "source": list(DEFAULT_TEXT_FIELDS),
    }
    return {**request, "search_after": list(after)} if after else request


def text_of(hit: Mapping[str, Any]) -> str:
    """The tokens of a mention, text and title as one string with spaces between."""
    return " ".join(hit["_source"].get(name, "") for name in DEFAULT_TEXT_FIELDS)


def _shown_field(facet: str) -> str:
    """The field that holds a facet's values as people wrote them."""
    return facet if facet in ONE_SPELLING else f"facet_{facet}"


def _scored(filters: Sequence[Clause], by: Iterable[Weighed]) -> Clause:
    should = [
        {"constant_score": {"filter": compile_elastic(each.condition), "boost": each.weight}}
        for each in by
    ]
    if not should:
        return only(filters)
    return {"bool": {"filter": list(filters), "should": should, "minimum_should_match": 0}}

"""A real Elasticsearch and the matcher give the same answer to any query over any posts."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from random import Random

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from mentions.fields import FIELDS, TEXT_FIELDS, FieldType, FieldValue, text_words
from mentions.mention import Mention
from mentions.query.elastic import compile_elastic, property_of
from mentions.query.matcher import matches
from mentions.query.parser import parse_query
from mentions.query.tree import Node
from mentions.query.values import micros, stored_keyword
from tests.query.generated import NOW, dense_post, dense_query, post, query
from tests.query.largest import LARGEST

pytestmark = pytest.mark.slow

QUERIES = 300
POSTS = [
    *(post(Random(number), number) for number in range(60)),
    *(dense_post(Random(number), number) for number in range(60, 80)),
]
_TYPES: dict[FieldType, dict[str, object]] = {
    "text": {"type": "text", "analyzer": "whitespace", "norms": False},
    "keyword": {"type": "keyword"},
    "number": {"type": "double"},
    "date": {"type": "long"},
    "flag": {"type": "boolean"},
}


class SmallIndex:
    def __init__(self, client: Elasticsearch, name: str) -> None:
        self.client, self.name = client, name
        properties = {property_of(name): _TYPES[field.type] for name, field in FIELDS.items()}
        properties |= dict.fromkeys(TEXT_FIELDS, _TYPES["text"])
        client.indices.create(index=name, mappings={"properties": properties})
        actions = ({"_index": name, "_id": n, **_document(each)} for n, each in enumerate(POSTS))
        bulk(client, actions, refresh=True)

    def found(self, tree: Node) -> set[int]:
        wrapped = {"bool": {"filter": [{"match_all": {}}, compile_elastic(tree)]}}
        answer = self.client.search(index=self.name, query=wrapped, size=1000, source=False)
        return {int(hit["_id"]) for hit in answer["hits"]["hits"]}


def _document(mention: Mention) -> dict[str, object]:
    document: dict[str, object] = {
        property_of(name): [_stored(name, value) for value in field.read(mention)]
        for name, field in FIELDS.items()
        if name not in TEXT_FIELDS
    }
    texts = {name: " ".join(text_words(name, mention)) for name in TEXT_FIELDS}
    return document | {name: text for name, text in texts.items() if text}


def _stored(name: str, value: FieldValue) -> object:
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, str) and FIELDS[name].type == "keyword":
        return stored_keyword(name, value)
    return value


@pytest.fixture(scope="module")
def index(elasticsearch_url: str) -> Iterator[SmallIndex]:
    with closing(Elasticsearch(elasticsearch_url)) as client:
        made = SmallIndex(client, f"query-{uuid.uuid4().hex}")
        yield made
        client.indices.delete(index=made.name)


def _matched(tree: Node) -> set[int]:
    return {number for number, each in enumerate(POSTS) if matches(tree, each)}


def test_elasticsearch_and_the_matcher_find_the_same_posts(index: SmallIndex) -> None:
    rng = Random(20260222)
    for number in range(QUERIES):
        said = query(rng) if number % 4 else dense_query(rng)
        wanted = parse_query(said, now=NOW)
        assert index.found(wanted.tree) == _matched(wanted.tree), wanted.text


@pytest.mark.parametrize("wanted", LARGEST)
def test_the_largest_queries_that_are_accepted_are_answered(index: SmallIndex, wanted: str) -> None:
    tree = parse_query(wanted).tree
    assert index.found(tree) == _matched(tree)

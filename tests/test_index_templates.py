"""The templates hold what mentions.fields promises: nothing less, nothing else."""

import importlib.resources
import json

import pytest

from mentions import elastic_reading as reading
from mentions.documents import document
from mentions.elastic_bulk import source
from mentions.elastic_indices import MAPPING_VERSION, shipped
from mentions.facets import FACETS, ONE_SPELLING
from mentions.fields import FIELDS, TEXT_FIELDS
from mentions.mention import Author
from mentions.query.elastic import property_of
from tests.stores.posts import NOON, brands, by, feeling, post, wanting

FILES = ("mentions", "mentions-mappings", "mentions-settings")
TYPES = {
    "text": {"type": "text", "analyzer": "whitespace", "norms": False},
    "keyword": {"type": "keyword"},
    "number": {"type": "double"},
    "date": {"type": "long"},
    "flag": {"type": "boolean"},
}
FOR_COUNTING = {"type": "keyword", "index": False}


@pytest.fixture(scope="module")
def mappings():
    return shipped("mentions-mappings")["template"]["mappings"]


def test_the_templates_are_packaged():
    folder = importlib.resources.files("index_templates")
    found = {file.name for file in folder.iterdir() if file.name.endswith(".json")}
    assert found == {f"{name}.json" for name in FILES}


@pytest.mark.parametrize("name", FILES)
def test_a_template_is_json_with_a_description_and_a_version(name):
    text = (importlib.resources.files("index_templates") / f"{name}.json").read_text("utf-8")
    template = json.loads(text)
    assert template["version"] >= 1
    assert template["_meta"]["description"]


@pytest.mark.parametrize("name", TEXT_FIELDS)
def test_every_text_is_mapped_as_words_in_order(mappings, name):
    assert mappings["properties"][name] == TYPES["text"]


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_mapped_by_its_type(mappings, name):
    assert mappings["properties"][property_of(name)] == TYPES[FIELDS[name].type]


@pytest.mark.parametrize("name", FACETS)
def test_every_facet_can_be_counted(mappings, name):
    if name in ONE_SPELLING:  # counted as it is searched
        assert mappings["properties"][property_of(name)] == TYPES["keyword"]
    else:
        assert mappings["properties"][f"facet_{name}"] == FOR_COUNTING


def test_nothing_else_is_mapped_and_nothing_else_is_taken(mappings):
    mapped = set(mappings["properties"])
    fields = {property_of(name) for name in FIELDS}
    facets = {f"facet_{name}" for name in FACETS}
    assert mapped - fields - facets - set(TEXT_FIELDS) == {"author_key", "doc", "engagement"}
    assert mappings["dynamic"] == "strict"


def test_a_mention_with_everything_fits_the_mapping(mappings):
    full = post(
        title="Lost",
        url="https://a.example/1",
        author=Author(id="1", name="Ana", handle="ana", followers=3),
        answered_at=NOON,
        rating=4.0,
        severity=2,
        thread="t",
        reply_to="r",
        tags=("vip",),
        topics=("bags",),
        case_team="care",
        brands=brands("Nimbus"),
        sentiment=feeling("negative"),
        intents=wanting("complaint"),
        entities=({"text": "NA 12", "label": "flight", "start": 0, "end": 5},),
    )
    assert set(source(document(full))) == set(mappings["properties"])


def test_mentions_lie_in_the_order_in_which_pages_show_them():
    settings = shipped("mentions-settings")["template"]["settings"]["index"]
    shown = reading.page([], sort="published", by=[], after=None, limit=1, facets=[])["sort"]
    kept = zip(settings["sort"]["field"], settings["sort"]["order"], strict=True)
    assert shown == [dict([each]) for each in kept]


def test_an_empty_value_is_left_out():
    bare = source(document(post(author=by(""))))
    assert {"title", "url", "author", "facet_author", "severity"}.isdisjoint(bare)


def test_the_version_in_names_mapping_and_code_is_one(mappings):
    index = shipped("mentions")
    assert mappings["_meta"]["untagged_version"] == MAPPING_VERSION
    assert index["index_patterns"] == ["untagged-mentions-v*"]
    assert set(index["composed_of"]) == {"untagged-mentions-settings", "untagged-mentions-mappings"}

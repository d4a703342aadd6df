"""The example dashboards ask for what is there: neither Grafana nor Kibana runs in the tests."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from bench.stores import mentions
from mentions.elastic import ElasticStore
from tests.stores.conftest import elastic_names
from tests.untagged.entered import entered
from tests.untagged.test_bi_views import fill
from tests.untagged.world import HOUR, NOON, SETTINGS
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

DOCS = Path(__file__).parents[2] / "docs"
GRAFANA: dict[str, Any] = json.loads((DOCS / "grafana" / "untagged.json").read_text())
KIBANA: list[dict[str, Any]] = [
    json.loads(line) for line in (DOCS / "kibana" / "untagged.ndjson").read_text().splitlines()
]
MAPPING: dict[str, Any] = json.loads(
    (DOCS.parent / "index_templates" / "mentions-mappings.json").read_text()
)
MORE = """
sources: [{name: feed, spider: feed, params: {urls: ['http://127.0.0.1:9/feed']}}]
exports: [{name: lake, to: out}]
"""


def targets(kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Each query of a kind of data source, with the title of its panel."""
    return [
        (panel["title"], target)
        for panel in GRAFANA["panels"]
        for target in panel.get("targets", ())
        if target["datasource"]["type"] == kind
    ]


SQL = [
    (title, target["rawSql"], target["format"])
    for title, target in targets("grafana-postgresql-datasource")
]
EXPRESSIONS = [target["expr"] for _, target in targets("prometheus")]


@pytest.fixture
def pipeline(postgres_url: str, tmp_path: Path) -> Iterator[Pipeline]:
    path = tmp_path / "untagged.yaml"
    urls = f"store: 'sqlite:///mentions.db'\ndatabase: '{postgres_url}'\njournal: journal\n"
    path.write_text(urls + SETTINGS + MORE)
    with open_pipeline(path) as opened:
        fill(opened)
        yield opened


def as_postgresql(query: str) -> str:
    """What Grafana sends: its macros and variables replaced as its documentation says."""
    begin, end = (NOON - HOUR).isoformat(), (NOON + 99 * HOUR).isoformat()
    query = re.sub(
        r"\$__timeGroupAlias\((\w+), '1d'\)",
        r'floor(extract(epoch from \1)/86400)*86400 AS "time"',
        query,
    )
    query = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 BETWEEN '{begin}' AND '{end}'", query)
    query = query.replace("$__timeFrom()", f"'{begin}'").replace("$__timeTo()", f"'{end}'")
    return query.replace("${brand:sqlstring}", "'Acme','Bolt Bank'")


def test_every_query_of_grafana_runs_and_some_panels_have_rows(pipeline: Pipeline) -> None:
    filled = set[str]()
    with pipeline.read() as connection:
        for title, query, form in SQL:
            said = as_postgresql(query)
            assert "$" not in said, title
            assert "bi_" in said, f"{title} asks a table, which may change"
            found = connection.execute(text(said.replace(":", r"\:")))
            assert form == "table" or next(iter(found.keys())) == "time", title
            if found.all():
                filled.add(title)
        (brand,) = [one for one in GRAFANA["templating"]["list"] if one["type"] == "query"]
        assert connection.execute(text(brand["query"])).scalars().all() == ["Acme", "Bolt Bank"]
    assert filled == {title for title, _, _ in SQL}


def test_every_metric_of_grafana_is_one_of_ours(pipeline: Pipeline) -> None:
    with entered(pipeline) as browser:
        families = list(text_string_to_metric_families(browser.get("/metrics").text))
    labels = {
        family.name: {name for sample in family.samples for name in sample.labels}
        for family in families
    }
    asked = {name for said in EXPRESSIONS for name in re.findall(r"\buntagged_\w+", said)}
    assert asked <= set(labels)
    for said in EXPRESSIONS:
        for name, inside in re.findall(r"\b(untagged_\w+)\{([^}]+)\}", said):
            assert set(re.findall(r"(\w+)[=!]~?", inside)) <= labels[name], said
    assert {"kind", "brand"} <= labels["untagged_alerts_open"]


def test_panels_do_not_lie_over_one_another() -> None:
    taken = set[tuple[int, int]]()
    for panel in GRAFANA["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + across, place["y"] + down)
            for across in range(place["w"])
            for down in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in GRAFANA["panels"]}) == len(GRAFANA["panels"])


# Kibana


def of_type(kind: str) -> list[dict[str, Any]]:
    return [one for one in KIBANA if one["type"] == kind]


(DATA_VIEW,) = of_type("index-pattern")
RUNTIME: dict[str, Any] = json.loads(DATA_VIEW["attributes"]["runtimeFieldMap"])
FIELDS = {*MAPPING["template"]["mappings"]["properties"], *RUNTIME}


def asked_in(visualization: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The aggregations that Kibana makes of it, and its query."""
    state = json.loads(visualization["attributes"]["visState"])
    source = visualization["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"]
    metrics: dict[str, Any] = {}
    buckets: list[tuple[str, dict[str, Any]]] = []
    for agg in state["aggs"]:
        said = agg["params"]
        match agg["type"]:
            case "count":
                pass
            case "terms":
                order = {"_count": said["order"]}
                asked = {"field": said["field"], "size": said["size"], "order": order}
                buckets.append((agg["id"], {"terms": asked}))
            case "date_histogram":
                asked = {"field": said["field"], "calendar_interval": "day", "min_doc_count": 1}
                buckets.append((agg["id"], {"date_histogram": asked}))
            case kind:
                metrics[agg["id"]] = {kind: {"field": said["field"]}}
    inner = metrics
    for name, asked in reversed(buckets):
        inner = {name: {**asked, **({"aggs": inner} if inner else {})}}
    return inner, json.loads(source)["query"]["query"]


def fields_of(body: Any) -> Iterator[str]:
    if isinstance(body, dict):
        for name, value in body.items():
            if name == "field":
                yield value
            yield from fields_of(value)


def test_every_field_of_kibana_is_in_the_mapping() -> None:
    assert DATA_VIEW["attributes"]["timeFieldName"] in RUNTIME
    for one in of_type("visualization"):
        body, query = asked_in(one)
        asked = {*fields_of(body), *re.findall(r"(\w+):", query)}
        assert asked <= FIELDS, one["id"]
    for one in of_type("search"):
        named = {*one["attributes"]["columns"], *(name for name, _ in one["attributes"]["sort"])}
        assert named <= FIELDS


def test_every_reference_of_kibana_is_in_the_file() -> None:
    there = {(one["type"], one["id"]) for one in KIBANA}
    assert len(there) == len(KIBANA)
    for one in KIBANA:
        assert {(ref["type"], ref["id"]) for ref in one["references"]} <= there
    (dashboard,) = of_type("dashboard")
    panels = json.loads(dashboard["attributes"]["panelsJSON"])
    names = {f"{panel['panelIndex']}:{panel['panelRefName']}" for panel in panels}
    assert names == {ref["name"] for ref in dashboard["references"]}
    shown = {ref["id"] for ref in dashboard["references"]}
    assert shown == {one["id"] for one in (*of_type("visualization"), *of_type("search"))}


def runs_scripts(client: Elasticsearch) -> bool:
    """Whether this Elasticsearch has Painless, which the data view's two times are written in."""
    nodes = client.nodes.info(metric="plugins")["nodes"].values()
    return all("lang-painless" in {one["name"] for one in node["modules"]} for node in nodes)


def without_scripts(body: Any) -> Any:
    """The same with the numbers that the times are made of: microseconds, by the day."""
    if not isinstance(body, dict):
        return body
    if "date_histogram" in body:
        day = 86_400_000_000
        rest = {name: without_scripts(said) for name, said in body.items()}
        del rest["date_histogram"]
        return {"histogram": {"field": "published", "interval": day, "min_doc_count": 1}, **rest}
    return {name: without_scripts(said) for name, said in body.items()}


def test_elasticsearch_answers_every_picture_of_kibana(elasticsearch_url: str) -> None:
    posts = [
        one.model_copy(update={"topics": ("bags",), "case_team": "care"}) for one in mentions(60)
    ]
    with elastic_names(elasticsearch_url) as prefix, Elasticsearch(elasticsearch_url) as client:
        with ElasticStore(elasticsearch_url, prefix=prefix) as store:
            store.prepare()
            store.upsert(posts)
        has_scripts = runs_scripts(client)
        for one in of_type("visualization"):
            body, query = asked_in(one)
            found = client.search(
                index=DATA_VIEW["attributes"]["title"].replace("untagged", prefix),
                runtime_mappings=RUNTIME if has_scripts else {},
                query={"query_string": {"query": query or "*"}},
                aggs=body if has_scripts else without_scripts(body),
                size=0,
            )
            (outer,) = found["aggregations"].values()
            assert outer["buckets"], one["id"]
            inner = [agg for agg in outer["buckets"][0].values() if isinstance(agg, dict)]
            assert all(agg.get("buckets") or "value" in agg for agg in inner), one["id"]
        if has_scripts:
            newest = client.search(
                index=DATA_VIEW["attributes"]["title"].replace("untagged", prefix),
                runtime_mappings=RUNTIME,
                sort=[{"published_at": "desc"}],
                fields=["published_at"],
                size=1,
            )
            (moment,) = newest["hits"]["hits"][0]["fields"]["published_at"]
            assert moment[:19] == max(post.published for post in posts).isoformat()[:19]

"""On the search page one finds, corrects, keeps and exports only what one may."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mentions.mention import BrandMatch
from tests.untagged.entered import entered
from tests.untagged.world import mention, settings_file
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
ACMES = {"mention": "board:1", "set": "severity=1"}


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path)) as opened:
        posts = [
            mention(n, "late", NOW, brands=(BrandMatch(name=brand),), topics=(f"of {brand}",))
            for n, brand in ((1, "Acme"), (2, "Bolt Bank"))
        ]
        opened.store.upsert(posts)
        yield opened


def test_who_sees_one_brand_finds_and_changes_nothing_of_another(pipeline: Pipeline) -> None:
    with entered(pipeline, role="lead", brands=("Bolt Bank",)) as client:
        assert "1 mention," in client.get("/search?q=late").text
        lines = client.get("/search/export?form=jsonl&q=late").text.splitlines()
        assert len(lines) == 1
        offered = client.get("/search/complete?q=topic:").json()["options"]
        assert [option["text"] for option in offered] == ["of Bolt Bank"]
        offered = client.get("/search/complete?q=brand:").json()["options"]
        assert [option["text"] for option in offered] == ["Bolt Bank"]
        assert client.get("/search/correct?mention=board:1").status_code == 404
        assert client.post("/search/correct", data=ACMES).status_code == 404
        no = {"mention": "board:2", "set": "brand:Bolt Bank=no", "piece": "true"}
        assert client.post("/search/correct", data=no).status_code == 200
        assert client.post("/search/correct", data={**no, "set": "brand:Bolt Bank="}).is_success
    assert pipeline.store.get("board:1").corrections == {}  # type: ignore[union-attr]


def test_a_viewer_searches_and_neither_corrects_nor_exports(pipeline: Pipeline) -> None:
    with entered(pipeline, role="viewer") as client:
        page = client.get("/search?q=late").text
        assert "/search/export" not in page
        assert "/search/correct?" not in page
        assert client.get("/search/export?q=late").status_code == 403
        assert client.post("/search/correct", data=ACMES).status_code == 403

"""People's yes and no: kept, learnt from, and never read away."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cases import relevance
from mentions.answer import Answer
from mentions.errors import NotFound
from tests.untagged.world import HOUR, NOON, import_rows, post, settings_file
from untagged.cli import app
from untagged.teaching import teach, teach_mention
from untagged.wiring import open_pipeline, open_reader

BIRD = "An acme of the mountain, seen from the hut"


def typed(config: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["--config", str(config), *words])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def lines(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def answers(count: int) -> list[dict[str, str]]:
    """The top of a mountain, and the firm."""
    top = [
        {"text": f"the acme of mountain {n} ridge", "brand": "Acme", "label": "irrelevant"}
        for n in range(count // 2)
    ]
    firm = [
        {"text": f"acme sent parcel {n} late", "brand": "Acme", "label": "relevant"}
        for n in range(count // 2)
    ]
    return top + firm


def names(config: Path, text: str) -> list[str]:
    return [brand["name"] for brand in open_reader(config).read_text({"text": text})["brands"]]


def test_a_taught_file_changes_what_enrich_says(tmp_path: Path) -> None:
    config = settings_file(tmp_path)
    text = "up on the acme of that mountain ridge"
    assert names(config, text) == ["Acme"]
    assert "50 answers kept" in typed(
        config, "teach", str(lines(tmp_path / "a.jsonl", answers(50)))
    )
    assert names(config, text) == []
    assert names(config, "acme parcel was late") == ["Acme"]


def test_enrich_makes_no_database(tmp_path: Path) -> None:
    config = settings_file(tmp_path)
    assert names(config, "acme") == ["Acme"]
    assert not (tmp_path / "ops.db").exists()


def test_no_to_a_mention_stays_through_every_later_reading(tmp_path: Path) -> None:
    config = settings_file(tmp_path)
    rows = import_rows(tmp_path, [post(1, BIRD), post(2, "acme and bolt bank are late")])
    with open_pipeline(config) as pipeline:
        for again in range(2):
            pipeline.import_file(rows, columns=None, source="board", now=NOON + again * HOUR)
            pipeline.process(now=NOON + again * HOUR)
            if not again:
                for number in (1, 2):
                    teach_mention(
                        f"board:{number}",
                        "Acme",
                        is_relevant=False,
                        brands=pipeline.settings.brands,
                        store=pipeline.store,
                        begin=pipeline.begin,
                        now=NOON,
                    )
        first, second = (pipeline.store.get(f"board:{number}") for number in (1, 2))
    assert first is not None
    assert second is not None
    assert first.brands == ()
    assert first.reasons["brand:Acme"] == "corrected by a person"
    assert [brand.name for brand in second.brands] == ["Bolt Bank"]


def test_yes_to_a_mention_adds_the_brand_and_teaches_its_text(tmp_path: Path) -> None:
    config = settings_file(tmp_path)
    rows = import_rows(tmp_path, [post(1, "bolt bank bought them")])
    with open_pipeline(config) as pipeline:
        pipeline.import_file(rows, columns=None, source="board", now=NOON)
        pipeline.process(now=NOON)
    said = typed(config, "teach", "--mention", "board:1", "--brand", "Acme", "--label", "relevant")
    assert "board:1 is relevant to Acme" in said
    with open_pipeline(config) as pipeline:
        mention = pipeline.store.get("board:1")
        with pipeline.begin() as connection:
            assert relevance.kept(connection) == [Answer("Acme", "bolt bank bought them", True)]
    assert mention is not None
    assert [brand.name for brand in mention.brands] == ["Bolt Bank", "Acme"]
    assert names(config, "Bolt Bank bought them!") == ["Acme", "Bolt Bank"]


def test_a_later_answer_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    with open_pipeline(settings_file(tmp_path)) as pipeline:
        for is_relevant in (True, False, False):
            given = [Answer("Acme", "an acme", is_relevant)]
            teach(given, brands=pipeline.settings.brands, begin=pipeline.begin, now=NOON)
        with pipeline.begin() as connection:
            assert relevance.kept(connection) == [Answer("Acme", "an acme", False)]


def test_what_was_said_of_a_mention_is_forgotten_with_it(tmp_path: Path) -> None:
    about = Answer("Acme", "an acme", False)
    with open_pipeline(settings_file(tmp_path)) as pipeline, pipeline.begin() as connection:
        relevance.keep(connection, [about], now=NOON, mention_id="board:1")
        relevance.keep(connection, [Answer("Acme", "of a file", True)], now=NOON)
        relevance.forget(connection, ["board:2"])
        assert len(relevance.kept(connection)) == 2
        relevance.forget(connection, ["board:1"])
        assert [answer.text for answer in relevance.kept(connection)] == ["of a file"]
        relevance.keep(connection, [about], now=NOON, mention_id="board:1")
        assert relevance.forget_old(connection, before=NOON + timedelta(days=1)) == 1


def test_a_brand_or_mention_that_is_not_there_is_named(tmp_path: Path) -> None:
    with open_pipeline(settings_file(tmp_path)) as pipeline:
        brands, begin = pipeline.settings.brands, pipeline.begin
        with pytest.raises(NotFound, match=r"no brand 'Acne'; the settings have Acme, Bolt Bank"):
            teach([Answer("Acne", "x", True)], brands=brands, begin=begin, now=NOON)
        with pytest.raises(NotFound, match="no mention 'board:9'"):
            teach_mention(
                "board:9",
                "Acme",
                is_relevant=True,
                brands=brands,
                store=pipeline.store,
                begin=begin,
                now=NOON,
            )


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--mention", "board:1"],
        ["--mention", "board:1", "--brand", "Acme", "--label", "perhaps"],
    ],
)
def test_teach_says_what_it_needs(tmp_path: Path, words: list[str]) -> None:
    config = str(settings_file(tmp_path))
    assert CliRunner().invoke(app, ["--config", config, "teach", *words]).exit_code == 2


def test_evaluate_relevance_learns_from_answers_and_leaves_them_out(tmp_path: Path) -> None:
    config = settings_file(tmp_path)
    more = [
        {"text": "an acme beyond the mountain ridge", "brand": "Acme", "label": "irrelevant"},
        {"text": "acme lost my parcel", "brand": "Acme", "label": "relevant"},
        {"text": "zephyr!", "brand": "Zephyr", "label": "relevant"},
    ]
    rows = str(lines(tmp_path / "rows.jsonl", answers(50) + more))
    taught = str(lines(tmp_path / "a.jsonl", answers(50)))
    plain = CliRunner().invoke(app, ["--config", str(config), "evaluate", "relevance", rows])
    assert "1 brands are not in the settings" in plain.output
    assert "Zephyr" in plain.output
    learnt = typed(config, "evaluate", "relevance", rows, "--answers", taught, "--json")
    assert "50 rows are among the answers" in learnt
    report = json.loads(learnt[learnt.index("{") :].splitlines()[0])
    assert report["score"]["n"] == 3
    assert report["score"]["macro_f1"] == 1
    assert set(report["by_brand"]) == {"Acme"}

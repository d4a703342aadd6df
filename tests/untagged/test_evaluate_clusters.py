import json
from pathlib import Path

from typer.testing import CliRunner

from untagged.cli import app

ROWS = [
    {"text": "Please add a sleep timer", "cluster": "timer", "lang": "en"},
    {"text": "a sleep timer would be great", "cluster": "timer", "lang": "en"},
    {"text": "I wish there were gift cards", "cluster": "cards", "lang": "en"},
    {"text": "Bitte Geschenkkarten", "cluster": "Karten", "lang": "de"},
    {"text": "nobody said what this is"},
]


def evaluated(folder: Path, rows, *words: str):
    file = folder / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return CliRunner().invoke(app, ["evaluate", "clusters", str(file), *words])


def test_evaluate_clusters_stands_beside_two_baselines(tmp_path: Path) -> None:
    result = evaluated(tmp_path, ROWS, "--json")
    assert result.exit_code == 0
    report = json.loads(result.output)
    assert (report["n"], report["clusters"], report["skipped"]) == (4, 3, 1)
    names = [score["name"] for score in report["scores"]]
    assert names[:3] == ["Untagged", "same words", "TF-IDF, agglomerative (0.25)"]
    ours, same_words = report["scores"][:2]
    assert (ours["f1"], ours["found"]) == (1, 3)
    assert (same_words["recall"], same_words["found"]) == (0.75, 4)
    assert report["by_lang"]["de"]["found"] == 1


def test_evaluate_clusters_prints_a_table_and_what_was_left_out(tmp_path: Path) -> None:
    result = evaluated(tmp_path, ROWS)
    assert result.exit_code == 0
    assert "4 texts in 3 clusters" in result.output
    assert "1 rows have no text or no cluster" in result.output


def test_evaluate_clusters_says_what_a_file_without_clusters_needs(tmp_path: Path) -> None:
    result = evaluated(tmp_path, [{"text": "a kettle please", "label": "request"}])
    assert result.exit_code == 1
    assert "give each row a `cluster`" in str(result.exception) + result.output

"""The house keeps its rooms: what may import what, what lies where, and how big it may grow."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ["dags", "untagged", "spiders", "nlp", "alerts", "cases", "mentions"]
BESIDE_THE_ROOMS = {"index_templates", "tests", "bench", "docs"}
LONGEST_MODULE, LONGEST_FUNCTION = 400, 60
# These are habits, not limits: what leaves them is named here with its reason.
MAY_BE_LONG = {
    "untagged/migrations/versions/0001_first_tables.py:upgrade": "one statement a table",
}

# One breach of every contract in pyproject.toml.
BREACHES = {
    "mentions/breach.py": "import alerts",
    "untagged/web/breach.py": "import untagged.cli",
    "nlp/breach.py": "import scrapy",
    "spiders/breach.py": "import spacy",
    "cases/breach.py": "import sqlite3",
    "untagged/breach.py": "import sqlalchemy",
    "alerts/breach.py": "import fastapi",
    "untagged/town/breach.py": "import typer",
    "cases/another_breach.py": "import joserfc",
    "alerts/another_breach.py": "from airflow.sdk import dag",
    "untagged/trained_breach.py": "from nlp.training import data",
    "mentions/another_breach.py": "import scipy",
    "untagged/another_breach.py": "import babel",
    "spiders/another_breach.py": "import tableauhyperapi",
    "untagged/client/breach.py": "import untagged.settings",
    "nlp/another_breach.py": "import css_inline",
}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    lint = "from importlinter.cli import lint_imports_command as main; main()"
    return subprocess.run(
        [sys.executable, "-c", lint, "--no-cache", "--config", str(folder / "pyproject.toml")],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def modules() -> list[Path]:
    return [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]


def copied_house(folder: Path) -> Path:
    """Every module of ours alone, so that a breach can be built in without harm."""
    for file in [*modules(), ROOT / "pyproject.toml"]:
        copy = folder / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    return folder


@pytest.mark.slow
def test_every_room_imports_only_what_it_may(tmp_path):
    linted = lint_imports(copied_house(tmp_path))
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.slow
def test_a_breach_of_any_import_contract_is_noticed(tmp_path):
    house = copied_house(tmp_path)
    for path, line in BREACHES.items():
        (house / path).write_text(f"{line}\n")
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    names = [contract["name"] for contract in contracts["contracts"]]
    said = lint_imports(house).stdout
    assert [name for name in names if f"{name} BROKEN" in said] == names, said


def test_every_folder_at_the_top_is_a_room_of_the_house():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tracked.returncode != 0:
        pytest.skip("not a git checkout: what lies here may be anybody's")
    folders = {Path(line).parts[0] for line in tracked.stdout.splitlines() if "/" in line}
    ours = {name for name in folders if not name.startswith(".")}
    assert ours <= {*ROOMS, *BESIDE_THE_ROOMS}


def test_modules_and_functions_stay_small_or_say_why_not():
    long = set()
    for file in modules():
        name, text = str(file.relative_to(ROOT)), file.read_text()
        functions = [
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        if len(text.splitlines()) > LONGEST_MODULE:
            long.add(name)
        long |= {
            f"{name}:{function.name}"
            for function in functions
            if function.end_lineno - function.lineno >= LONGEST_FUNCTION
        }
    assert long == set(MAY_BE_LONG)

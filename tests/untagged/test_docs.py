"""What the documents tell people to type exists, and what they link to is there."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from mentions.brand import Brand
from untagged.cli import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])


def commands(page: Path) -> list[str]:
    """Lines of shell blocks that call `untagged`, without their comments."""
    blocks = re.findall(r"```(?:sh|bash)\n(.*?)```", page.read_text(), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    found = [re.search(r"(?:^|&& |; )(?:[A-Z_]+=\S+ )*(untagged .*)", line) for line in lines]
    return [re.split(r" [|>&#] | [|>&#]{2} |\s#\s", one.group(1))[0] for one in found if one]


TYPED = [(page.name, line) for page in PAGES for line in commands(page)]


def parsed(command: Any, words: list[str], parent: Any = None) -> None:
    """Let the command line read the words as far as it can without doing anything."""
    context = command.make_context(command.name, words, parent=parent, resilient_parsing=False)
    if getattr(command, "commands", None):
        rest = [*context._protected_args, *context.args]
        if not rest and command.invoke_without_command:
            return
        name, inner, more = command.resolve_command(context, rest)
        assert inner is not None, name
        parsed(inner, more, context)


def test_the_documents_show_commands() -> None:
    assert len(TYPED) >= 7


@pytest.mark.parametrize(("page", "line"), TYPED)
def test_a_command_that_a_document_shows_is_understood(
    page: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = shlex.split(line)[1:]
    monkeypatch.chdir(tmp_path)
    for word in words:  # files that people have and the test does not
        if re.fullmatch(r"[\w./-]+\.(csv|yaml|jsonl|gz|parquet)", word):
            (tmp_path / word).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / word).touch()
    parsed(get_command(app), words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_document_links_to_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_brand_of_the_settings_page_is_right() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "settings.md").read_text(), re.S)
    (brand,) = yaml.safe_load(block)["brands"]
    assert Brand.model_validate(brand).owns("heronair@example.social", "mastodon")


def test_the_makefile_has_what_the_readme_names() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", (ROOT / "README.md").read_text(), re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target

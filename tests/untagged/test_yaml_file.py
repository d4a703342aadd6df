"""A settings file that is wrong says where, and what would be right."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from mentions.errors import SettingsError
from untagged.yaml_file import YamlFile


class Agent(BaseModel, extra="forbid"):
    name: str
    capacity: int | None = None


class Example(BaseModel, extra="forbid"):
    store: str = ""
    agents: list[Agent] = []


def build(text: str, tmp_path: Path, environment: dict[str, str] | None = None) -> Example:
    path = tmp_path / "un tagged.yaml"
    path.write_text(text, encoding="utf-8")
    return YamlFile(path, environment=environment or {}).build(lambda given: Example(**given))


def refused(text: str, tmp_path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        build(text, tmp_path)
    return str(caught.value)


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    assert build("# nothing yet\n", tmp_path) == Example()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("store: a\nagents:\n  - name: ana\n    capacity: many\n", 4, "valid integer"),
        ("store: a\nagents:\n  - name: ana\n    capcity: 3\n", 4, "not known here"),
        ("store: a\nagents:\n  - capacity: 3\n", 3, "Field required"),
        ("store: a\nstore: b\n", 2, "stands here twice"),
        ("store: [a\nagents: 3\n", 2, "expected"),
        ("store: ${NOT_SET}\n", 1, "NOT_SET is not set"),
        ("- a\n- b\n", 1, "expected 'key: value'"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_what_was_expected(
    text: str, line: int, said: str, tmp_path: Path
) -> None:
    message = refused(text, tmp_path)
    assert f"un tagged.yaml, line {line}:" in message
    assert said in message


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    message = refused("agents:\n  - name: ana\n    capacity: x\n  - capacity: 2\n", tmp_path)
    assert "line 3" in message
    assert "line 4" in message


def test_values_come_from_the_environment(tmp_path: Path) -> None:
    built = build("store: 'http://${HOST}:9200'\n", tmp_path, {"HOST": "search"})
    assert built.store == "http://search:9200"


def test_a_value_from_the_environment_is_never_read_as_yaml(tmp_path: Path) -> None:
    assert build("store: ${EVIL}\n", tmp_path, {"EVIL": "[1, 2]"}).store == "[1, 2]"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"store: \x07\n"])
def test_a_file_that_is_no_text_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "untagged.yaml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"untagged\.yaml"):
        YamlFile(path)


def test_a_file_that_contains_itself_is_refused(tmp_path: Path) -> None:
    assert "contains itself" in refused("agents: &loop\n  - *loop\n", tmp_path)


@pytest.mark.parametrize("text", ["[" * 9_000, "a: " + "{a: " * 3_000])
def test_a_file_that_is_nested_too_deep_is_refused(text: str, tmp_path: Path) -> None:
    assert "nested too deep" in refused(text, tmp_path)


def test_a_missing_file_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.yaml"):
        YamlFile(tmp_path / "gone.yaml")


def test_a_list_of_plain_values_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: [1, 2.5, true, null, '7', 2015-02-18]\n")
    content: Any = YamlFile(path).content
    assert content["a"][:5] == [1, 2.5, True, None, "7"]

"""A YAML file that remembers on which line everything stands."""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from mentions.errors import SettingsError

Built = TypeVar("Built")
Place = tuple[str | int, ...]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
MAX_BYTES = 5_000_000
"""10,000 brands with their queries fit five times over."""
MAX_NODES = 500_000
"""An anchor used a thousand times over is a mistake or an attack (a 'billion laughs')."""


class YamlFile:
    """A parsed file: `content`, and errors that name file and line.

    `${NAME}` in a value is replaced from the environment, so that secrets stay out of the file.
    Raises SettingsError for what is not YAML, a key given twice, or an unset variable. With `text`
    nothing is read: `path` is then only what it is called.
    """

    def __init__(
        self,
        path: Path,
        *,
        text: str | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.path = path
        text = _read(path) if text is None else text
        try:
            self._root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise SettingsError(f"{path}, line {line}: {error.problem}") from error
        except yaml.YAMLError as error:
            raise SettingsError(f"{path}: {error}") from error
        except RecursionError as error:
            raise SettingsError(f"{path}: the file is nested too deep") from error
        self._environment = environment
        self._built_nodes = 0
        try:
            self.content: Any = self._built(self._root) if self._root is not None else {}
        except RecursionError as error:
            raise SettingsError(
                f"{path}: the file contains itself, or is nested too deep"
            ) from error

    def line_of(self, place: Place) -> int:
        """The line of what stands at `place`, or of its nearest parent in the file."""
        node, line = self._root, 1
        for step in place:
            child = _child(node, step)
            if child is None:
                continue
            node, line = child
        return line

    def error(self, place: Place, message: str) -> SettingsError:
        """An error that points at `place`."""
        return SettingsError(self.problem(place, message))

    def problem(self, place: Place, message: str) -> str:
        """'untagged.yaml, line 12: rules.0.minimum: …'."""
        where = ".".join(str(step) for step in place)
        return f"{self.path}, line {self.line_of(place)}: {where}: {message}".replace(": : ", ": ")

    def build(self, make: Callable[[Any], Built], *, secret: Sequence[str] = ()) -> Built:
        """`make(content)`, with pydantic's complaints turned into lines of this file.

        What stands in the sections of `secret` is not repeated in a complaint.
        """
        if not isinstance(self.content, dict):
            raise SettingsError(f"{self.path}, line 1: expected 'key: value' lines")
        try:
            return make(self.content)
        except ValidationError as error:
            said = [self._said(problem, secret) for problem in error.errors(include_url=False)]
            raise SettingsError("\n".join(said)) from error

    def refuse(self, problems: Iterable[tuple[Place, str]]) -> None:
        """Raise SettingsError that says every problem, if there is one."""
        said = [self.problem(place, message) for place, message in problems]
        if said:
            raise SettingsError("\n".join(said))

    def _said(self, problem: Any, secret: Sequence[str]) -> str:
        is_secret = bool(problem["loc"]) and problem["loc"][0] in secret
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            message = "is not known here; check the spelling"
        elif problem["type"] == "union_tag_not_found":
            message = f"needs a {problem['ctx']['discriminator'].strip(chr(39))}"
        elif problem["type"] != "missing" and not (
            is_secret or isinstance(problem["input"], dict | list)
        ):
            message += f" (got {problem['input']!r})"
        return self.problem(problem["loc"], message)

    def _built(self, node: yaml.Node) -> Any:
        self._built_nodes += 1
        if self._built_nodes > MAX_NODES:
            raise SettingsError(
                f"{self.path}, line {node.start_mark.line + 1}: the file contains itself, or over "
                f"{MAX_NODES:,} values"
            )
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return [self._built(child) for child in node.value]
        value = yaml.SafeLoader("")
        try:
            built = value.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError) as error:
            line = node.start_mark.line + 1
            raise SettingsError(f"{self.path}, line {line}: {error}") from error
        finally:
            value.dispose()
        return self._filled(built, node) if isinstance(built, str) else built

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(self._built(key_node))
            if key in built:
                line = key_node.start_mark.line + 1
                raise SettingsError(f"{self.path}, line {line}: {key!r} stands here twice")
            built[key] = self._built(value_node)
        return built

    def _filled(self, text: str, node: yaml.Node) -> str:
        def value(found: re.Match[str]) -> str:
            name = found.group(1)
            if name not in self._environment:
                raise SettingsError(
                    f"{self.path}, line {node.start_mark.line + 1}: the environment variable "
                    f"{name} is not set; set it, or take ${{{name}}} out"
                )
            return self._environment[name]

        return _VARIABLE.sub(value, text)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SettingsError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 at byte {error.start}") from error


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            if key_node.value == step:
                return value_node, key_node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child = node.value[step]
        return child, child.start_mark.line + 1
    return None


def known_or_suggested(name: str, known: Sequence[str]) -> str:
    """'…; known are a, b' or '…; there are none yet', for a name that refers to nothing."""
    listed = ", ".join(sorted(known))
    return f"there is no {name!r}; " + (f"known are {listed}" if listed else "there are none yet")

"""Reply templates: files with front matter, filled in a sandbox that can do nothing but fill.

A template may show the variables below and choose between texts with `if`; loops, calls,
arithmetic and includes are refused when it is read, so that filling one is always short work.
Values are plain text: template syntax in somebody's name stays what they wrote.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import regex  # type: ignore[import-untyped]  # typed by types-regex only
import yaml
from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cases.case import plain
from mentions.errors import NotFound, SettingsError
from mentions.mention import Author, IntentLabel, SentimentLabel, said_validation

TEMPLATES = Path(__file__).with_name("templates")
VARIABLES = ("author", "handle", "brand", "agent", "case", "expect", "order")
"""What a template may show: the author's name and '@handle', the brand, the agent, the case's
number, what to expect ('within 2h'), and the number of the order that the post names, or ''."""
FILTERS = ("capitalize", "default", "lower", "title", "trim", "upper")
MAX_TEMPLATE_CHARACTERS = 20_000
MAX_VALUE_CHARACTERS = 100
SOMEBODY = "there"
"""What an author is called whose name is none that one says: 'Hi there'."""

_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const),
    *(nodes.If, nodes.CondExpr, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand),
    *(nodes.Filter, nodes.Concat),
)
_UNSEEN = regex.compile(r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+")
_NAME = regex.compile(r"\p{L}[\p{L}\p{M} '’.\-]{0,39}")
_LINKED = regex.compile(r"\w\.\w|[@/:#]")
_PICTURES = regex.compile(r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{RI}\ufe0f]")


class FrontMatter(BaseModel):
    """What stands above a template's text; what is left out holds for all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    platforms: tuple[str, ...] = ()
    brand: str = ""
    lang: str = Field("en", pattern=r"^[a-z]{2,3}$")
    intents: tuple[IntentLabel, ...] = ()
    topics: tuple[str, ...] = ()
    sentiments: tuple[SentimentLabel, ...] = ()
    tags: tuple[str, ...] = ()
    approval: bool = False


@dataclass(frozen=True, slots=True)
class ReplyTemplate:
    """A template and what it is for."""

    about: FrontMatter
    body: str
    path: Path

    @property
    def name(self) -> str:
        """What it is called; of two with one name, the settings' folder has the say."""
        return self.about.name


def load_templates(folder: Path | None = None) -> tuple[ReplyTemplate, ...]:
    """Our templates and those of the settings' folder, which come in place of ours.

    Raises SettingsError naming the file and what to mend.
    """
    found: dict[str, ReplyTemplate] = {}
    for place in (TEMPLATES, *([folder] if folder else [])):
        if not place.is_dir():
            raise SettingsError(f"there is no folder {place}; make it or take it out of `replies`")
        own: dict[str, ReplyTemplate] = {}
        for path in sorted(place.glob("*.md")):
            template = _read(path)
            if template.name in own:
                raise SettingsError(
                    f"{path}: {own[template.name].path.name} is called {template.name!r} as well; "
                    "rename one"
                )
            own[template.name] = template
        found |= own
    return tuple(found.values())


def find_template(templates: Sequence[ReplyTemplate], name: str) -> ReplyTemplate:
    """The template called `name`. NotFound says which there are."""
    for template in templates:
        if template.name == name:
            return template
    there = ", ".join(sorted(template.name for template in templates)) or "none"
    raise NotFound(f"there is no reply template {name!r}; there are {there}")


def parse_template(text: str, path: Path) -> ReplyTemplate:
    """A template from its file's text. Raises SettingsError naming the file and what to mend."""
    if len(text) > MAX_TEMPLATE_CHARACTERS:
        raise SettingsError(f"{path}: over {MAX_TEMPLATE_CHARACTERS} characters; shorten it")
    _, opened, rest = text.partition("---\n")
    front, closed, body = rest.partition("\n---\n")
    if not (opened and closed and text.startswith("---\n")):
        raise SettingsError(f"{path}: begin with '---', lines such as 'name: thanks', and '---'")
    try:
        about = FrontMatter.model_validate(yaml.safe_load(front))
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: between the '---' lines stands no YAML: {error}") from error
    except ValidationError as error:
        raise SettingsError(f"{path}: {said_validation(error)}") from error
    if not body.strip():
        raise SettingsError(f"{path}: there is no text below the second '---'; write the reply")
    _refuse_what_it_may_not(body, path)
    return ReplyTemplate(about, body.strip(), path)


def fill(template: ReplyTemplate, values: Mapping[str, str]) -> str:
    """The reply. Raises SettingsError where the template does not fit the values."""
    known = {name: said(values.get(name, "")) for name in VARIABLES}
    try:
        return _environment().from_string(template.body).render(known).strip()
    except (TemplateError, TypeError, ValueError) as error:
        raise SettingsError(f"{template.path}: cannot be filled: {error}; mend it") from error


def said(value: str) -> str:
    """A value as a reply may hold it: one line without invisible signs, not endless."""
    return " ".join(_UNSEEN.sub(" ", plain(value)).split())[:MAX_VALUE_CHARACTERS]


def name_of(author: Author) -> str:
    """What to call the author: their name if it is one, else '@handle', else 'there'.

    A name that links or addresses somebody would do so in our answer, so it is left out.
    """
    name = said(_PICTURES.sub("", author.name))
    if _NAME.fullmatch(name) and not _LINKED.search(name):
        return name
    return handle_of(author) or SOMEBODY


def handle_of(author: Author) -> str:
    """'@handle', or '' where there is none."""
    handle = said(author.handle).lstrip("@")
    return f"@{handle}" if regex.fullmatch(r"[\w.\-]+(?:@[\w.\-]+)?", handle) else ""


def _read(path: Path) -> ReplyTemplate:
    try:
        return parse_template(path.read_text(encoding="utf-8").replace("\r\n", "\n"), path)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 at byte {error.start}") from error


def _refuse_what_it_may_not(body: str, path: Path) -> None:
    try:
        refused = list(_refused(_environment().parse(body)))
        if not refused:
            _environment().from_string(
                body
            )  # what cannot be compiled is found now, not by an agent
    except TemplateError as error:
        raise SettingsError(f"{path}: {error}; mend the template") from error
    except (RecursionError, SyntaxError) as error:  # Python nests 20 blocks and 100 indents
        raise SettingsError(f"{path}: is nested too deep; write it plainly") from error
    for what in refused:
        raise SettingsError(
            f"{path}: {what} is nothing that a reply template may use; it may show "
            f"{', '.join(VARIABLES)}, choose with 'if', and use {', '.join(FILTERS)}"
        )


def _refused(tree: nodes.Template) -> Iterator[str]:
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            yield type(node).__name__.lower()
        elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
            yield f"filter {node.name!r}"
        elif isinstance(node, nodes.Name) and node.name not in VARIABLES:
            yield repr(node.name)


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment: Any = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals = {}
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    checked: ImmutableSandboxedEnvironment = environment
    return checked

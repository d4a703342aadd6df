"""The fields of the query language: name, type and how each is read from a mention.

The one truth for the parser, the matcher and both stores; a test holds `index_templates/` to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from mentions.mention import Mention
from mentions.spelling import cut, in_a_row, raw_words
from mentions.tokens import words

FieldType = Literal["text", "keyword", "number", "date", "flag"]
FieldValue = str | float | bool | datetime
DEFAULT_TEXT_FIELDS = ("text", "title")


@dataclass(frozen=True, slots=True)
class QueryField:
    """`read` gives every value that the mention has for the field; none is an empty list."""

    name: str
    type: FieldType
    read: Callable[[Mention], Sequence[FieldValue]]


RAW = QueryField("raw", "text", lambda m: _present(m.title) + _present(m.text))
"""The title and the text once more, exactly as written."""


def text_words(field: str, mention: Mention) -> list[str]:
    """The words that both stores index for a text field ('text', 'title', 'raw'), in order."""
    if field == RAW.name:
        return raw_words(mention.title, mention.text)
    return words(mention.title if field == "title" else mention.text)


def text_rows(mention: Mention) -> dict[str, str]:
    """The `text_words` of each text field that has any, with spaces between, cut once for all."""
    title, raw_title = cut(mention.title)
    text, raw_text = cut(mention.text)
    rows = {"text": text, "title": title, RAW.name: in_a_row(raw_title, raw_text)}
    return {name: row for name, row in rows.items() if row}


def _present(value: FieldValue | None) -> list[FieldValue]:
    return [] if value is None or value == "" else [value]


def _author(mention: Mention) -> list[FieldValue]:
    author = mention.author
    return [name for name in dict.fromkeys((author.handle, author.name, author.id)) if name]


_ALL = (
    QueryField("text", "text", lambda m: _present(m.text)),
    QueryField("title", "text", lambda m: _present(m.title)),
    RAW,
    QueryField("id", "keyword", lambda m: [m.id]),
    QueryField("source", "keyword", lambda m: [m.source]),
    QueryField("platform", "keyword", lambda m: [m.platform]),
    QueryField("kind", "keyword", lambda m: [m.kind]),
    QueryField("brand", "keyword", lambda m: [b.name for b in m.brands]),
    QueryField("lang", "keyword", lambda m: [m.lang]),
    QueryField("author", "keyword", _author),
    QueryField("author.followers", "number", lambda m: _present(m.author.followers)),
    QueryField(
        "sentiment", "keyword", lambda m: _present(m.sentiment.label if m.sentiment else None)
    ),
    QueryField(
        "sentiment.score", "number", lambda m: _present(m.sentiment.score if m.sentiment else None)
    ),
    QueryField(
        "sentiment.unsure", "flag", lambda m: _present(m.sentiment.unsure if m.sentiment else None)
    ),
    QueryField("intent", "keyword", lambda m: [i.label for i in m.intents]),
    QueryField("topic", "keyword", lambda m: m.topics),
    QueryField("entity", "keyword", lambda m: [e.text for e in m.entities]),
    QueryField("severity", "number", lambda m: _present(m.severity)),
    QueryField("tagged", "flag", lambda m: [m.is_tagged]),
    QueryField("answered", "flag", lambda m: [m.answered_at is not None]),
    QueryField("answered_at", "date", lambda m: _present(m.answered_at)),
    QueryField("needs_reply", "flag", lambda m: [m.needs_reply]),
    QueryField("contains_personal_data", "flag", lambda m: [m.contains_personal_data]),
    QueryField("abusive", "flag", lambda m: [m.abusive]),
    QueryField("troll", "number", lambda m: [m.troll]),
    QueryField("sarcastic", "flag", lambda m: [m.sarcastic]),
    QueryField("rating", "number", lambda m: _present(m.rating)),
    QueryField("reach", "number", lambda m: [m.reach]),
    QueryField("influence", "keyword", lambda m: [m.influence.level]),
    QueryField("published", "date", lambda m: [m.published]),
    QueryField("collected", "date", lambda m: [m.collected]),
    QueryField("added", "keyword", lambda m: [m.added]),
    QueryField("site", "keyword", lambda m: _present(m.site)),
    QueryField("url", "keyword", lambda m: _present(m.url)),
    QueryField("thread", "keyword", lambda m: _present(m.thread)),
    QueryField("reply_to", "keyword", lambda m: _present(m.reply_to)),
    QueryField("tag", "keyword", lambda m: m.tags),
    QueryField("cluster", "keyword", lambda m: [m.story]),
    QueryField("copy", "flag", lambda m: [m.is_copy]),
    QueryField("case.team", "keyword", lambda m: _present(m.case_team)),
)
FIELDS = MappingProxyType({field.name: field for field in _ALL})
TEXT_FIELDS = ("text", "title", RAW.name)
"""What both stores keep as words in order, each a row of `text_words`."""

"""Posts for the stores' tests, short to write: only what a test is about is named."""

from datetime import UTC, datetime, timedelta
from typing import Any

from mentions.mention import Author, BrandMatch, Intent, Mention, Sentiment
from mentions.query.tree import Everything, Flag, Node, Query, Value, Words

NOON = datetime(2026, 2, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ALL = Query("*", Everything())


def post(name: str = "1", **fields: Any) -> Mention:
    """A post of the source 'board', published at noon and collected five minutes later."""
    published = fields.pop("published", NOON)
    given = {"source": "board", "platform": "forum", "text": "My bag is still lost."}
    given |= {"published": published, "collected": published + 5 * MINUTE}
    return Mention(**given | {"native_id": name} | fields)


def posts(count: int, **fields: Any) -> list[Mention]:
    """Posts '000', '001', … a minute apart from noon on."""
    return [
        post(f"{number:03}", published=NOON + number * MINUTE, **fields) for number in range(count)
    ]


def by(handle: str, **fields: Any) -> Author:
    return Author(handle=handle, **fields)


def brands(*names: str, tagged: bool = False) -> tuple[BrandMatch, ...]:
    return tuple(BrandMatch(name=name, tagged=tagged) for name in names)


def feeling(label: str, score: float = 0.5) -> Sentiment:
    return Sentiment.model_validate(
        {"label": label, "score": score, "confidence": 0.9, "unsure": False, "model": "test"}
    )


def wanting(*labels: str) -> tuple[Intent, ...]:
    return tuple(Intent.model_validate({"label": label, "confidence": 0.8}) for label in labels)


def asking(tree: Node) -> Query:
    return Query("(made by a test)", tree)


def word(*tokens: str) -> Query:
    return asking(Words(("text", "title"), tokens))


def where(field: str, value: str) -> Query:
    return asking(Value(field, value))


def flagged(field: str, value: bool = True) -> Query:
    return asking(Flag(field, value))


def ids(mentions: Any) -> list[str]:
    """The native ids, in order."""
    return [mention.native_id for mention in mentions]

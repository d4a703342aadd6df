"""Watchlist: mentions that name what must not be missed, such as regulators or executives."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from alerts.firing import Firing
from alerts.kinds.noted import Noted, NotedRule, noted_firings, said_author
from mentions.errors import QueryError
from mentions.query.parser import parse_query

Term = Annotated[str, Field(min_length=1, max_length=200)]


class WatchlistRule(NotedRule):
    """Mentions that name one of `terms` or of a list that comes along, and that match `query`.

    A term is a word, several words in a row, an @handle or a #hashtag; capitals do not matter.
    `lists: [regulators]` are authorities and consumer bodies of some twenty countries.
    """

    kind: Literal["watchlist"] = "watchlist"
    terms: tuple[Term, ...] = ()
    lists: tuple[Literal["regulators"], ...] = ()

    @model_validator(mode="after")
    def _watches_something(self) -> "WatchlistRule":
        if not (self.terms or self.lists or self.query != "*"):
            raise ValueError(
                "watches nothing; give terms, such as ['Jane Doe', '@janedoe'], "
                "lists: [regulators], or a query"
            )
        for term in self.terms:
            try:
                parse_query(quoted(term))
            except QueryError as error:
                raise ValueError(f"{term!r} is no name or word: {error}") from error
        return self


def quoted(term: str) -> str:
    """The term as a query: its words in a row, nothing in it an operator or a wildcard."""
    plain = term.translate(_NO_QUOTING)
    return f'"{plain}"'


_NO_QUOTING = str.maketrans(dict.fromkeys('"“”„\\', " "))


def watchlist_firings(rule: WatchlistRule, noted: Iterable[Noted], at: datetime) -> list[Firing]:
    """A firing for each mention, or brand, that the rule points out."""
    return noted_firings(rule, "watchlist", noted, at, said=_said)


def _said(brand: str, noted: Sequence[Noted]) -> str:
    last = noted[-1]
    if len(noted) == 1:
        return f"a mention of {brand} {last.why}: {said_author(last.mention)}"
    return (
        f"{len(noted)} mentions of {brand} are on the watchlist; the last {last.why}: "
        f"{said_author(last.mention)}"
    )

"""Rule drafts: a search as a rule that would tell of it, to be looked over and tried."""

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from pydantic import ValidationError

from alerts.kinds.spike import SpikeRule
from alerts.kinds.unanswered import UnansweredRule
from alerts.kinds.watchlist import WatchlistRule
from mentions.brand import Brand
from mentions.errors import QueryError, UntaggedError
from mentions.query.parser import parse_query
from mentions.query.tree import And, Everything, Node, Or, Value
from mentions.series import SIGNALS

DraftKind = Literal["watchlist", "unanswered", "spike"]
Draft = WatchlistRule | UnansweredRule | SpikeRule
MAX_NAME = 60


def drafts(query: str, brands: Sequence[Brand]) -> dict[DraftKind, Draft]:
    """The rules that can be made of a query, by kind.

    A spike rule watches a signal of brands, so only a query that says no more than that is one.
    """
    name = (
        "".join(char if char.isprintable() else " " for char in query)[:MAX_NAME].strip() or "all"
    )
    found: dict[DraftKind, Draft] = {}
    try:
        tree = parse_query(query).tree  # a rule has no 'now', so neither may its query
        found["watchlist"] = WatchlistRule(name=name, query=query)
        found["unanswered"] = UnansweredRule(name=name, query=query)
    except (QueryError, ValidationError):
        return {}  # such as times that count from now, or a query that watches everything
    if (spike := _spike(name, tree, brands)) is not None:
        found["spike"] = spike
    return found


def draft(kind: str, query: str, brands: Sequence[Brand]) -> Draft:
    """The rule of that kind. Raises UntaggedError where the query makes none."""
    found = drafts(query, brands)
    if kind not in get_args(DraftKind) or kind not in found:
        known = ", ".join(found) or "none, as a rule's times do not count from now"
        raise UntaggedError(f"this search makes no {kind!r} rule; it makes: {known}")
    return found[kind]


def _spike(name: str, tree: Node, brands: Sequence[Brand]) -> SpikeRule | None:
    known = {brand.name.casefold(): brand.name for brand in brands}
    named: list[str] = []
    signals: list[str] = []
    for part in tree.parts if isinstance(tree, And) else (tree,):
        values = list(_values(part))
        if values and not named and all(one.field == "brand" for one in values):
            named = [known[one.value] for one in values if one.value in known]
            if len(named) < len(values):
                return None
        elif signal := _signal(part):
            signals.append(signal)
        elif not isinstance(part, Everything):
            return None
    if len(signals) > 1 or not (named or signals):
        return None
    return SpikeRule(name=name, brands=tuple(named), signals=tuple(signals) or ("all",))


def _values(part: Node) -> Iterator[Value]:
    """The values of which one must hold, or nothing where it is something else."""
    parts = part.parts if isinstance(part, Or) else (part,)
    if all(isinstance(one, Value) and not one.is_pattern for one in parts):
        yield from (one for one in parts if isinstance(one, Value))


def _signal(part: Node) -> str:
    """The signal that selects the same mentions, or ''."""
    if not isinstance(part, Value) or part.is_pattern:
        return ""
    if part.field == "topic":
        return f"topic:{part.value}"
    said = f"{part.field}:{part.value}"
    return next((name for name, condition in SIGNALS.items() if condition == said), "")

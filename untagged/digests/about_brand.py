"""What a digest counts of a brand: the mentions by others than itself."""

from collections.abc import Iterable

from mentions.brand import Brand
from mentions.query.tree import And, Node, Not, Or, Query, Value


def by_others(brand: Brand, *more: Node) -> Query:
    """Mentions of the brand by others than its own accounts, for which `more` holds as well.

    What a brand answers names the brand and is no news of how it is spoken of.
    """
    parts: list[Node] = [Value("brand", brand.name.casefold())]
    if (own := own_accounts(brand)) is not None:
        parts.append(Not(own))
    return Query(f"mentions of {brand.name} by others", And((*parts, *more)))


def narrowed(query: Query, *more: Node) -> Query:
    """Those of the query's mentions for which `more` holds as well."""
    return Query(query.text, And((query.tree, *more)))


def own_accounts(brand: Brand) -> Node | None:
    """What a store is asked for posts by the brand's own accounts; None where it has none.

    A name that is spelled like a handle fits as well: whoever needs to be sure asks `Brand.owns`.
    """
    found = tuple(_accounts(brand))
    return Or(found) if found else None


def _accounts(brand: Brand) -> Iterable[Node]:
    for platform in sorted(brand.platforms):
        for handle in sorted(brand.handles_on(platform)):
            author = Value("author", handle)
            yield And((author, Value("platform", platform))) if platform else author

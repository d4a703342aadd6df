"""What a person probably meant by a name that does not exist."""

from difflib import get_close_matches

from mentions.errors import QueryError
from mentions.fields import FIELDS

_USUAL = ("brand", "lang", "sentiment", "intent", "author", "site", "published")
"""Fields to name when nothing is close; all of them would fill the screen."""


def unknown_field(query: str, position: int, name: str) -> QueryError:
    """The error for `name:`, with the closest field, if one is close."""
    close = get_close_matches(name.lower(), FIELDS, n=1)
    hint = f", did you mean '{close[0]}'?" if close else ""
    return QueryError(
        query,
        position,
        f"there is no field '{name}'{hint}",
        length=len(name),
        expected=f"a field such as {', '.join(_USUAL)}, or quotes to search for the text",
        suggestion=close[0] if close else "",
    )


def nearest(value: str, allowed: tuple[str, ...]) -> str:
    """', did you mean …?', or nothing."""
    close = get_close_matches(value.lower(), allowed, n=1)
    return f", did you mean '{close[0]}'?" if close else ""

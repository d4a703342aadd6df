"""The largest queries that the parser accepts; every store must be able to answer them."""

from mentions.query.lexer import MAX_BRACKETS
from mentions.query.shape import MAX_CONDITIONS, MAX_LEVELS


def nested(levels: int) -> str:
    """AND and OR in turn, each with a negated word or value beside it."""
    said = "nimbus -(air lang:en)"
    for level in range(levels - 2):
        beside, operator = ("late", "AND") if level % 2 else ("lang:de", "OR")
        said = f"(NOT {beside} {operator} ({said}))"
    return said


def _twice_nested(levels: int) -> str:
    """Both sides as deep as they can be."""
    return f"{nested(levels)} OR (air {nested(levels - 1)})"


LARGEST = [
    nested(MAX_LEVELS),
    _twice_nested(MAX_LEVELS - 1),
    "(" * MAX_BRACKETS + "nimbus" + ")" * MAX_BRACKETS,
    " OR ".join(f"{number} OR id:{number}" for number in range(MAX_CONDITIONS // 2)),
    " OR ".join(f"id:x{number}*" for number in range(700)),
    " ".join(f"-x{number}" for number in range(MAX_CONDITIONS)),
    " ".join(f"x{number}" for number in range(MAX_CONDITIONS)),
    '"' + " ".join(f"w{number}" for number in range(MAX_CONDITIONS)) + '"',
    '"' + " ".join(f"w{number}" for number in range(MAX_CONDITIONS)) + '"~1000',
    "*aa???????",
    "url:*a?*?*?*?",
    "title:*é?l?t*?*?",
    f"url:*{'ab' * 90}???*a??",
    f"url:{'a' * 190}?*?a*",
    "reach:>9007199254740992 OR reach:<-9007199254740992",
    "published:[0001-01-01 TO 9999-12-30]",
]

"""Changes: what a line of an audit trail says that something was before and is now.

All of it is plain text, which the page escapes once.
"""

from untagged.web.reader import Reader
from untagged.web.spoken import listed_text
from untagged.web.words import word

NOTHING = "–"


def value_words(reader: Reader, value: object, *, is_ours: bool = False) -> str:
    """A value as a trail has it; `is_ours` where it is a word that the cockpit itself knows."""
    if isinstance(value, list | tuple):
        return listed_text(reader, map(str, value)) or NOTHING
    if isinstance(value, bool):
        return word(reader, "yes" if value else "no")
    if value in (None, ""):
        return NOTHING
    return word(reader, str(value)) if is_ours else reader.isolated(str(value))


def change_words(
    reader: Reader, name: str, old: object, new: object, *, is_ours: bool = False
) -> str:
    """'role: viewer → lead'; the arrow goes as the language does."""
    arrow = "←" if reader.direction == "rtl" else "→"
    before, after = (value_words(reader, one, is_ours=is_ours) for one in (old, new))
    return f"{word(reader, name)}: {before} {arrow} {after}"

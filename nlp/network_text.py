"""A post as the trained networks read it: links, handles and emoji as words of their own.

`nlp.plain` takes links and handles out, since phrases and lexicons should not see them; a network
learns what they say (a post with a link is rarely a complaint). Training and reading use this one
function, so that they cannot drift apart.
"""

import functools
import re

import emoji

from nlp.plain import as_words, unescaped

LINK = "http"
HANDLE = "@user"

# Every alternative begins with one letter or sign, so that `re` skips to the next of these: a
# sixth of the time. Words that must begin there look back for it.
_MARKED = re.compile(
    r"http(?:s?://\S*|(?<=\bhttp)/URL\b)|www\.\S*|@[\w.-]*\w|#\w+|＃\w+|URL(?<=\bURL)\b|\{link\}"
)
MAX_CHARACTERS = 2_000
"""Characters that are looked at; what the networks read of them is `nlp.pieces.MAX_PIECES`."""


def network_text(raw: str) -> str:
    """The beginning of a text with links as 'http', handles as '@user' and emoji as words."""
    text = marked_text(raw)
    return text if text.isascii() else text.translate(_emoji_words())


def marked_text(raw: str) -> str:
    """The same with emoji as they are, for a vocabulary that has pieces for them."""
    return _MARKED.sub(_marked, unescaped(raw[:MAX_CHARACTERS]))


def _marked(match: re.Match[str]) -> str:
    found = match.group()
    if found[0] == "@":
        return HANDLE
    if found[0] in "#＃":
        return f"# {as_words(found[1:])}"
    return LINK


@functools.cache
def _emoji_words() -> dict[int, str]:
    """One character -> its name; skin tones, joiners and variation signs say nothing."""
    said = {
        ord(sign): f" {entry['en'].strip(':').replace('_', ' ')} "
        for sign, entry in emoji.EMOJI_DATA.items()
        if len(sign) == 1
    }
    silent = {0x200D, 0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)}
    return said | dict.fromkeys(silent, "")

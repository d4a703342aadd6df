"""Question words: what a question asks, and what an answer says to anybody.

All questions about Heron Air share "Heron Air": of 465 in two weeks of the town 108 were put
together for that alone, and 29 at most without it.
"""

import re
from collections.abc import Collection

import regex  # type: ignore[import-untyped]  # typed by types-regex only

from mentions.mention import Author, Mention
from mentions.tokens import tokens, words

LEAST_WORDS = 4
"""A question of fewer words, such as "Who else?", says nothing without what stands before it."""
_ASKING = re.compile(r"[?？؟]")
_SENTENCE = regex.compile(r"(?:[^.!?？؟。\n]|\.(?=[\p{L}\p{N}]))*[?？؟]+")
_REPLY_TITLE = re.compile(r"\A\s*re\s*:", re.IGNORECASE)
_SIGNATURE = regex.compile(r"\s*[/~^–—-]\s*\p{L}{1,20}\.?\s*\Z")
_GREETING = regex.compile(
    r"\A\s*(?:(?:hi|hello|hey|dear|hallo|hola|bonjour|ciao|olá)\b)?[\s,!.:]*", regex.I
)

_TAGS = regex.compile(r"(?:\s+(?:[#＃]\w+|[\p{So}\p{Sk}\ufe0f\u200d]+))+\s*\Z")
_LEFT_COMMA = re.compile(r"\s*,?\s*(?=[.,!?])")
"""What stands before a name that was taken out: 'sorry to read this, .'"""


def is_question(mention: Mention) -> bool:
    """Whether the post itself asks: below "Re: Who wants this?" stands mostly no question."""
    if _ASKING.search(mention.text):
        return True
    is_below = bool(mention.reply_to) or _REPLY_TITLE.match(mention.title) is not None
    return not (is_below and _ASKING.search(mention.title))


def asked_words(mention: Mention, ignoring: Collection[str]) -> str:
    """The title and the text without the brand's names and without handles."""
    text = " ".join((f"{mention.title} {mention.text}").split())
    kept, end = [], 0
    for token in tokens(text):
        if token.text in ignoring or token.text.startswith("@"):
            kept.append(text[end : token.start].rstrip("#＃"))
            end = token.end
    return " ".join("".join([*kept, text[end:]]).split())


def asking_sentence(mention: Mention) -> str:
    """The sentence that asks; all of it where that says too little by itself."""
    for text in (mention.text, mention.title):
        found = [str(said).strip() for said in _SENTENCE.findall(text)]
        if telling := [said for said in found if len(words(said)) >= LEAST_WORDS]:
            return telling[-1]
    return " ".join((mention.text or mention.title).split())


def without_tags(text: str) -> str:
    """A sentence without the hashtags and emoji behind it, which ask nothing."""
    return str(_TAGS.sub("", text)) or text


def unnamed(text: str, author: Author) -> str:
    """A reply's words as they may be said to anybody: no name, no handle, no signature.

    'Hi @bea, yes, it does. /Jo' becomes 'Yes, it does.'
    """
    # As it is written: an author called "Bea the Otter" takes no "the" out of an answer.
    names = {author.handle, *(part for part in author.name.split() if not part.islower())}
    kept, end = [], 0
    for token in tokens(text):
        if token.text.startswith("@") or text[token.start : token.end] in names:
            kept.append(text[end : token.start].rstrip("@"))
            end = token.end
    said = " ".join("".join([*kept, text[end:]]).split())
    said = str(_GREETING.sub("", str(_SIGNATURE.sub("", said))))
    said = _LEFT_COMMA.sub("", said).strip() if kept else said.strip()
    return said[:1].upper() + said[1:]

"""Plain: a post as a person reads it, beside the post as it came.

Every later component reads this instead of the raw text, so that markup, links and handles are
taken out in one place and at one price.
"""

import html
import re
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from nlp.post import extend, post_of
from nlp.segments import spaced

MAX_READ_CHARACTERS = 20_000
"""What is read of one post, about 3,500 words. Longer ones have been page dumps and repetition;
what is said of them rests on their beginning, and `reasons` says so."""

# `int()` refuses numbers of over 4,300 digits, so html.unescape would raise on them.
_ENDLESS_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{8,}")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# Either case written out and every alternative begun with one letter, so that `re` skips to the
# next of these: a sixth of the time.
_HTTP = r"[tT][tT][pP](?:[sS]?://\S*|(?<=\b[hH][tT][tT][pP])\b(?:/[uU][rR][lL]\b)?)"
_WWW = r"[wW][wW]\.\S*"
_LINK = re.compile(f"h{_HTTP}|H{_HTTP}|w{_WWW}|W{_WWW}")
_HANDLE = re.compile(r"(?<![\w@.])@(\w[\w.-]*(?:@\w[\w.-]*)?)")
# Vowel signs and marks, and the blocks of the scripts that write most of them: no letters for
# `re`, and without them a word of Hindi or Thai falls to pieces. Their full stops are left out.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670"
    "\u0900-\u0963\u0966-\u1049\u104c-\u109f\u1780-\u17d3"
)
_MARK = re.compile(f"[{_MARKS}]")
_HASHTAG = re.compile(rf"[#＃]([\w{_MARKS}]+)")
_RUN_TOGETHER = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_RETWEET = re.compile(r"\A\s*RT\b\s*:?")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[?!]")
_ASCII_WORD = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*|[?!]")  # a quarter faster than the same above
_MARKED_WORD = re.compile(rf"(?:[^\W_]|[{_MARKS}])+(?:'(?:[^\W_]|[{_MARKS}])+)*|[?!]")
_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "？": "?", "؟": "?", "！": "!"}
)


@dataclass(frozen=True, slots=True)
class Plain:
    """`text` has no markup, links or handles, and hashtags as words; `prose` has no hashtags.

    `words` are the case-folded words of `text`, with ? and ! as words of their own. `handles`
    are lower case, without '@'. Thai words are cut apart; each Han character or kana is a word.
    """

    text: str
    prose: str
    words: tuple[str, ...]
    handles: tuple[str, ...]
    links: int
    hashtags: int
    is_cut: bool


def plain(raw: str) -> Plain:
    """Any text as a person reads it, in time linear in its length."""
    text = unescaped(raw[:MAX_READ_CHARACTERS])
    text, links = _LINK.subn(" ", _RETWEET.sub(" ", text))
    handles: tuple[str, ...] = ()
    if "@" in text:
        handles = tuple(name.rstrip(".-").casefold() for name in _HANDLE.findall(text))
        text = _HANDLE.sub(" ", text)
    prose, hashtags = _HASHTAG.subn(" ", text)
    if hashtags:
        text = _HASHTAG.sub(lambda match: as_words(match[1]), text)
    return Plain(
        text=" ".join(text.split()).removeprefix(": "),
        prose=" ".join(prose.split()).removeprefix(": "),
        words=tuple(words_of(text)),
        handles=handles,
        links=links,
        hashtags=hashtags,
        is_cut=len(raw) > MAX_READ_CHARACTERS,
    )


def unescaped(text: str) -> str:
    """Without markup and invisible characters, references and quotation marks made plain."""
    if "&" in text:
        text = html.unescape(_ENDLESS_REFERENCE.sub(" ", text))
    if "<" in text:
        text = _TAG.sub(" ", text)
    return text if text.isascii() else _INVISIBLE.sub("", text).translate(_QUOTES)


def words_of(text: str) -> list[str]:
    """The case-folded words of a text, with ? and ! as words of their own."""
    text = text.casefold()
    if text.isascii():
        return _ASCII_WORD.findall(text)
    return (_MARKED_WORD if _MARK.search(text) else _WORD).findall(spaced(text))


def as_words(hashtag: str) -> str:
    """'AcmeAirFail' as 'Acme Air Fail'."""
    return _RUN_TOGETHER.sub(" ", hashtag.replace("_", " "))


class PlainText:
    """Gives every document its plain form."""

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.plain`."""
        post = post_of(doc)
        post.plain = plain(post.raw)
        if post.plain.is_cut:
            post.reasons["text"] = f"the first {MAX_READ_CHARACTERS:,} characters were read"
        return doc


extend("plain", default=None)


@Language.factory("plain", assigns=["doc._.plain"])
def make_plain(nlp: Language, name: str) -> PlainText:  # noqa: ARG001  spaCy's factory signature
    """The first component: what all others read."""
    return PlainText()

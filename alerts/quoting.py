"""Quoting hostile text harmlessly: whatever a post says, a notification only shows it.

No mention in it pings anybody, no address in it is made a link, no control character reorders or
hides the lines around it, and it is never longer than asked for. HTML escaping is on top of this
and is Jinja's.
"""

import unicodedata
from urllib.parse import urlsplit

import regex  # type: ignore[import-untyped]  # typed by types-regex only

ELLIPSIS = "…"
MAX_COMBINING = 3
"""More marks on one letter than any script stacks are there to flood the lines above."""
MAX_ADDRESS_CHARACTERS = 2_000

_KEPT_FORMAT = "\u200c\u200d"
"""The joiners: Persian, the Indian scripts and emoji families need them."""
_LINE_BREAKS = frozenset("\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_COMBINING = regex.compile(rf"(\p{{M}}{{{MAX_COMBINING}}})\p{{M}}+")
_WEB_SCHEME = regex.compile(r"(?i)(h)tt(ps?:)")
_OTHER_SCHEME = regex.compile(r"(?i)(?<!hxxps?)://")
_DOMAIN_DOT = regex.compile(r"(?i)(?<=[\p{L}\p{N}_-])[.。．｡](?=\p{L}{2,24}(?![\p{L}\p{N}]))")
_NUMBER_ADDRESS = regex.compile(r"\b(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\b")
# ＠ cannot ping, ‹› cannot open a chat command such as <!channel> or a tag.
_LOOKALIKES = str.maketrans({"@": "＠", "<": "‹", ">": "›"})
_GRAPHEME = regex.compile(r"\X")
_ADDRESS = regex.compile(r"https?://[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+")


class Live(str):
    """An address that was checked and may be shown as it is."""

    __slots__ = ()


def readable(text: str) -> str:
    """The text on one line, without what hides or reorders text."""
    kept = []
    for char in text:
        category = unicodedata.category(char)
        if char in _LINE_BREAKS or category == "Zs":
            kept.append(" ")
        elif category == "Cs":
            kept.append("\ufffd")
        elif category not in ("Cc", "Cf", "Co", "Cn") or char in _KEPT_FORMAT:
            kept.append(char)
    return " ".join(_COMBINING.sub(r"\1", "".join(kept)).split())


def harmless(text: str) -> str:
    """The text such that no chat or mail program makes it ping, link or run anything."""
    shown = readable(text).translate(_LOOKALIKES)
    shown = _WEB_SCHEME.sub(r"\1xx\2", shown)
    shown = _OTHER_SCHEME.sub("[:]//", shown)
    shown = _NUMBER_ADDRESS.sub(r"\1[.]\2[.]\3[.]\4", shown)
    shown = str(_DOMAIN_DOT.sub("[.]", shown))
    return shown.replace("](", "] (")


def shortened(text: str, characters: int) -> str:
    """At most that many characters, an ellipsis included; cut between words where possible."""
    if len(text) <= characters:
        return text
    kept = ""
    for grapheme in _GRAPHEME.findall(text[: characters + 1]):
        if len(kept) + len(grapheme) > characters - 1:
            break
        kept += grapheme
    words, space, _rest = kept.rpartition(" ")
    if space and len(words) > len(kept) * 2 // 3:
        kept = words
    return kept.rstrip() + ELLIPSIS


def address(url: str) -> Live:
    """The address if it may be a link (http or https, plain, no user name in it), else nothing."""
    if len(url) > MAX_ADDRESS_CHARACTERS or not _ADDRESS.fullmatch(url):
        return Live()
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return Live()
    return Live(url) if host and "@" not in parts.netloc else Live()

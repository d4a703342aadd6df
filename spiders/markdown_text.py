"""Markdown to the text that a reader sees: words, links in full, none of the signs."""

import re
from html import unescape

_FENCE = re.compile(r"^ {0,3}(?:```|~~~)[^\n]*$", re.MULTILINE)
_SPOILER = re.compile(r"^ {0,3}:::[ \t]*(?:spoiler\b[ \t]*)?", re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\[\]\n]{0,500})\]\([^()\s]{0,2000}(?:[ \t]+\"[^\"\n]{0,300}\")?\)")
_LINK = re.compile(
    r"\[([^\[\]\n]{0,500})\]\(<?([^()\s<>]{1,2000})>?(?:[ \t]+\"[^\"\n]{0,300}\")?\)"
)
_STRONG = re.compile(r"(\*\*|__|~~)([^*_~\n]{1,1000})\1")
_EMPHASIS = re.compile(r"(?<![\w*])([*_])([^*_\s][^*_\n]{0,1000})\1(?![\w*])")
_CODE = re.compile(r"(`{1,2})([^`\n]{1,1000})\1")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>~|^])")
_HELD = re.compile("[\U000f0000-\U000f00ff]")
"""Escaped signs wait in a private plane of Unicode until the others have been read."""
_BREAKS = re.compile(r"[ \t]*\n(?:[ \t]*\n)+")
"""Every repetition is bounded: a hostile line of a thousand '[' must not cost a minute."""


def markdown_text(markdown: str) -> str:
    """The words of a Markdown text. A link is 'text (address)'; of an image, its description."""
    text = _ESCAPED.sub(lambda sign: chr(0xF0000 + ord(sign[1])), markdown.replace("\r\n", "\n"))
    for sign, kept in ((_FENCE, ""), (_SPOILER, ""), (_HEADING, ""), (_IMAGE, r"\1")):
        text = sign.sub(kept, text)
    text = _LINK.sub(_linked, text)
    for sign in (_STRONG, _STRONG, _EMPHASIS, _CODE):
        text = sign.sub(r"\2", text)
    return _BREAKS.sub(
        "\n\n", unescape(_HELD.sub(lambda sign: chr(ord(sign[0]) - 0xF0000), text))
    ).strip()


def _linked(found: re.Match[str]) -> str:
    words, address = found[1].strip(), found[2]
    return address if words in ("", address) else f"{words} ({address})"

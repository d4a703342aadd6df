"""HTML to the text that a reader sees, with its paragraphs, links, hashtags and handles."""

import re
from types import MappingProxyType
from typing import Any

from parsel import Selector

_SILENT = frozenset({"script", "style", "template", "noscript", "head", "svg", "iframe", "object"})
_LINE = "\u2028"
_PARAGRAPH = "\u2029"
"""Marks for block edges while the text is put together; several in a row are one break."""
_BLOCKS = MappingProxyType(
    {
        **dict.fromkeys(("p", "blockquote", "pre", "table", "ul", "ol"), _PARAGRAPH),
        **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _PARAGRAPH),
        **dict.fromkeys(("div", "li", "tr", "dt", "dd", "section", "article", "figure"), _LINE),
        **dict.fromkeys(("hr", "figcaption", "header", "footer", "aside"), _LINE),
    }
)
_SPACES = re.compile(" {2,}")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BREAK = re.compile(rf" *[\n{_LINE}{_PARAGRAPH}][ \n{_LINE}{_PARAGRAPH}]*")
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_WINDOWS = {
    code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)
}
"""HTML reads the C1 controls as Windows-1252: '&#146;' is an apostrophe
(https://html.spec.whatwg.org/multipage/parsing.html#numeric-character-reference-end-state)."""


def html_text(html: str) -> str:
    """The text of an HTML fragment; a paragraph ends in an empty line, a line break in one.

    Text that holds control characters or half a surrogate pair comes back as it is, so that the
    post is refused for them instead of being mended by a parser.
    """
    if _UNREADABLE.search(html):
        return html
    if "<" not in html and "&" not in html:
        return _tidy(_SPACE.sub(" ", html))
    root = Selector(text=html.translate(_WINDOWS), type="html").root
    return _tidy("".join(_pieces(root)).translate(_WINDOWS))


def one_line(text: str) -> str:
    """The text without line breaks, as a title is."""
    return _SPACE.sub(" ", text).strip()


def _pieces(root: Any) -> list[str]:
    """Walk the tree with a stack: a hostile page nests deeper than Python recurses."""
    pieces: list[str] = []
    waiting: list[tuple[Any, bool]] = [(root, True)]
    while waiting:
        node, entering = waiting.pop()
        if not entering:
            pieces.append(_edge(node))
            pieces.append(_SPACE.sub(" ", node.tail or ""))
            continue
        waiting.append((node, False))
        if not isinstance(node.tag, str) or node.tag in _SILENT:
            continue
        if node.tag == "img" and _is_emoji(node):
            pieces.append(node.get("alt") or "")
        pieces.append("\n" if node.tag == "br" else _edge(node))
        pieces.append(_SPACE.sub(" ", node.text or ""))
        waiting.extend((child, True) for child in reversed(node))
    return pieces


def _edge(node: Any) -> str:
    return _BLOCKS.get(node.tag, "") if isinstance(node.tag, str) else ""


def _is_emoji(image: Any) -> bool:
    """WordPress and Mastodon send emoji as images that say the character in `alt`."""
    said = image.get("class") or ""
    return "emoji" in said or "smiley" in said


def _tidy(text: str) -> str:
    return _BREAK.sub(_newlines, _SPACES.sub(" ", text)).strip()


def _newlines(found: re.Match[str]) -> str:
    marks = found[0]
    return "\n\n" if _PARAGRAPH in marks else "\n" * min(max(marks.count("\n"), 1), 2)

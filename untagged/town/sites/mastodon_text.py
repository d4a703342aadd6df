"""How Mastodon renders the text of a status: paragraphs, mentions, hashtags, links."""

import re
from collections.abc import Callable, Iterator
from html import escape

_PIECE = re.compile(
    r"(?P<link>https?://[^\s<>\"']+[^\s<>\"'.,!?;:)])"
    r"|(?<![\w/@])@(?P<handle>\w+)"
    r"|(?<![\w/#&])#(?P<tag>\w*[^\W\d_]\w*)"
)


def hashtags(text: str) -> list[str]:
    """The hashtags of a text in lower case, each once, without '#'."""
    if "#" not in text:
        return []
    found = (piece["tag"] for piece in _PIECE.finditer(text) if piece["tag"])
    return list(dict.fromkeys(tag.casefold() for tag in found))


def handles(text: str) -> Iterator[str]:
    """What looks like a mention, in order, without '@'."""
    return (piece["handle"] for piece in _PIECE.finditer(text) if piece["handle"])


def rendered(text: str, *, base_url: str, profile: Callable[[str], str | None]) -> str:
    """The `content` of a status. `profile` gives the address of a handle, None if unknown.

    Without its tags and with its entities decoded it is `text` again, where `<br>` is one line
    break and a new paragraph is two.
    """

    def marked(piece: re.Match[str]) -> str:
        if piece["link"]:
            return _link(piece["link"])
        if piece["tag"]:
            return _hashtag(piece["tag"], base_url)
        address = profile(piece["handle"])
        return _mention(piece["handle"], address) if address else escape(piece[0])

    paragraphs = re.split(r"\n{2,}", text)
    return "".join(f"<p>{_inline(lines, marked)}</p>" for lines in paragraphs)


def _inline(text: str, marked: Callable[[re.Match[str]], str]) -> str:
    parts, at = [], 0
    for piece in _PIECE.finditer(text):
        parts += [_escaped(text[at : piece.start()]), marked(piece)]
        at = piece.end()
    return "".join((*parts, _escaped(text[at:]))).replace("\n", "<br>")


def _escaped(text: str) -> str:
    return escape(text).replace("&#x27;", "&#39;")


def _link(address: str) -> str:
    scheme, _, rest = address.partition("//")
    shown, hidden = rest[:30], rest[30:]
    kind = "ellipsis" if hidden else ""
    return (
        f'<a href="{escape(address)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{escape(scheme)}//</span>'
        f'<span class="{kind}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(hidden)}</span></a>'
    )


def _hashtag(tag: str, base_url: str) -> str:
    address = f"{base_url}/tags/{escape(tag.casefold())}"
    return f'<a href="{address}" class="mention hashtag" rel="tag">#<span>{escape(tag)}</span></a>'


def _mention(handle: str, address: str) -> str:
    return (
        f'<span class="h-card" translate="no"><a href="{escape(address)}" '
        f'class="u-url mention">@<span>{escape(handle)}</span></a></span>'
    )

"""The words of a Bluesky record: its text with whole links, else what stands in for words."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from spiders.json_answer import list_of, object_of, text_of
from spiders.plain_text import one_line

_LINK = "app.bsky.richtext.facet#link"
_CUT = "….."


def post_text(record: Mapping[str, Any], *, web: str) -> str:
    """The words; of a post without any, its pictures' descriptions, its link, what it quotes.

    The text is plain already: '<' and '&amp;' in it are what its author typed.
    """
    text = whole_links(text_of(record.get("text")), list_of(record.get("facets"))).strip()
    said = [text] if text else list(_shown(object_of(record.get("embed")), web))
    # Hashtags beside the text are shown under it.
    beside = " ".join(f"#{tag}" for tag in map(text_of, list_of(record.get("tags"))) if tag)
    return "\n".join(filter(None, (*said, beside)))


def whole_links(text: str, facets: list[Any]) -> str:
    """The text with links that its app shows shortened ('osf.io/v87…') written in full.

    Facets count bytes of UTF-8 (docs.bsky.app/docs/advanced-guides/post-richtext).
    """
    raw = text.encode("utf-8", "surrogatepass")
    links = sorted(_links(facets, len(raw)), reverse=True)
    if any(start < end for (start, _, _), (_, end, _) in pairwise(links)):
        return text  # they overlap: no app draws them, and we do not guess
    for start, end, address in links:
        shown = raw[start:end].decode("utf-8", "replace")
        kept = shown.rstrip(_CUT)
        if kept and kept != shown and kept in address:
            raw = raw[:start] + address.encode("utf-8", "surrogatepass") + raw[end:]
    return raw.decode("utf-8", "surrogatepass")


def _links(facets: list[Any], length: int) -> Iterator[tuple[int, int, str]]:
    for facet in facets:
        place = object_of(object_of(facet).get("index"))
        start, end = place.get("byteStart"), place.get("byteEnd")
        if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= length:
            continue
        for feature in list_of(object_of(facet).get("features")):
            address = text_of(object_of(feature).get("uri"))
            if object_of(feature).get("$type") == _LINK and address:
                yield start, end, address
                break


def _shown(embed: Mapping[str, Any], web: str) -> Iterator[str]:
    """What people see of a post without words."""
    media = object_of(embed.get("media")) or embed
    for picture in (*list_of(media.get("images")), media):
        if alt := text_of(object_of(picture).get("alt")).strip():
            yield alt
    card = object_of(media.get("external"))
    yield from filter(None, (one_line(text_of(card.get(name))) for name in ("title", "uri")))
    quoted = object_of(embed.get("record"))
    address = text_of(quoted.get("uri")) or text_of(object_of(quoted.get("record")).get("uri"))
    did, _, rest = address.removeprefix("at://").partition("/")
    collection, _, key = rest.partition("/")
    if collection == "app.bsky.feed.post" and key:
        yield f"{web}/profile/{did}/post/{key}"

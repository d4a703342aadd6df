"""Whose account a post addresses: owned handles, and links to owned pages, per platform."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from mentions.brand import Brand, page_of
from mentions.mention import Mention

ANYWHERE = ""
"""Where a handle is owned that names no platform."""
PROFILES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bluesky": ("bsky.app/profile/{}",),
        "facebook": ("facebook.com/{}", "fb.com/{}"),
        "instagram": ("instagram.com/{}",),
        "linkedin": ("linkedin.com/company/{}",),
        "reddit": ("reddit.com/user/{}", "reddit.com/u/{}"),
        "threads": ("threads.net/@{}", "threads.com/@{}"),
        "tiktok": ("tiktok.com/@{}",),
        "x": ("x.com/{}", "twitter.com/{}"),
        "twitter": ("x.com/{}", "twitter.com/{}"),
        "youtube": ("youtube.com/@{}", "youtube.com/{}"),
    }
)
"""Where the profile of a handle stands on each platform, as the platforms' own share links say."""
DEEPEST = 3
"""Parts of a link's path that may name a profile or an owned page."""

_LINK_SIGNS = ("://", "www.", "WWW.")
_LINK = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"'|\\^`{}]+", re.IGNORECASE)


class Owned:
    """The handles and pages of any number of brands."""

    def __init__(self, brands: Sequence[Brand]) -> None:
        platforms = {ANYWHERE, *(where for brand in brands for where in brand.platforms)}
        self._handles = {where: _handles(brands, where) for where in platforms}
        self._pages: dict[str, list[str]] = {}
        for brand in brands:
            for page in dict.fromkeys(_pages(brand)):
                self._pages.setdefault(page, []).append(brand.name)

    def by(self, mention: Mention) -> Sequence[str]:
        """The brands whose own account wrote it."""
        author = mention.author.handle.removeprefix("@").casefold()
        return self._on(mention).get(author, ()) if author else ()

    def addressed(self, mention: Mention, handles: Iterable[str], raw: str) -> dict[str, str]:
        """Brand -> how the post addresses it: '@handle' in the text or replied to, or a page."""
        addressed: dict[str, str] = {}
        owned = self._on(mention)
        if owned:
            replied = mention.reply_to.removeprefix("@").casefold() if mention.reply_to else ""
            for handle in (*handles, replied) if replied else handles:
                for name in owned.get(handle, ()):
                    addressed.setdefault(name, f"@{handle}")
        if self._pages and any(sign in raw for sign in _LINK_SIGNS):
            for page in _linked(raw):
                for name in self._pages.get(page, ()):
                    addressed.setdefault(name, page)
        return addressed

    def _on(self, mention: Mention) -> Mapping[str, Sequence[str]]:
        return self._handles.get(mention.platform) or self._handles[ANYWHERE]


def _handles(brands: Sequence[Brand], platform: str) -> dict[str, list[str]]:
    """Owned handle -> the brands that own it, on this platform."""
    owned: dict[str, list[str]] = {}
    for brand in brands:
        for handle in brand.handles_on(platform):
            # Mastodon shows '@acme@example.social' as '@acme' in the text of a post.
            for shown in {handle, handle.partition("@")[0]}:
                owned.setdefault(shown, []).append(brand.name)
    return owned


def _pages(brand: Brand) -> Iterator[str]:
    yield from map(page_of, brand.links)
    for platform in sorted(brand.platforms | {ANYWHERE}):
        everywhere = brand.handles_on(ANYWHERE)
        handles = everywhere if platform == ANYWHERE else brand.handles_on(platform) - everywhere
        forms = _ANY_PROFILE if platform == ANYWHERE else PROFILES.get(platform, ())
        for handle in sorted(handles):
            name, _, server = handle.partition("@")
            if server:
                yield from (f"{server}/@{name}", f"{server}/users/{name}", f"{server}/u/{name}")
            else:
                yield from (form.format(name) for form in forms)


_ANY_PROFILE = tuple(dict.fromkeys(form for forms in PROFILES.values() for form in forms))


def _linked(raw: str) -> Iterator[str]:
    """Every page that the text links to, with the pages above it."""
    for link in _LINK.findall(raw):
        host, *path = page_of(link).split("/", DEEPEST + 1)
        for depth in range(min(len(path), DEEPEST) + 1):
            yield "/".join((host, *path[:depth]))

"""Tallying: who asked for each entry in a period and in the one before, counted post by post.

Near copies of one text count once for each author. What is kept grows with the authors who asked,
and not with what they wrote.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerts.digests.digest import Quote
from alerts.digests.entries import book
from alerts.digests.entries.entry import INTENTS, EntryKind
from mentions.brand import Brand
from mentions.facets import author_key
from mentions.mention import Mention
from mentions.tokens import words
from untagged.digests.asking import agrees, asking, in_parts, version_of
from untagged.pipeline import Pipeline

MOST_QUOTED = 3
_KEPT_QUOTES = 12
"""The clearest posts that are kept while there is more to read: enough for three authors."""
_READABLE = 120
"""Characters of a clear post: a wish and its reason."""
_LIKE, NEARLY_SAME = 1 / 2, 2 / 3
"""The shares of words in common from which a quote says little new, and from which nothing."""


_Offered = tuple[tuple[Any, ...], str, Quote]
"""How clear a post is, least is best; its story; what it says."""


@dataclass(slots=True)
class Tally:
    """What a period's posts say of one entry."""

    reach_of: dict[str, int] = field(default_factory=dict)
    posts: set[tuple[str, str]] = field(default_factory=set)
    before: set[tuple[str, str]] = field(default_factory=set)
    sentiments: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    langs: Counter[str] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    ratings: list[float] = field(default_factory=list)
    _quotes: dict[str, _Offered] = field(default_factory=dict)

    @property
    def authors(self) -> int:
        """Distinct people who asked."""
        return len(self.reach_of)

    @property
    def authors_before(self) -> int:
        """Distinct people who asked in the period before."""
        return len({author for author, _ in self.before})

    @property
    def reach(self) -> int:
        """People who may have seen it, each author's widest post counted."""
        return sum(self.reach_of.values())

    @property
    def growth(self) -> int:
        """So many more people than in the period before."""
        return self.authors - self.authors_before

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The clearest posts, of different authors; those in other words before those in like.

        What says the same again is left out: three who post one text are read once.
        """
        ranked = [one[1:] for one in sorted(self._quotes.values(), key=_clearness)]
        chosen: list[tuple[str, Quote]] = []
        for most_common in (_LIKE, NEARLY_SAME):
            for story, quote in ranked:
                stories = [other for other, _ in chosen]
                is_new = story not in stories and all(
                    in_common(quote.text, other.text) <= most_common for _, other in chosen
                )
                if is_new and len(chosen) < MOST_QUOTED:
                    chosen.append((story, quote))
        return tuple(quote for _, quote in chosen)

    def add(self, mention: Mention, intent: str) -> None:
        """Count a post of the period."""
        author = author_key(mention)
        self.reach_of[author] = max(self.reach_of.get(author, 0), mention.reach)
        self._offer(mention, author, intent)
        if (author, mention.story) in self.posts:
            return
        self.posts.add((author, mention.story))
        self.sources[mention.source] += 1
        self.langs[mention.lang] += 1
        if mention.sentiment is not None:
            self.sentiments[mention.sentiment.label] += 1
        if version := version_of(mention):
            self.versions[version] += 1
        if mention.rating is not None:
            self.ratings.append(mention.rating)

    def add_before(self, mention: Mention) -> None:
        """Count a post of the period before."""
        self.before.add((author_key(mention), mention.story))

    def _offer(self, mention: Mention, author: str, intent: str) -> None:
        """Keep the post among the clearest if it is one of them, one of each author and story.

        What others have no business with comes last: personal data and abuse. A short answer
        ("+1, please") says nothing where it stands alone.
        """
        sure = max((one.confidence for one in mention.intents if one.label == intent), default=0.0)
        clear = (
            mention.contains_personal_data,
            mention.abusive,
            agrees(mention),
            not mention.url,
            mention.is_copy,
            -round(sure, 1),
            abs(len(mention.text) - _READABLE),
            mention.published,
            mention.id,
        )
        offered = (clear, mention.story, Quote.of(mention))
        self._quotes[author] = min(self._quotes.get(author, offered), offered, key=_clearness)
        if len(self._quotes) > _KEPT_QUOTES:
            del self._quotes[max(self._quotes, key=lambda one: _clearness(self._quotes[one]))]


def in_common(one: str, other: str) -> float:
    """The share of the words of two texts that both have."""
    mine, theirs = set(words(one)), set(words(other))
    return len(mine & theirs) / max(1, len(mine | theirs))


def _clearness(offered: _Offered) -> tuple[Any, ...]:
    return offered[0]


def tallied(
    pipeline: Pipeline,
    brand: Brand,
    kind: EntryKind,
    *,
    since: datetime,
    until: datetime,
    team: str | None = None,
) -> dict[str, Tally]:
    """The tally of every entry that was asked for in [since, until), or in as long a time before.

    With `team` only posts count whose case that team has.
    """
    found: dict[str, Tally] = {}
    begin = since - (until - since)
    for some in in_parts(
        _of_team(asking(pipeline.store, brand, kind, since=begin, until=until), team)
    ):
        with pipeline.read() as connection:
            ids = [mention.id for mention in some]
            entries = book.placed_among(connection, kind, brand.name, ids)
        for mention in some:
            if mention.id not in entries:  # it came in while this digest is gathered
                continue
            tally = found.setdefault(entries[mention.id], Tally())
            if mention.published >= since:
                tally.add(mention, INTENTS[kind])
            else:
                tally.add_before(mention)
    return found


def _of_team(mentions: Iterable[Mention], team: str | None) -> Iterable[Mention]:
    return (one for one in mentions if team is None or one.case_team == team)

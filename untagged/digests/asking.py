"""Who asks: a brand's posts of one intent, as far as a digest of entries needs them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from alerts.digests.entries.entry import INTENTS, EntryKind
from alerts.digests.entries.settling import Placed
from mentions.brand import Brand
from mentions.facets import author_key
from mentions.mention import Mention
from mentions.query.tree import And, Not, Or, Query, Value
from mentions.query.values import stored_keyword
from mentions.store import MentionStore

AT_ONCE = 500
"""Posts that are looked up together."""
MAX_READ_CHARACTERS = 1_000
"""Of a post, when it is compared: a wish is said in a few sentences."""
AGREEING_WORDS = 12
"""An answer of at most so many agrees with what it answers: 'yes please, I wait for this, too'."""
MOST_STEPS = 4
"""Answers to answers that are followed up to what they are about."""
VERSION = "version:"
"""What the tag of a review in a store begins with that tells the version of the app."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A post that asks, in the words that are compared with others.

    `whose` is the post whose words these are: of somebody who only agrees, what they agree with.
    """

    placed: Placed
    text: str
    lang: str
    whose: str


def askers_of(
    store: MentionStore, kind: EntryKind, mentions: Iterable[Mention]
) -> dict[str, Asker]:
    """The posts that ask, by id. '+1' below a post that asks says what that one says."""
    own = list(mentions)
    answered = _answered(store, kind, own)
    return {one.id: _asker(one, answered.get(one.id, one)) for one in own}


def _asker(mention: Mention, said: Mention) -> Asker:
    return Asker(placed_of(mention), asked_text(said), said.lang, said.id)


def _answered(
    store: MentionStore, kind: EntryKind, mentions: Iterable[Mention]
) -> dict[str, Mention]:
    """Of each post that only agrees, the one it agrees with, some steps up its thread."""
    up = {one.id: one.reply_to for one in mentions if agrees(one)}
    found: dict[str, Mention] = {}
    for _ in range(MOST_STEPS):
        parents = mentions_by_id(store, sorted(set(up.values())))
        further = {}
        for mention_id, parent_id in up.items():
            parent = parents.get(parent_id)
            if parent is None or all(one.label != INTENTS[kind] for one in parent.intents):
                continue
            found[mention_id] = parent
            if agrees(parent):
                further[mention_id] = parent.reply_to
        up = further
    return found


def agrees(mention: Mention) -> bool:
    """Whether it is a short answer, which says what it answers and little by itself."""
    return bool(mention.reply_to) and len(mention.text.split()) <= AGREEING_WORDS


def placed_of(mention: Mention) -> Placed:
    """The mention as entries keep it."""
    return Placed(mention.id, author_key(mention), mention.story, mention.published)


def asked_text(mention: Mention) -> str:
    """Its title and text on one line."""
    title = mention.title.strip()
    while title[:3].casefold() == "re:":
        title = title[3:].strip()
    both = f"{title}{'' if title[-1:] in '.!?' else '.'} {mention.text}" if title else mention.text
    return " ".join(both.split())[:MAX_READ_CHARACTERS]


def asking(
    store: MentionStore, brand: Brand, kind: EntryKind, *, since: datetime, until: datetime
) -> Iterator[Mention]:
    """The brand's posts of the intent, oldest first, but for spam and what the brand says itself.

    At constant memory.
    """
    name, intent = Value("brand", brand.name.casefold()), Value("intent", INTENTS[kind])
    query = Query(f"{kind} of {brand.name}", And((name, intent, Not(Value("intent", "spam")))))
    for mention in store.iterate(query, since=since, until=until):
        if not brand.owns(mention.author.handle, mention.platform):
            yield mention


def in_one_language(askers: Iterable[Asker]) -> tuple[list[str], str]:
    """The different texts in the language that most of the posts are in, in order; and which."""
    texts: dict[str, set[str]] = {}
    for one in askers:
        texts.setdefault(one.lang, set()).add(one.text)
    lang = min(texts, key=lambda one: (-len(texts[one]), one), default="und")
    return sorted(texts.get(lang, ())), lang


def in_parts(mentions: Iterable[Mention], size: int = AT_ONCE) -> Iterator[list[Mention]]:
    """The mentions, so many at a time."""
    stream = iter(mentions)
    while part := list(islice(stream, size)):
        yield part


def mentions_by_id(store: MentionStore, ids: Sequence[str]) -> dict[str, Mention]:
    """Those of the mentions that are still there, by id."""
    found: dict[str, Mention] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = tuple(Value("id", stored_keyword("id", one)) for one in ids[start : start + AT_ONCE])
        wanted = set(ids[start : start + AT_ONCE])
        stored = store.iterate(Query("posts of entries", Or(some)))
        found.update({one.id: one for one in stored if one.id in wanted})
    return found


def version_of(mention: Mention) -> str:
    """The version of the app that a review is about, '' where its store told none."""
    tags = (tag for tag in mention.tags if tag.startswith(VERSION))
    return next(tags, "").removeprefix(VERSION)

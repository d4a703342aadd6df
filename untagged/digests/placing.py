"""Placing: posts that are in no entry yet are put together and join the entries that are known."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from alerts.digests.entries import book, settling
from alerts.digests.entries.entry import EntryKind, kind_of
from alerts.digests.entries.forgetting import forget_members
from alerts.digests.entries.settling import Found, Placed
from mentions.brand import Brand
from untagged.digests.asking import (
    AT_ONCE,
    Asker,
    askers_of,
    asking,
    in_one_language,
    in_parts,
    mentions_by_id,
)
from untagged.digests.likeness import Likeness
from untagged.explaining import ignored_tokens
from untagged.pipeline import Pipeline

MOST_TOGETHER = 2_000
"""Posts that are compared with each other at once. More are placed part by part, oldest first:
what one part founded, the next one joins."""
MOST_KNOWN = 3_000
"""Entries that new posts may go on with: those about which somebody decided something first, then
those with most posts. What only one person asked for once is left out first."""
MOST_ANCHORS = 4_000
"""Posts of these that are compared with new ones; what belongs to others joins the nearest."""
MAX_TITLE_CHARACTERS = 120
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Known:
    """The entries of before, and what people decided about them.

    `texts` are examples of each entry in each of its languages: (entry, language, texts).
    `anchors` are such posts, each with its entry, that new ones are put together with; on nine
    weeks of the town's requests that was right more often than looking for the nearest entry of
    each new group (B-cubed F1 0.83 instead of 0.77, with the same clustering).
    `partings` are (post, entry) that do not belong together.
    """

    texts: Sequence[tuple[str, str, Sequence[str]]] = ()
    anchors: Sequence[tuple[str, Asker]] = ()
    partings: Collection[tuple[str, str]] = frozenset()


def place_new(
    pipeline: Pipeline,
    brand: Brand,
    kind: EntryKind,
    likeness: Likeness,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
) -> int:
    """Put every post of the window that is in no entry into one; how many entries are new.

    Doing it again changes nothing. Nobody waits while texts are compared: only what comes of it is
    written in a transaction.
    """
    made = 0
    unplaced = _unplaced(pipeline, brand, kind, since=since, until=until)
    while part := list(islice(unplaced, MOST_TOGETHER)):
        with pipeline.read() as connection:
            stories = list({one.placed.story for one in part})
            copies = book.placed_stories(connection, kind, brand.name, stories)
        known = _known(pipeline, brand, kind, since=since)
        found = [
            Found((one.placed,), copies[one.placed.story])
            for one in part
            if one.placed.story in copies
        ]
        rest = [one for one in part if one.placed.story not in copies]
        found += grouped(rest, known, likeness, names=ignored_tokens(brand))
        with pipeline.begin() as connection:
            made += settling.settle(connection, kind, brand.name, found, now=now)
        _forget_gone(pipeline, found)
    return made


def _forget_gone(pipeline: Pipeline, found: Sequence[Found]) -> None:
    """Take out what was deleted or erased while it was compared: nobody else would any more."""
    ids = {one.title_from for one in found if one.title_from}
    ids |= {post.mention_id for one in found for post in one.posts}
    there = mentions_by_id(pipeline.store, sorted(ids))
    if gone := sorted(ids - there.keys()):
        with pipeline.begin() as connection:
            forget_members(connection, gone)


def entitle(pipeline: Pipeline, ids: Collection[str], likeness: Likeness, *, brand: Brand) -> None:
    """Give entries whose title was erased another one, in the words of those who are left.

    So it does for those that a post or two gave a title which says too little by now: it is chosen
    among their first posts (`settling.TITLED_BY`), so that it stays when more come.
    """
    with pipeline.read() as connection:
        bare = settling.untitled_among(connection, ids)
        grown = settling.outgrown_among(connection, ids)
    titles = _titles(pipeline, dict.fromkeys(bare, ""), likeness, brand, limit=AT_ONCE)
    others = _titles(pipeline, grown, likeness, brand, limit=settling.TITLED_BY)
    if titles or others:
        with pipeline.begin() as connection:
            settling.entitle(connection, titles)
            settling.retitle(connection, others)


def _titles(
    pipeline: Pipeline, known: Mapping[str, str], likeness: Likeness, brand: Brand, *, limit: int
) -> list[tuple[str, str, str]]:
    """Of each entry whose title is poor one in the words of its oldest posts, and whose it is."""
    titles = []
    names = ignored_tokens(brand)
    with pipeline.read() as connection:
        members = {
            one: book.members_of(connection, one, limit=limit, newest=False) for one in known
        }
    for entry_id, own in members.items():
        there = mentions_by_id(pipeline.store, [one.mention_id for one in own])
        askers = askers_of(pipeline.store, kind_of(entry_id), there.values())
        texts, lang = in_one_language(askers.values())
        if askers and (
            not known[entry_id] or likeness.is_poor(known[entry_id], texts, lang, names)
        ):
            titles.append((entry_id, *titled(list(askers.values()), likeness, names)))
    return titles


def grouped(
    askers: Iterable[Asker], known: Known, likeness: Likeness, *, names: Collection[str] = ()
) -> list[Found]:
    """The posts by what they say, the same whatever their order.

    Those of a known entry name it; the others have a title, and the oldest comes first. `names`
    are the brand's.
    """
    copies = _by_words(askers)
    labels = _labels([same[0] for same in copies], known, likeness)
    groups: dict[int, list[list[Asker]]] = {}
    for label, same in zip(labels.of_heads, copies, strict=True):
        groups.setdefault(label, []).append(same)
    fresh = [label for label in groups if label not in labels.entries]
    went_on = dict(
        zip(fresh, _gone_on([groups[one] for one in fresh], known, likeness), strict=True)
    )
    found = []
    for label, group in groups.items():
        posts = tuple(sorted((one.placed for same in group for one in same), key=_age))
        entry_id = labels.entries.get(label) or went_on[label]
        words = ("", "") if entry_id else titled([same[0] for same in group], likeness, names)
        found.append(Found(posts, entry_id, *words))
    return sorted(found, key=lambda one: _age(one.posts[0]))


@dataclass(frozen=True, slots=True)
class _Labels:
    """The label of each head, and the entry of each label that has an anchor."""

    of_heads: Sequence[int]
    entries: Mapping[int, str]


def _labels(heads: Sequence[Asker], known: Known, likeness: Likeness) -> _Labels:
    """Put the heads together beside the anchors, as people want these together and apart."""
    anchors = known.anchors
    texts = [*(one for _, one in anchors), *heads]
    if not texts:
        return _Labels((), {})
    places: dict[str, list[int]] = {}
    for at, (entry_id, _) in enumerate(anchors):
        places.setdefault(entry_id, []).append(at)
    together = [(own[0], other) for own in places.values() for other in own[1:]]
    of_post = {one.placed.mention_id: at for at, (_, one) in enumerate(anchors)}
    apart = [
        (of_post[mention_id], other)
        for mention_id, entry_id in sorted(known.partings)
        if mention_id in of_post
        for other in places.get(entry_id, ())
    ]
    labels = likeness.cluster(
        [one.text for one in texts],
        langs=[one.lang for one in texts],
        together=together,
        apart=apart,
    )
    entries: dict[int, Counter[str]] = {}
    for (entry_id, _), label in zip(anchors, labels, strict=False):
        entries.setdefault(label, Counter())[entry_id] += 1
    chosen = {label: _most(counts) for label, counts in entries.items()}
    return _Labels(labels[len(anchors) :], chosen)


def _gone_on(
    groups: Sequence[list[list[Asker]]], known: Known, likeness: Likeness
) -> list[str | None]:
    """Which known entry each group goes on with, None if it is new."""
    found = [in_one_language(same[0] for same in group) for group in groups]
    near = likeness.nearest(
        [texts for texts, _ in found],
        [texts for _, _, texts in known.texts],
        langs=[lang for _, lang in found],
        known_langs=[lang for _, lang, _ in known.texts],
    )
    return [None if at is None else known.texts[at][0] for at in near]


def titled(askers: Sequence[Asker], likeness: Likeness, names: Collection[str]) -> tuple[str, str]:
    """The clearest words of these posts, and whose they are; they are erased with that post."""
    texts, lang = in_one_language(askers)
    said = " ".join(likeness.title_of(texts, lang, names).split()).lstrip(" ,.;:!?-–")
    plain = said.rstrip("….!? ").casefold()
    whose = next((one for one in askers if plain and plain in one.text.casefold()), None)
    if whose is None:
        whose, said = _as_written(plain, askers)
    short = len(said) <= MAX_TITLE_CHARACTERS
    cut = said if short else said[: MAX_TITLE_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"
    return cut, whose.whose


def _as_written(plain: str, askers: Sequence[Asker]) -> tuple[Asker, str]:
    """Words of a title as a post has them: "#DarkMode" where "dark mode" was read; or all of it.

    Between two of the words there may be a handle, which is not read either.
    """
    words = _WORD.findall(plain)
    if words:
        between = r"[\W_]*(?:@\S+[\W_]+)?"
        there = re.compile(between.join(map(re.escape, words)), re.IGNORECASE)
        for one in askers:
            if found := there.search(one.text):
                start = found.start() - (one.text[: found.start()][-1:] in ("#", "€", "$", "£"))
                said = one.text[start : found.end()]
                return one, said[:1].upper() + said[1:]
    least = min(askers, key=lambda one: (len(one.text), one.text))
    return least, least.text


def _by_words(askers: Iterable[Asker]) -> list[list[Asker]]:
    """Posts of one story or of the same words together, the oldest first in each."""
    stories: dict[str, list[Asker]] = {}
    words: dict[str, list[Asker]] = {}
    for one in sorted(askers, key=lambda asker: _age(asker.placed)):
        same = stories.get(one.placed.story) or words.get(one.text.casefold()) or []
        same.append(one)
        stories[one.placed.story] = words[one.text.casefold()] = same
    return list({id(same): same for same in stories.values()}.values())


def _age(post: Placed) -> tuple[datetime, str]:
    return post.published, post.mention_id


def _most(counts: Counter[str]) -> str:
    """The most frequent; the first by name among as frequent ones."""
    most = max(counts.values())
    return min(one for one, number in counts.items() if number == most)


def _unplaced(
    pipeline: Pipeline, brand: Brand, kind: EntryKind, *, since: datetime, until: datetime
) -> Iterator[Asker]:
    for some in in_parts(asking(pipeline.store, brand, kind, since=since, until=until)):
        with pipeline.read() as connection:
            ids = [one.id for one in some]
            there = book.placed_among(connection, kind, brand.name, ids)
        fresh = [one for one in some if one.id not in there]
        yield from askers_of(pipeline.store, kind, fresh).values()


def _known(pipeline: Pipeline, brand: Brand, kind: EntryKind, *, since: datetime) -> Known:
    """What is known by now, with the texts of the posts by which it is known."""
    with pipeline.read() as connection:
        members = book.examples(connection, kind, brand.name, since=since)
        partings = frozenset(book.partings(connection, kind, brand.name))
    decided = {entry_id for _, entry_id in partings}
    decided |= {one.entry_id for some in members.values() for one in some if one.placed_by}
    order = sorted(members, key=lambda one: (one not in decided, -len(members[one]), one))
    first = order[:MOST_KNOWN]
    posts = [one.mention_id for entry_id in first for one in members[entry_id]]
    there = mentions_by_id(pipeline.store, posts)
    asked = askers_of(pipeline.store, kind, there.values())
    askers = {
        entry_id: [asked[one.mention_id] for one in members[entry_id] if one.mention_id in asked]
        for entry_id in first
    }
    anchors = [(entry_id, one) for entry_id in first for one in askers[entry_id]]
    return Known(
        texts=[group for entry_id, some in askers.items() for group in _by_lang(entry_id, some)],
        anchors=anchors[:MOST_ANCHORS],
        partings=partings,
    )


def _by_lang(entry_id: str, askers: Sequence[Asker]) -> list[tuple[str, str, list[str]]]:
    langs = sorted({one.lang for one in askers})
    return [(entry_id, lang, [one.text for one in askers if one.lang == lang]) for lang in langs]

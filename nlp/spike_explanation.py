"""What changed when a brand's series rose: in words, posts, places, people and moods.

Pure: posts in, an explanation out. It holds ids and counts, no post's text and no author's name,
so that what is taken back or erased is not kept here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mentions.errors import UntaggedError
from mentions.mention import Mention
from nlp.spike_carriers import Carrier, carriers, largest_story
from nlp.spike_shares import (
    NOTABLE_POINTS,
    Mood,
    Share,
    grown_shares,
    is_loud,
    loudest_author,
    negative_share,
)
from nlp.spike_terms import SpikeTerm, author_of, leading, spike_terms

TOLD_SHARES = 3
REPEATED = 1.5
"""Posts a story from which on it is told that people repeat one another."""
_ASKED = {"complaints": (("intent", "complaint"),)}
"""A share that the signal itself counts says nothing new."""
_LANGUAGES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French",
    "hi": "Hindi", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "th": "Thai",
    "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One side of the comparison.

    `posts` are those of the signal, oldest first, or some of the `there` that there are; `mood` is
    that of all of the brand's.
    """

    posts: Sequence[Mention]
    mood: Mood
    there: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the posts from `since` to `until` have that those of the `days` before had not.

    `is_same_hours` says whether the words were set against the same hours or against whole days.
    `posts`, `stories` and `authors` are counted in the window; `largest_story` is the id of the
    story that most of the posts tell, '' if none is told twice. Of very many posts, `there` are
    in the window and the counted ones are a sample of them, taken evenly over it.
    """

    brand: str
    signal: str
    since: datetime
    until: datetime
    days: int
    is_same_hours: bool
    posts: int
    stories: int
    authors: int
    largest_story: str
    largest_story_posts: int
    terms: tuple[SpikeTerm, ...]
    carriers: tuple[Carrier, ...]
    shares: tuple[Share, ...]
    negative: Share | None
    loudest: Share | None
    there: int = 0

    @property
    def is_sample(self) -> bool:
        """Whether only some of the posts were read."""
        return self.there > self.posts

    def said(self) -> str:
        """A few sentences for a message; they quote no post."""
        said = [_said_terms(self.terms), _said_voices(self), *_said_shares(self)]
        return " ".join(sentence[0].upper() + sentence[1:] for sentence in said if sentence)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; `from_json` reads it."""
        written: dict[str, Any] = _EXPLANATION.dump_python(self, mode="json")
        return written

    @classmethod
    def from_json(cls, record: object) -> "Explanation":
        """Read `to_json`. Raises UntaggedError if it is none."""
        try:
            return _EXPLANATION.validate_python(record, strict=False)
        except ValidationError as error:
            raise UntaggedError(f"what was kept is no explanation: {error}") from error


_EXPLANATION = TypeAdapter(Explanation)


def explained(
    *,
    brand: str,
    signal: str,
    since: datetime,
    until: datetime,
    now: Told,
    before: Sequence[Told],
    whole_days: Sequence[Mention] | None = None,
    ignoring: Collection[str] = (),
) -> Explanation:
    """The explanation of `now` against `before`, a side for each day; `ignoring` are tokens.

    `whole_days` are compared with for the words instead, where the same hours hold too few posts
    to tell a word that is new from one that is rare; shares go with the hour of the day.
    Near copies count once for the words, every post counts for the shares.
    """
    usual = [post for day in before for post in day.posts]
    compared = usual if whole_days is None else whole_days
    found = spike_terms(now.posts, compared, ignoring=ignoring)
    shown = leading(found, now.posts)
    story = largest_story(now.posts)
    return Explanation(
        brand=brand,
        signal=signal,
        since=since,
        until=until,
        days=len(before),
        is_same_hours=whole_days is None,
        posts=len(now.posts),
        stories=len({post.story for post in now.posts}),
        authors=len({author_of(post) for post in now.posts}),
        largest_story=story.id if story else "",
        largest_story_posts=story.posts if story else min(1, len(now.posts)),
        terms=tuple(term for _, term in shown),
        carriers=tuple(carriers(now.posts, found, [gram for gram, _ in shown], story)),
        shares=tuple(grown_shares(now.posts, usual, besides=_ASKED.get(signal, ()))),
        negative=negative_share(now.mood, [day.mood for day in before]),
        loudest=loudest_author(now.posts, [day.posts for day in before]),
        there=max(now.there, len(now.posts)),
    )


def said_share(share: Share) -> str:
    """'73 % on mastodon, usually 41 %'."""
    now, usual = f"{100 * share.now:.0f} %", f"usually {100 * share.usual:.0f} %"
    if share.what == "author":
        return f"1 author wrote {now}"
    return f"{now} {share_name(share)}, {usual}"


def share_name(share: Share) -> str:
    """'on mastodon', 'in German', 'about the app', 'complaint'."""
    value = share.value.replace("_", " ")
    match share.what:
        case "platform":
            return f"on {value}"
        case "lang":
            return f"in {_LANGUAGES.get(value, value)}"
        case "topic":
            return f"about {value}"
        case "author":
            return "by one author"
        case "intent" | "negative":
            return value


def _said_terms(terms: Sequence[SpikeTerm]) -> str:
    if not terms:
        return ""
    return "Stands out: " + ", ".join(f"“{term.text}” ({term.voices})" for term in terms) + "."


def _said_voices(one: Explanation) -> str:
    posts = _counted(one.posts, "post")
    if one.is_sample:
        posts = f"of {one.there:,} posts {one.posts:,} were read: {posts}"
    people = f"{posts} by {_counted(one.authors, 'author')}"
    if one.stories and one.posts >= REPEATED * one.stories:
        stories = f"tell {one.stories} stories" if one.stories > 1 else "tell one story"
        repeated = f", one of them {one.largest_story_posts} times" if one.stories > 1 else ""
        people = f"{people} {stories}{repeated}"
    loud = f"; {said_share(one.loudest)}" if one.loudest and is_loud(one.loudest) else ""
    return f"{people}{loud}." if one.posts else ""


def _said_shares(one: Explanation) -> list[str]:
    told = [_said_negative(one.negative)] if one.negative else []
    told += [said_share(share) for share in one.shares[:TOLD_SHARES]]
    return [f"{'; '.join(told)}."] if told else []


def _said_negative(share: Share) -> str:
    if abs(share.now - share.usual) < NOTABLE_POINTS:
        return f"as negative as usual ({100 * share.now:.0f} % of all posts)"
    return f"{said_share(share)} of all posts"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"

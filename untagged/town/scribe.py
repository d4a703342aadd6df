"""Scribe: turns words into posts, with an author, a number, echo and fate."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

from untagged.town.people import Cast, Person
from untagged.town.phrasebook import Phrasebook, phrasebook
from untagged.town.post import Edit, Post, Said, number_of
from untagged.town.voice import voiced

_EDITED, _DELETED = 0.012, 0.010
SHORT_FORM = "mastodon"


class Scribe:
    """Writes the posts of one stream or crisis, with its own dice."""

    def __init__(self, rng: random.Random, cast: Cast) -> None:
        self.rng = rng
        self.cast = cast
        self.book: Phrasebook = phrasebook()

    def write(
        self,
        said: Said,
        author: Person,
        at: datetime,
        *,
        site: str = SHORT_FORM,
        reply_to: Post | None = None,
        crisis: str = "",
        calm: bool = False,
    ) -> Post:
        """A post in its author's voice. Firms and reporters write as they are written.

        A `calm` one belongs to a crisis that is none: hashtags and echo are those of any day.
        """
        is_trouble = bool(crisis) and not calm
        if site != SHORT_FORM:
            at = at.replace(microsecond=0)  # an RSS date knows no smaller unit (RFC 822)
        elif author.number >= 1000:
            said = replace(said, text=voiced(self.rng, said, author, crisis=is_trouble))
        likes = self._echo(author, crisis=is_trouble)
        number = number_of(at, self.rng.getrandbits(16))
        post = Post(
            number=number,
            site=site,
            author=author,
            said=said,
            published=at,
            reply_to=reply_to.number if reply_to else None,
            thread=(reply_to.thread or reply_to.number) if reply_to else number,
            crisis=crisis,
            likes=likes,
            shares=int(likes * self.rng.uniform(0.05, 0.35)),
        )
        return post if author.brand else self._with_fate(post)

    def _echo(self, author: Person, *, crisis: bool) -> int:
        heard = author.followers**0.55 * self.rng.lognormvariate(-2.2, 1.1)
        return int(heard * (2.5 if crisis else 1))

    def _with_fate(self, post: Post) -> Post:
        """Most posts stay as they are; a few are edited, a few taken back."""
        fate = self.rng.random()
        if post.site == SHORT_FORM and fate < _EDITED and len(post.said.text) < 440:
            note, _ = self.book.pick(self.rng, "answers", "edit", "en")
            at = post.published + timedelta(seconds=self.rng.randrange(60, 3_000))
            return replace(post, edit=Edit(at, f"{post.said.text}\n\n{note.text}"))
        if fate > 1 - _DELETED:
            after = timedelta(seconds=self.rng.randrange(600, 72_000))
            return replace(post, deleted_at=post.published + after)
        return post

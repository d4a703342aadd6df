"""Town: what has been published by now, and nothing of what is to come."""

import heapq
import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, TextIO

from mentions.errors import NotFound
from untagged.town.chronicle import Chronicle
from untagged.town.clock import Clock
from untagged.town.people import Person, cast_of, newcomer
from untagged.town.post import Edit, Post, Said, number_of
from untagged.town.site import Site
from untagged.town.story import Story
from untagged.town.truth import truth_of

KEPT_POSTS = 50_000
"""A town that runs for months forgets the oldest, so that its memory stays bounded."""
_AHEAD = timedelta(hours=6)
_FIRST_NEWCOMER = 5_000


class Town:
    """Everything published since `since`. `now()` brings what is due; all else sees that state.

    `truth` gets a JSON line for each post, and again when it changes; the last line of an id holds.
    `chronicle` tells of the crises. Not safe for several threads: the server asks from its one
    event loop.
    """

    def __init__(
        self,
        story: Story,
        clock: Clock,
        *,
        since: datetime,
        sites: Mapping[str, Site],
        base_url: str,
        truth: TextIO | None = None,
        chronicle: Chronicle | None = None,
    ) -> None:
        self.story = story
        self.clock = clock
        self.since = since
        self.base_url = base_url
        self._sites = sites
        self._truth = truth
        self._chronicle = chronicle
        self._posts: dict[int, Post] = {}
        self._numbers: dict[str, list[int]] = {name: [] for name in sites}
        self._replies: dict[int, list[int]] = defaultdict(list)
        self._by_author: dict[str, list[int]] = defaultdict(list)
        self._people = dict(cast_of(story.seed).by_handle)
        self._coming: list[Post] = []
        self._generated_until = since
        self._changes: list[tuple[datetime, int]] = []
        self.now()

    def now(self) -> datetime:
        """The town's time, with everything due by then published."""
        now = self.clock.now()
        while self._generated_until <= now:
            until = max(self._generated_until + _AHEAD, now + timedelta(seconds=1))
            self._coming += self.story.posts(self._generated_until, until)
            self._generated_until = until
        due = 0
        while due < len(self._coming) and self._coming[due].published <= now:
            self._add(self._coming[due], now)
            due += 1
        del self._coming[:due]
        while self._changes and self._changes[0][0] <= now:
            _, number = heapq.heappop(self._changes)
            if number in self._posts:
                self._tell(self._posts[number], now)
        if self._truth:
            self._truth.flush()
        if self._chronicle:
            self._chronicle.tell(now)
        return now

    def numbers(self, site: str) -> Sequence[int]:
        """Numbers of the site's posts, oldest first; some may be deleted."""
        return self._numbers[site]

    def newest(self, site: str, now: datetime) -> Iterator[Post]:
        """The site's posts that still stand at `now`, newest first."""
        posts = (self._posts[number] for number in reversed(self._numbers[site]))
        return (post for post in posts if not post.is_deleted_at(now))

    def ever(self, site: str) -> Iterator[Post]:
        """The site's posts, oldest first, those taken back included."""
        return (self._posts[number] for number in self._numbers[site])

    def find(self, number: int, now: datetime, *, site: str | None = None) -> Post | None:
        """The post, if it is published and still stands."""
        post = self._posts.get(number)
        if post is None or post.is_deleted_at(now) or site not in (None, post.site):
            return None
        return post

    def taken_back(self, number: int, now: datetime, *, site: str) -> Post | None:
        """The post, if it was on the site and its author has taken it back."""
        post = self._posts.get(number)
        return post if post and post.site == site and post.is_deleted_at(now) else None

    def published(self, number: int | None) -> Post | None:
        """The post, taken back or not; None where it was never there, or is forgotten."""
        return None if number is None else self._posts.get(number)

    def replies(self, number: int, now: datetime) -> list[Post]:
        """Direct replies that still stand, oldest first."""
        found = (self.find(reply, now) for reply in self._replies.get(number, ()))
        return [post for post in found if post]

    def replied(self, number: int) -> Iterator[Post]:
        """Direct replies, oldest first, those taken back included."""
        return (self._posts[reply] for reply in self._replies.get(number, ()))

    def by_author(self, handle: str) -> Sequence[int]:
        """Numbers of what they published on any site, oldest first; some may be deleted."""
        return self._by_author.get(handle, ())

    def person(self, handle: str) -> Person | None:
        """Who has that handle, in any case."""
        return self._people.get(handle.casefold())

    def person_numbered(self, number: str) -> Person | None:
        """Who has that account number."""
        return self.person_who(lambda person: str(person.number) == number)

    def person_who(self, test: Callable[[Person], bool]) -> Person | None:
        """The first who is so."""
        return next((person for person in self._people.values() if test(person)), None)

    def path(self, post: Post) -> str:
        """Where the post is shown."""
        return self._sites[post.site].path(post)

    def native_id(self, post: Post) -> str:
        """The id that a spider sees."""
        return self._sites[post.site].id_of(post)

    def native_id_of(self, site: str, number: int) -> str:
        """The id that a spider sees, even of a post that is gone."""
        return self._sites[site].native_id(number)

    def changed(self, site: str, now: datetime) -> datetime:
        """When something of the site was last published, edited or taken back."""
        posts = (self._posts[number] for number in self._numbers[site])
        moments = (
            moment
            for post in posts
            for moment in (post.published, post.edited_at(now), post.deleted_at)
            if moment and moment <= now
        )
        return max(moments, default=self.since)

    def truths(self) -> Iterator[dict[str, Any]]:
        """The truth about every post so far, oldest first, the deleted included."""
        now = self.now()
        return (self.truth(self._posts[number], now) for number in sorted(self._posts))

    def truth(self, post: Post, now: datetime) -> dict[str, Any]:
        """The truth about one post."""
        parent = None if post.reply_to is None else self._posts.get(post.reply_to)
        site = self._sites[post.site]
        return truth_of(post, site, base_url=self.base_url, now=now, parent=parent)

    def publish(
        self,
        said: Said,
        *,
        handle: str,
        site: str = "mastodon",
        reply_to: int | None = None,
        followers: int = 12,
    ) -> Post:
        """Publish a post now, by hand. A reply of an owned account answers its parent."""
        now = self.now()
        if site not in self._sites:
            raise NotFound(f"there is no site {site!r} in town; there are {', '.join(self._sites)}")
        parent = None if reply_to is None else self.find(reply_to, now, site=site)
        if reply_to is not None and parent is None:
            raise NotFound(f"there is no post {reply_to} on {site} to reply to")
        author = self.person(handle) or self._welcome(handle, followers, said.lang)
        published = now.replace(microsecond=now.microsecond // 1000 * 1000)
        number = max(number_of(published, 0), max(self._posts, default=0) + 1)
        post = Post(
            number=number,
            site=site,
            author=author,
            said=said,
            published=published,
            reply_to=reply_to,
            thread=(parent.thread or parent.number) if parent else number,
        )
        self._add(post, now)
        if parent and author.brand and parent.answered_at is None:
            self._replace(replace(parent, answered_at=published), now)
        return post

    def edit(self, number: int, text: str) -> Post:
        """Change a post's text now."""
        now = self.now()
        return self._replace(replace(self._standing(number, now), edit=Edit(now, text)), now)

    def delete(self, number: int) -> Post:
        """Take a post back now."""
        now = self.now()
        return self._replace(replace(self._standing(number, now), deleted_at=now), now)

    def _standing(self, number: int, now: datetime) -> Post:
        post = self.find(number, now)
        if post is None:
            raise NotFound(f"there is no post {number}")
        return post

    def _welcome(self, handle: str, followers: int, lang: str) -> Person:
        number = _FIRST_NEWCOMER + len(self._people)
        person = newcomer(number, handle.casefold(), followers=followers, lang=lang)
        self._people[person.handle] = person
        return person

    def _add(self, post: Post, now: datetime) -> None:
        self._posts[post.number] = post
        self._numbers[post.site].append(post.number)
        self._by_author[post.author.handle].append(post.number)
        if post.reply_to is not None:
            self._replies[post.reply_to].append(post.number)
        for moment in (post.deleted_at, post.edit.at if post.edit else None):
            if moment and moment > now:
                heapq.heappush(self._changes, (moment, post.number))
        self._tell(post, now)
        if len(self._posts) > KEPT_POSTS:
            self._forget(KEPT_POSTS // 10)

    def _replace(self, post: Post, now: datetime) -> Post:
        self._posts[post.number] = post
        self._tell(post, now)
        return post

    def _tell(self, post: Post, now: datetime) -> None:
        if self._truth:
            self._truth.write(json.dumps(self.truth(post, now), ensure_ascii=False) + "\n")

    def _forget(self, count: int) -> None:
        limit = sorted(self._posts)[count]
        self._posts = {n: post for n, post in self._posts.items() if n >= limit}
        indexes = (self._numbers.values(), self._replies.values(), self._by_author.values())
        for numbers in chain.from_iterable(indexes):
            del numbers[: bisect_left(numbers, limit)]
        self._replies = defaultdict(list, {n: r for n, r in self._replies.items() if r})

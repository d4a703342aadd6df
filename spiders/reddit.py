"""reddit: communities, searches with the comments below, own accounts; edits and deletions."""

import base64
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from mentions.collected import Collected, Deletion
from mentions.errors import PostGone, SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.credentials import check_encrypted, secret
from spiders.feed_entry import count
from spiders.harvest import Harvest, Withheld
from spiders.json_answer import object_of, read_json, text_of
from spiders.mention_spider import MentionSpider
from spiders.newest_after import Depth, Descent, joined
from spiders.past import Past, short_of
from spiders.reddit_feed import reddit_feed_mentions
from spiders.reddit_mention import PLATFORM, More, created_at, thing_mention, things_in
from spiders.reddit_params import PAGE_SIZE, RedditParams
from spiders.reddit_tree import Thing, tree
from spiders.seen import MAX_SEEN, Seen

__all__ = ["RedditParams", "RedditSpider"]
_TREES, _WATCHED = "trees", "watched"
_LIST_ENDS = "its list ends there; Reddit lists about 1,000 entries, a feed 100"
_NO_TREES = "the comments below what it finds are left out"
_NO_APP = (
    "Reddit throttles readers without an approved app hard; ask it for one and name"
    " client_id_env and client_secret_env"
)


class RedditSpider(MentionSpider):
    """Reads lists down to where it was, then trees that grew, then what is watched."""

    _headers: dict[str, str] | None = None
    """None where nobody is logged in: the feeds are for strangers."""

    async def harvests(self) -> AsyncGenerator[Harvest, None]:
        """Each list in turn; one that fails does not stop the others."""
        self._params = RedditParams.model_validate(self.source.params)
        self._site = self._params.site
        self._grown: dict[str, int] = {}
        self._first: dict[str, str] = {}
        self._met: dict[str, float] = {}
        self._titles: dict[str, str] = {}
        self._memory: dict[str, Any] = {}
        if not self._params.client_id_env:
            feeds = self._params.feeds
            parts = {part: self._feed(part, feeds[part]) for part in self.parts_to_read(feeds)}
        else:
            try:
                self._headers = await self._log_in()
            except (SourceUnavailable, SourceRefused) as error:
                self.problem("log-in", error)
                return
            lists = self._params.lists
            if self.past:
                unread = self.parts_to_read(lists)
                parts = {p: self._read_past(p, lists[p], self.past) for p in unread}
            else:
                parts = {part: self._list(part, at) for part, at in lists.items()}
                parts |= {_TREES: self._trees(), _WATCHED: self._watched()}
        for part, reading in parts.items():
            try:
                async for harvest in reading:
                    yield harvest
            except (SourceUnavailable, SourceRefused) as error:
                self.problem(part, error)

    async def conversation(self, native_id: str) -> Sequence[Collected | Withheld] | None:
        """The post or comment as it is now, and every comment below it; no way without an app."""
        if self._headers is None:
            return None
        shown = await self._info([native_id])
        if not shown:
            raise PostGone(f"Reddit no longer shows {native_id}")
        things = {native_id: shown[0]}
        if not isinstance(self._read(shown[0]), Deletion | Withheld):
            is_comment = native_id.startswith("t1_")
            post = text_of(shown[0].get("link_id")) if is_comment else native_id
            try:
                for thing in await self._tree(post, comment=native_id if is_comment else ""):
                    things.setdefault(_name(thing), thing)
            except SourceRefused as error:
                # One that its community keeps from us must not take the others' turns.
                self.problem(f"comments below {native_id}", error)
        for thing in things.values():
            self._entitle(thing)
        # A comment's post comes with it, and is none of what followed.
        return [
            self._read(t) for name, t in things.items() if t["kind"] == "t1" or name == native_id
        ]

    async def _log_in(self) -> dict[str, str]:
        """A token for this pass; it is kept nowhere."""
        agent = f"server:untagged:{version('untagged')} (by /u/{self._params.account})"
        client = ":".join(
            secret(name)
            for name in (self._params.client_id_env, self._params.client_secret_env)
            if name
        )
        form = {"grant_type": "client_credentials"}
        if self._params.refresh_token_env:
            refresh = secret(self._params.refresh_token_env)
            form = {"grant_type": "refresh_token", "refresh_token": refresh}
        check_encrypted(self._site, self.source)
        check_encrypted(self._params.api, self.source)
        headers = {
            "Authorization": f"Basic {base64.b64encode(client.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": agent,
        }
        answer = await self.fetch(
            f"{self._site}/api/v1/access_token",
            headers,
            method="POST",
            body=urlencode(form).encode(),
        )
        token = text_of(object_of(read_json(answer)).get("access_token"))
        if not token:
            raise SourceRefused("Reddit gave no token; check the app's id, secret and kind")
        return {"Authorization": f"Bearer {token}", "User-Agent": agent}

    async def _ask(self, path: str) -> Any:
        address = f"{self._params.api}{path}"
        sign = "&" if "?" in path else "?"
        return read_json(await self.fetch(f"{address}{sign}raw_json=1", self._headers))

    async def _list(self, part: str, path: str) -> AsyncIterator[Harvest]:
        cursor = self.cursor.get(part, {})
        depth, seen = Depth.remembered(cursor), Seen(cursor.get("seen", {}))
        floor = self.clock() - self._params.history
        if depth.until:
            # What an earlier pass left comes before what was read already.
            again = timedelta() if depth.left else self._params.recheck
            floor = datetime.fromisoformat(depth.until) - again
        lower, way = depth.left, Descent("", floor.isoformat())
        until = depth.until
        for _ in range(self._params.max_pages):
            things, after = await self._page(path, way)
            if not things and way.after:
                # The post that the list should go on after is gone: from the top once more.
                way = Descent("", way.floor)
                continue
            times = _times(things)
            until = Depth(until).risen(times, now=self.clock())
            has_arrived = not after or way.has_arrived(times)
            rest = None if has_arrived else Descent(after, way.floor)
            # Below the last pass's end there is nothing that must be read.
            owed = None if depth.left is None and depth.reaches(times) else rest
            yield self._harvest(part, things, Depth(until, joined(owed, lower)).to_json(), seen)
            if rest is not None:
                way = rest
            elif lower is not None:
                way, lower = lower, None
            else:
                return

    async def _read_past(self, part: str, path: str, past: Past) -> AsyncIterator[Harvest]:
        """Down the list to where a backfill begins, or on from where an earlier pass was."""
        cursor = self.cursor.get(part, {})
        seen = Seen(cursor.get("seen", {}))
        way = Depth.remembered(cursor).left or Descent("", past.since.isoformat())
        for _ in range(self._params.max_pages):
            things, after = await self._page(path, way)
            if not things and way.after:
                way = replace(way, after="")  # the post to go on after is gone: from the top
                continue
            times = _times(things)
            has_arrived = way.has_arrived(times)
            way = replace(way, after=after)
            short = "" if has_arrived else short_of(past, min(times, default=None), _LIST_ENDS)
            if part.startswith("search:"):
                short = "; ".join(filter(None, (short, _NO_TREES)))
            is_last = has_arrived or not after
            harvest = self._harvest(part, things, Depth(left=way).to_json(), seen)
            yield replace(harvest, is_last=is_last, short=short)
            if is_last:
                return

    async def _page(self, path: str, way: Descent) -> tuple[list[Thing], str]:
        """A page of a list, and the id that the next one goes on after; empty at the end."""
        answer = object_of(await self._ask(f"{path}limit={PAGE_SIZE}&after={way.after}&show=all"))
        if answer.get("kind") != "Listing":
            raise SourceUnavailable("the server answered JSON, but no listing")
        after = text_of(object_of(answer.get("data")).get("after"))
        if after and after == way.after:
            raise SourceUnavailable("the server's pages do not advance")
        return [thing for thing in things_in(answer) if not isinstance(thing, More)], after

    def _harvest(
        self,
        part: str,
        things: Sequence[Thing],
        place: dict[str, Any],
        seen: Seen,
        *,
        gone: Sequence[str] = (),
    ) -> Harvest:
        for thing in things:
            self._remember(part, thing)
        if part != _WATCHED:
            # What several lists show is written once.
            things = [one for one in things if self._first.setdefault(_name(one), part) == part]
        found = [
            self._read(thing)
            # The oldest first, so that a conversation is stored in the order it was held.
            for thing in sorted(things, key=lambda thing: str(thing.get("created_utc")))
        ]
        deletions = (Deletion(f"{self.source.name}:{name}") for name in gone)
        # A list shows again what it showed; trees and what is watched take turns.
        kept = self.cursor.get(part, {}).get("seen", {}) if part in (_TREES, _WATCHED) else {}

        def cursor() -> dict[str, Any]:
            self._memory |= seen.memory
            return {**place, "seen": _newest({**kept, **seen.memory})}

        return Harvest(part, seen.news([*found, *deletions]), cursor)

    def _read(self, thing: Thing) -> Collected | Withheld:
        return thing_mention(
            thing,
            source=self.source.name,
            now=self.clock(),
            platform=self.source.platform or PLATFORM,
            site=self._site,
            titles=self._titles,
        )

    def _remember(self, part: str, thing: Thing) -> None:
        name, made, comments = text_of(thing.get("name")), created_at(thing), 0
        if name and made:
            self._met[name] = made.timestamp()
        if thing["kind"] == "t3":
            comments = count(thing.get("num_comments")) or 0
        self._entitle(thing)
        if part.startswith("search:") and comments:
            self._grown[name] = comments

    def _entitle(self, thing: Thing) -> None:
        """Remember a post's title for the comments below it, which rarely tell it."""
        if thing["kind"] == "t3":
            self._titles[text_of(thing.get("name"))] = text_of(thing.get("title"))
        elif title := text_of(thing.get("link_title")):
            self._titles[text_of(thing.get("link_id"))] = title

    async def _trees(self) -> AsyncIterator[Harvest]:
        """The comments below posts that a search found, where there are more than there were."""
        cursor = self.cursor.get(_TREES, {})
        read, owed = dict(cursor.get("read", {})), dict(cursor.get("owed", {}))
        owed |= {name: total for name, total in self._grown.items() if read.get(name) != total}
        seen = Seen(cursor.get("seen", {}))
        for name in list(islice(owed, self._params.max_trees)):
            things = [thing for thing in await self._tree(name) if thing["kind"] == "t1"]
            read[name] = owed.pop(name)
            yield self._harvest(_TREES, things, {"read": _newest(read), "owed": dict(owed)}, seen)
        yield self._harvest(_TREES, (), {"read": _newest(read), "owed": _newest(owed)}, seen)

    async def _tree(self, post: str, *, comment: str = "") -> list[Thing]:
        return await tree(self._ask, post, comment=comment, max_requests=self._params.max_pages)

    async def _info(self, names: Sequence[str]) -> list[Thing]:
        """Those that are still shown, whole or as taken away; a hundred at most."""
        answer = await self._ask(f"/api/info?id={','.join(names)}")
        return [thing for thing in things_in(answer) if not isinstance(thing, More)]

    async def _watched(self) -> AsyncIterator[Harvest]:
        """Ask again for what was read lately; what is not in the answer any more is deleted."""
        now, cursor = self.clock(), self.cursor.get(_WATCHED, {})
        self._titles = {**cursor.get("titles", {}), **self._titles}
        oldest = (now - self._params.watch).timestamp()
        times = {**cursor.get("ids", {}), **self._met}
        recent = sorted((made, name) for name, made in times.items() if made >= oldest)
        place: dict[str, Any] = {
            "ids": {name: made for made, name in recent[-MAX_SEEN:]},
            "titles": _newest(self._titles),
            "checked_at": cursor.get("checked_at") or now.isoformat(),
        }
        memory = {**cursor.get("seen", {}), **self._memory}
        if now - datetime.fromisoformat(place["checked_at"]) < self._params.watch_every:
            yield Harvest(_WATCHED, (), lambda: {**place, "seen": _newest(memory)})
            return
        place["checked_at"], names, seen = now.isoformat(), list(place["ids"]), Seen(memory)
        for start in range(0, len(names), PAGE_SIZE):
            asked = names[start : start + PAGE_SIZE]
            things = await self._info(asked)
            if not things:
                raise SourceUnavailable("Reddit shows none of the posts that were asked for again")
            gone = set(asked) - {text_of(thing.get("name")) for thing in things}
            place = {**place, "ids": {n: t for n, t in place["ids"].items() if n not in gone}}
            yield self._harvest(_WATCHED, things, place, seen, gone=sorted(gone))

    async def _feed(self, part: str, url: str) -> AsyncIterator[Harvest]:
        try:
            response = await self.fetch(url)
        except SourceRefused as error:
            raise SourceRefused(f"{error}. {_NO_APP}") from error
        except SourceUnavailable as error:
            said = f"{error}. {_NO_APP}"
            raise SourceUnavailable(said, after_seconds=error.after_seconds) from error
        seen = Seen(self.cursor.get(part, {}).get("seen", {}))
        found = list(
            reddit_feed_mentions(
                response.body,
                url=url,
                source=self.source.name,
                now=self.clock(),
                platform=self.source.platform or PLATFORM,
                site=self._site,
            )
        )
        oldest = min((one.published for one in found if isinstance(one, Mention)), default=None)
        short = short_of(self.past, oldest, _LIST_ENDS) if self.past else ""
        news = seen.news(reversed(found))
        yield Harvest(part, news, lambda: {"seen": seen.memory}, is_last=True, short=short)


def _name(thing: Thing) -> str:
    return text_of(thing.get("name")) or str(id(thing))


def _times(things: Sequence[Thing]) -> list[datetime]:
    """When they were written; what is pinned on top says nothing about the place in the list."""
    found = (created_at(thing) for thing in things if thing.get("stickied") is not True)
    return [moment for moment in found if moment is not None]


def _newest(memory: dict[str, Any]) -> dict[str, Any]:
    return dict(list(memory.items())[-MAX_SEEN:])

"""History: what else the author of a case said, and which cases they had, in one store query.

An author is the same where the platform says so: by id within one source, as ids of Mastodon,
Discourse and Stack Exchange are each server's own, else by the profile's address, else by the
handle. A display name is anybody's. Two handles are one person only if the customer's record
says so.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cases.case import excerpt_of
from cases.customers.port import Account, Customer, account_of
from cases.history import EarlierCase
from mentions.mention import Mention
from mentions.query.tree import And, Node, Or, Query, Value
from mentions.query.values import stored_keyword
from untagged.lint import Searched

LOOKED_AT = 100
"""The newest posts of an author that are looked at; who writes more has said enough."""
SHOWN = 6
LATELY = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class AuthorHistory:
    """`posts` are all others that were looked at, the newest first; `is_more` says there are more.

    `lately` is how many were published within the last 90 days. `query` finds them all, the case's
    own posts among them.
    """

    query: str
    posts: tuple[Mention, ...]
    lately: int
    is_more: bool
    cases: tuple[EarlierCase, ...] = ()
    sentiments: dict[str, int] = field(default_factory=dict)
    brands: dict[str, int] = field(default_factory=dict)

    @property
    def lately_said(self) -> str:
        """How many lately: '12', or 'at least 180' where the oldest looked at is not older."""
        is_cut = self.is_more and self.lately == len(self.posts)
        return f"at least {self.lately}" if is_cut else str(self.lately)

    def to_json(self) -> dict[str, Any]:
        """The counts, what is shown of the posts, and the cases."""
        return {
            "query": self.query,
            "posts_seen": len(self.posts),
            "is_more": self.is_more,
            "last_90_days": self.lately,
            "sentiments": self.sentiments,
            "brands": self.brands,
            "posts": [_short(post) for post in self.posts[:SHOWN]],
            "cases": [one.to_json() for one in self.cases],
        }


def history_of(
    store: Searched,
    mention: Mention | None,
    *,
    own: Sequence[str],
    customer: Customer | None = None,
    now: datetime,
) -> AuthorHistory | None:
    """What the mention's author said besides the posts of `own`; None for an author without a name.

    Its cases are still to be looked up. Deleted posts are in no store, so they never show.
    """
    if mention is None or not (names := _names(mention, customer)):
        return None
    tree, text = _query(names)
    found = store.search(Query(text, tree), until=now, limit=LOOKED_AT)
    accounts = set(customer.accounts) if customer else set()
    posts = [
        post
        for post in found.mentions
        if post.id not in own and (_is_same(post, mention) or _account(post) in accounts)
    ]
    labels = Counter(post.sentiment.label for post in posts if post.sentiment)
    brands = Counter(brand.name for post in posts for brand in post.brands)
    return AuthorHistory(
        query=text,
        posts=tuple(posts),
        lately=sum(post.published >= now - LATELY for post in posts),
        is_more=found.cursor is not None,
        sentiments=dict(labels.most_common()),
        brands=dict(brands.most_common()),
    )


def _names(mention: Mention, customer: Customer | None) -> dict[str, set[str]]:
    """By platform, the names under which the author's posts are found."""
    author = mention.author
    names: dict[str, set[str]] = {}
    own = {name for name in (author.id, author.handle) if name.strip()}
    if own:
        names[mention.platform] = own
    for account in customer.accounts if customer else ():
        names.setdefault(account.platform, set()).add(account.name)
    return names


def _query(names: dict[str, set[str]]) -> tuple[Node, str]:
    """The query as a tree and as people write it."""
    nodes: list[Node] = []
    said: list[str] = []
    for platform, its in sorted(names.items()):
        values = sorted({stored_keyword("author", name) for name in its})
        place = Value("platform", stored_keyword("platform", platform))
        nodes.append(And((place, Or(tuple(Value("author", value) for value in values)))))
        authors = " OR ".join(f"author:{_quoted(value)}" for value in values)
        said.append(f"(platform:{_quoted(platform)} AND ({authors}))")
    return (nodes[0] if len(nodes) == 1 else Or(tuple(nodes))), " OR ".join(said)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _is_same(post: Mention, other: Mention) -> bool:
    left, right = post.author, other.author
    if post.platform != other.platform:
        return False
    for mine, theirs, counts in (
        (left.id, right.id, post.source == other.source),
        (left.url, right.url, True),
        (left.handle, right.handle, True),
    ):
        if counts and mine and theirs:
            return mine.casefold() == theirs.casefold()
    return False


def _account(post: Mention) -> Account | None:
    try:
        return account_of(post.author.handle, post.platform)
    except ValueError:
        return None


def _short(post: Mention) -> dict[str, Any]:
    return {
        "id": post.id,
        "published": post.published.isoformat(),
        "platform": post.platform,
        "brands": [brand.name for brand in post.brands],
        "sentiment": post.sentiment.label if post.sentiment else None,
        "url": post.url,
        "text": excerpt_of(post.text or post.title),
    }

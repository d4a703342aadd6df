"""Routing tried: which rule would take a post and why, and what other rules would change.

Nothing is written: no case, no turn, no tag.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from cases import desk
from cases.routing import HANDLED, Explanation, Route, Router, RoutingRule
from mentions.collected import Reject
from mentions.errors import NotFound
from mentions.mention import Author, Mention
from mentions.query.matcher import matches
from mentions.query.parser import parse_query
from mentions.query.tree import And, Node, Or, Query
from untagged.marking import marked
from untagged.on_call_now import on_call_of
from untagged.pipeline import Pipeline
from untagged.settings import Settings
from untagged.watches.asking import asked_by

WINDOW = timedelta(days=7)
MOST = 5_000
"""Posts of a window that are routed while somebody waits; a second holds some ten thousand."""
SHOWN = 500
"""Of those that a page counts by itself; trying other rules looks at MOST."""
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of one post. `agent` and `why_agent` are '' where no case is opened.

    `before` is what was decided already: the team that has its case, or that no case was opened.
    Unless it `is_asked_of`, no rule of the settings looks for a case in it, wherever it would go.
    """

    mention: Mention
    explanation: Explanation
    agent: str = ""
    why_agent: str = ""
    before: str = ""
    is_asked_of: bool = True

    @property
    def case(self) -> str:
        """What becomes of it, in a few words."""
        if not self.is_asked_of:
            needs_one = self.mention.needs_reply
            return "none: no rule asks for it" if needs_one else "none: it needs no reply"
        return self.explanation.route.no_case or "opens one"

    def to_json(self) -> dict[str, Any]:
        """The route with the rules tried, beside the post's id and who would get it."""
        said = {"id": self.mention.id, "needs_reply": self.mention.needs_reply}
        who = {"agent": self.agent, "why_agent": self.why_agent, "before": self.before}
        return {**said, **self.explanation.to_json(), **who, "case": self.case}


@dataclass(frozen=True, slots=True)
class Moved:
    """Posts that other rules would take from one rule to another, with some of them."""

    before: str
    after: str
    posts: int
    examples: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """How many posts of a window each rule took, and how many of them without a case.

    `is_all` is False where only the newest were looked at, or a sample of the `there` that there
    are.
    """

    posts: int
    by_rule: dict[str, int]
    without_case: dict[str, int]
    is_all: bool = True
    moved: tuple[Moved, ...] = ()
    there: int = 0


def typed(
    pipeline: Pipeline, text: str, *, platform: str, followers: int | None, now: datetime
) -> Mention:
    """A post that somebody types, read like any other."""
    post = Mention(
        source="trial",
        native_id="1",
        platform=platform,
        text=text,
        author=Author(followers=followers),
        published=now,
        collected=now,
    )
    (read,) = pipeline.reader().read([post])
    if isinstance(read, Reject):
        raise NotFound(f"this cannot be read: {read.reason}")
    return marked([read])[0]


def stored(pipeline: Pipeline, mention_id: str) -> Mention:
    """A post of the store. Raises NotFound."""
    found = pipeline.store.get(mention_id)
    if found is None:
        raise NotFound(f"there is no mention {mention_id!r}; `untagged search … --json` tells ids")
    return found


def tried(
    pipeline: Pipeline, connection: Any, router: Router, mention: Mention, *, now: datetime
) -> Trial:
    """The rule that takes the mention, those before it, and who would get its case now."""
    explanation = router.explain(mention)
    route, settings = explanation.route, pipeline.settings
    passed = [tag for tag in mention.tags if tag.startswith(HANDLED)]
    before = f"team {mention.case_team} has its case" if mention.case_team else ", ".join(passed)
    asked = asked_of(settings)
    is_asked_of = asked is not None and matches(asked, mention) and not settings.is_owned(mention)
    if route.no_case or not is_asked_of:
        return Trial(mention, explanation, before=before, is_asked_of=is_asked_of)
    on_call = on_call_of(connection, settings, route.team)
    got = desk.would_get(connection, mention, route, teams=settings.teams, now=now, on_call=on_call)
    return Trial(mention, explanation, got.agent, got.reason, before)


def asked_of(settings: Settings) -> Node | None:
    """What posts the rules that open cases look at, and so the routing; None without any."""
    asked = tuple(node for rule in settings.rules if (node := asked_by(rule)) is not None)
    return Or(asked) if asked else None


def in_window(
    pipeline: Pipeline, *, since: datetime, until: datetime, query: Node | None = None
) -> tuple[list[Mention], bool]:
    """The newest posts of the window that the routing is asked about, and whether they are all.

    The oldest of them comes first. Where no rule asks, it is those that need a reply, for who
    writes the routing first.
    """
    settings = pipeline.settings
    wanted = asked_of(settings) or parse_query("needs_reply:true").tree
    both = Query("routing", And((wanted, query)) if query is not None else wanted)
    total = pipeline.store.count(both, since=since, until=until)
    if total <= MOST:
        there = pipeline.store.iterate(both, since=since, until=until)
        return [mention for mention in there if not settings.is_owned(mention)], True
    found: list[Mention] = []
    cursor = None
    while len(found) < MOST:
        page = pipeline.store.search(both, since=since, until=until, limit=500, cursor=cursor)
        found += [mention for mention in page.mentions if not settings.is_owned(mention)]
        cursor = page.cursor
        if cursor is None:
            break
    return found[:MOST][::-1], False


def sampled_lately(
    pipeline: Pipeline, router: Router, *, rules: Sequence[RoutingRule], now: datetime
) -> Taken:
    """How many of the posts of the last days each rule takes; of many, of a sample of SHOWN.

    It is spread evenly over the days, so that each rule has its share of it as of all.
    """
    settings = pipeline.settings
    wanted = asked_of(settings) or parse_query("needs_reply:true").tree
    found = pipeline.store.sample(
        Query("routing", wanted), since=now - WINDOW, until=now, limit=SHOWN
    )
    posts = [mention for mention in found.mentions if not settings.is_owned(mention)]
    is_all = found.total == len(found.mentions)
    counted = taken(posts, router, rules=rules, is_all=is_all)
    return replace(counted, there=found.total)


def taken(
    mentions: Sequence[Mention], router: Router, *, rules: Sequence[RoutingRule], is_all: bool
) -> Taken:
    """How many of the posts each rule takes."""
    return _counted(mentions, [router.route(m) for m in mentions], rules, is_all)


def compared(
    mentions: Sequence[Mention],
    present: Router | None,
    other: Router,
    *,
    rules: Sequence[RoutingRule],
    is_all: bool,
) -> Taken:
    """How many of the posts each of the other `rules` takes, and from which of the present ones."""
    after = [other.route(mention) for mention in mentions]
    before = [present.route(mention) if present else None for mention in mentions]
    changed: dict[tuple[str, str], list[Mention]] = {}
    for mention, was, will in zip(mentions, before, after, strict=True):
        told = (_said(was) if was else "no rule", _said(will))
        if was is None or _outcome(was) != _outcome(will):
            changed.setdefault(told, []).append(mention)
    moved = [
        Moved(was, will, len(found), tuple(islice(found, EXAMPLES)))
        for (was, will), found in sorted(changed.items(), key=lambda one: -len(one[1]))
    ]
    counted = _counted(mentions, after, rules, is_all)
    return Taken(
        counted.posts, counted.by_rule, counted.without_case, is_all=is_all, moved=tuple(moved)
    )


def _counted(
    mentions: Sequence[Mention],
    routes: Sequence[Route],
    rules: Sequence[RoutingRule],
    is_all: bool,
) -> Taken:
    by_rule = Counter(route.rule for route in routes)
    without = Counter(route.rule for route in routes if route.no_case)
    names = [rule.name for rule in rules]
    return Taken(
        len(mentions),
        {name: by_rule[name] for name in names},
        {name: without[name] for name in names},
        is_all=is_all,
    )


def _said(route: Route) -> str:
    case = "no case" if route.no_case else f"{route.priority} for {route.team}"
    return f"{route.rule} ({case})"


def _outcome(route: Route) -> tuple[Any, ...]:
    playbook = route.playbook.name if route.playbook else ""
    return (route.rule, route.team, route.priority, route.sla, route.tags, playbook, route.no_case)

"""What a help desk reads of a case: plain lines, the posts quoted as they were written.

The subject holds no word of a post: it stands in lists, in mails and on phones that lie about.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cases.case import Case, CaseFile, Post
from cases.help_desks.fitting import readable
from cases.help_desks.port import Brief
from mentions.mention import Mention

Lookup = Callable[[str], Mention | None]
MAX_POSTS = 100
"""Of a conversation, the latest; the case has them all."""
MAX_URL_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Told:
    """What is handed over with every case of an installation: its address and the desk's tags."""

    cockpit: str
    tags: tuple[str, ...]


def brief_of(file: CaseFile, key: str, told: Told, lookup: Lookup) -> Brief:
    """The case as a desk gets it."""
    case = file.case
    link = f"{told.cockpit}/cases/{case.id}"
    about = lookup(case.mention_id) if case.mention_id else None
    lines = [f"Case {case.id}: {link}", f"Reference: {key}", "", *_facts(case, about), ""]
    if case.alert_key:
        lines += ["It was opened by an alert:", *_quoted(f"{case.title}\n{case.excerpt}"), ""]
    posts = [post for post in file.posts if post.deleted_at is None]
    if posts:
        shown = posts[-MAX_POSTS:]
        first = "" if len(shown) == len(posts) else f", the last {len(shown)} of {len(posts)} posts"
        lines.append(f"What was said{first}, word for word; mind the links in it:")
    for post in posts[-MAX_POSTS:]:
        lines += ["", *_post(post, lookup)]
    if file.posts and not posts:
        lines.append("What was said has been deleted by its author.")
    return Brief(
        key=key,
        case=case.id,
        subject=_subject(case, about),
        text="\n".join(lines).strip(),
        priority=case.priority,
        tags=told.tags,
        link=link,
    )


def comment_of(post: Post, lookup: Lookup) -> str:
    """What a desk is told of a post that joined the case later."""
    return "\n".join(
        ["More was said, word for word; mind the links in it:", "", *_post(post, lookup)]
    )


def _subject(case: Case, about: Mention | None) -> str:
    if case.alert_key:
        return f"{case.brand}: an alert (case {case.id})"
    what = (case.intent or "post").replace("_", " ")
    where = f" on {about.platform}" if about and about.platform else ""
    return readable(f"{case.brand}: {what}{where} (case {case.id})")


def _facts(case: Case, about: Mention | None) -> list[str]:
    facts = [
        ("Brand", case.brand),
        ("Priority", case.priority),
        ("With", ", ".join(name for name in (case.team, case.agent) if name)),
        ("Why there", case.route_reason),
        ("First response due", _moment(case.frt_due_at)),
        ("Resolution due", _moment(case.rt_due_at)),
    ]
    if about is not None:
        read = [f"{about.sentiment.label} sentiment" if about.sentiment else ""]
        read += [intent.label.replace("_", " ") for intent in about.intents]
        facts += [
            ("Read as", ", ".join(one for one in read if one)),
            ("Topics", ", ".join(about.topics)),
            ("Severity (1 is worst)", str(about.severity or "")),
        ]
    return [f"{name}: {readable(value)}" for name, value in facts if value]


def _post(post: Post, lookup: Lookup) -> list[str]:
    """A post with its author, time and address; a case alone has only its first words."""
    mention = lookup(post.mention_id)
    by = post.author or "somebody"
    where = f" on {mention.platform}" if mention else ""
    followers = mention.author.followers if mention else None
    reach = f" ({followers:,} followers)" if followers else ""
    words = "\n".join(part for part in (mention.title, mention.text) if part) if mention else ""
    head = f"{_moment(post.published_at)}, {by}{where}{reach}"
    url = ["".join(readable(post.url).split())[:MAX_URL_CHARACTERS]] if post.url else []
    return [" ".join(readable(head).split()), *url, *_quoted(words or post.excerpt)]


def _quoted(words: str) -> list[str]:
    """Each line behind a mark, so that none passes for one of ours."""
    return [f"> {line}" for line in readable(words).splitlines()]


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""

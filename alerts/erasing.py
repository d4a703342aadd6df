"""Erasing: what alerts, their messages and the outbox quote of posts whose author is forgotten.

That something was told stays, and so does the key by which nobody is told twice.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sql

from alerts.digests.entries.forgetting import titles_from
from alerts.digests.issued import hold_still
from alerts.digests.tables import issued_digests
from alerts.events.tables import webhook_events
from alerts.quoting import ELLIPSIS, shortened
from alerts.tables import (
    alert_group_members,
    alert_history,
    alerts,
    escalations,
    incident_log,
    incidents,
    outbox,
)
from mentions.mention import Mention

GONE = "(erased at the author's request)"
SOMEBODY = "somebody"
LEAST_QUOTE = 12
"""Characters. Shorter words may be anybody's."""
QUOTE_CHARACTERS = 60
LEAST_NAME = 3
_QUOTING = {"text": GONE, "author": SOMEBODY, "to": "", "url": "", "in_reply_to": "", "title": ""}
"""Keys of a payload's post or reply that give its author away, and what stands there then."""
_IDS = ("id", "mention_id", "mention")
"""Keys of a payload's post, or of a digest's quote, that name the post."""
_BETWEEN_MARKS = re.compile("“([^”]+)”")
_NAMING = ("reason", "title", "text", "author", "facts", "lead")
"""Keys of a payload under which people are named."""
_PLACES: dict[str, tuple[sql.Column[Any], sql.Column[Any] | None]] = {
    "outbox": (outbox.c.payload, outbox.c.created_at),
    "messages": (alert_group_members.c.message, None),
    "escalations": (escalations.c.payload, None),
    "events": (webhook_events.c.data, webhook_events.c.written_at),
    "alerts": (alerts.c.explanation, alerts.c.last_at),
    "alert_posts": (alerts.c.mention_ids, alerts.c.last_at),
    "digests": (issued_digests.c.content, issued_digests.c.changed_at),
}
"""Columns that quote posts, and when a row was last written; what is over empties the others."""


@dataclass(frozen=True)
class Traces:
    """By what an author's posts are known again: their ids, first words, and the author's names.

    An ellipsis ends words that go on. `short` are whole texts with fewer words than tell one post
    from another. `texts` are all of their words, and `titles` those that digests took from there,
    both without case. What is taken out becomes `gone`. Where not `is_unnaming`, names go beside
    the posts themselves and in the reasons of alerts that list them alone, and of titles only
    those that are known. `alerts` are those alerts by number, `alert_keys` by key.
    """

    ids: frozenset[str]
    words: frozenset[str]
    names: frozenset[str]
    handles: frozenset[str] = frozenset()
    short: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    gone: str = GONE
    is_unnaming: bool = True
    alerts: frozenset[int] = frozenset()
    alert_keys: frozenset[str] = frozenset()

    @classmethod
    def of(cls, mentions: Iterable[Mention]) -> "Traces":
        """The traces of these posts, all by one author."""
        ids, words, names, handles = set[str](), set[str](), set[str](), set[str]()
        texts = set[str]()
        for one in mentions:
            ids.add(one.id)
            words |= {one.text, one.title, one.url}
            texts |= {_line(one.text).casefold(), _line(one.title).casefold()}
            names |= {one.author.handle, one.author.name} - {""} or {one.author.id}
            handles |= {one.author.handle} - {""}
        nothing = cls(frozenset(), frozenset(), frozenset(), texts=frozenset(texts - {""}))
        return nothing.also(ids=ids, words=words, names=names, handles=handles)

    def also(
        self,
        *,
        ids: Iterable[str] = (),
        words: Iterable[str] = (),
        names: Iterable[str] = (),
        handles: Iterable[str] = (),
        titles: Iterable[str] = (),
    ) -> "Traces":
        """These traces and others of the same author."""
        said = {_plain(word) for word in words} - {""}
        return replace(
            self,
            ids=self.ids | set(ids),
            words=self.words | {word for word in said if len(word) >= LEAST_QUOTE},
            names=self.names | {name for name in names if len(name) >= LEAST_NAME},
            handles=self.handles | set(handles),
            short=self.short | {word for word in said if len(word) < LEAST_QUOTE},
            titles=self.titles | {title_key(title) for title in titles},
        )

    def is_in(self, value: Any, *, key: str = "") -> bool:
        """Whether the JSON value holds an id or words of theirs, or a reason names them.

        A reason may be about more posts than the message or the alert lists.
        """
        if isinstance(value, dict):
            is_titled = any(self._is_stretch(value[name]) for name in _titling(value))
            is_told = is_titled or self._is_alert(value)
            return is_told or any(self.is_in(one, key=name) for name, one in value.items())
        if isinstance(value, list):
            return any(self.is_in(one, key=key) for one in value)
        if not isinstance(value, str):
            return False
        if key == "lead" and self._untold(value) != value:
            return True
        is_named = key == "reason" and self._handles.search(value) is not None
        return is_named or self._is_theirs(value)

    def is_named_in(self, text: str) -> bool:
        """Whether somebody's own words name them or quote a post of theirs anywhere."""
        line = _line(text)
        starts = (found.start() for found in re.finditer(r"\w+", line))
        return bool(self._names.search(line)) or any(
            self._quotes(line[at:], is_whole=False) for at in starts
        )

    def without(self, value: Any, *, key: str = "", is_own: bool = False) -> Any:
        """The JSON value without what it quotes of theirs, in the same shape.

        `is_own` where it stands beside one of their posts.
        """
        if isinstance(value, dict):
            named = [value.get(name) for name in _IDS]
            own = bool(self.ids.intersection(one for one in named if isinstance(one, str)))
            instead = self._instead(value, is_own=own)
            own = own or is_own or self._is_alert(value)
            return {
                name: instead[name] if name in instead else self.without(one, key=name, is_own=own)
                for name, one in value.items()
            }
        if isinstance(value, list):
            kept = (one for one in value if not (isinstance(one, str) and one in self.ids))
            return [self.without(one, key=key, is_own=is_own) for one in kept]
        if not isinstance(value, str):
            return value
        if self._quotes(value) or (key == "text" and _line(value) in self.short):
            return self.gone
        said = self._untold(value) if key == "lead" else value
        return self.unnamed(said) if key in _NAMING and (self.is_unnaming or is_own) else said

    def _instead(self, value: dict[str, Any], *, is_own: bool) -> dict[str, Any]:
        """What is to stand for some of its keys: a quote's own, a title in the words of a post."""
        titling = _titling(value)
        found = {**_QUOTING, "text": self.gone} if is_own else {}
        # An entry that is called by a post's id is not titled by that post, or not by it alone.
        found = {name: one for name, one in found.items() if name not in titling}
        return found | {name: self.gone for name in titling if self._is_stretch(value[name])}

    def says(self, said: Any) -> bool:
        """Whether the words, enough to be nobody else's, are a stretch of theirs."""
        line = title_key(said) if isinstance(said, str) else ""
        return len(line) >= LEAST_QUOTE and line in self._every_word

    def _is_stretch(self, said: Any) -> bool:
        """Whether a digest took this title, or what is asked, out of the middle of their words."""
        is_known = isinstance(said, str) and title_key(said) in self.titles
        return is_known or (self.is_unnaming and self.says(said))

    def _untold(self, sentence: str) -> str:
        """The sentence of a lead without the titles of theirs between its quotation marks."""
        return _BETWEEN_MARKS.sub(
            lambda one: f"“{self.gone}”" if self._is_stretch(one[1]) else one[0], sentence
        )

    @cached_property
    def _every_word(self) -> str:
        return "\n".join(sorted(self.texts))

    def unnamed(self, text: str) -> str:
        """The text with 'somebody' for the author."""
        return self._names.sub(SOMEBODY, text)

    @cached_property
    def _names(self) -> re.Pattern[str]:
        return _whole({f"@{handle}" for handle in self.handles} | _with_and_without_at(self.names))

    @cached_property
    def _handles(self) -> re.Pattern[str]:
        return _whole({f"@{handle}" for handle in self.handles})

    def unnamed_reason(self, key: str, reason: str) -> str:
        """The reason of the alert of that key, without them if it names them."""
        is_own = key in self.alert_keys
        is_about = is_own or self.is_in(reason, key="reason")
        return str(self.without(reason, key="reason", is_own=is_own)) if is_about else reason

    def _is_alert(self, value: dict[str, Any]) -> bool:
        """Whether it tells of an alert that lists a post of theirs; a message tells of few."""
        return "mention_ids" in value and value.get("id") in self.alerts

    def _is_theirs(self, text: str) -> bool:
        return text in self.ids or self._quotes(text)

    def _quotes(self, text: str, *, is_whole: bool = True) -> bool:
        """Whether the text quotes a post of theirs: it is a short one, or begins as a long one.

        What begins as a short one may be somebody else's, unless more may follow (not `is_whole`).
        """
        said = _line(text)
        known = self._beginnings.get(said[:LEAST_QUOTE], ())
        return any(
            said.startswith(word) if is_cut or not is_whole else said == word
            for word, is_cut in known
        )

    @cached_property
    def _beginnings(self) -> dict[str, list[tuple[str, bool]]]:
        """Words by their first characters: authors have written tens of thousands of posts.

        Each with whether it was cut.
        """
        found: dict[str, list[tuple[str, bool]]] = {}
        for word in self.words:
            kept = word.removesuffix(ELLIPSIS)
            found.setdefault(kept[:LEAST_QUOTE], []).append((kept, kept != word))
        return found


def _titling(value: dict[str, Any]) -> list[str]:
    """The keys of a digest's entry or record whose words are a stretch of some post's."""
    found = ["title"] if "quotes" in value and "title" in value else []
    return [*found, *(["question"] if "question" in value else [])]


def listing_alerts(
    conn: sql.Connection, traces: Traces, *, since: datetime | None = None
) -> Traces:
    """The traces with the alerts that list a post of theirs."""
    wanted = sql.select(alerts.c.id, alerts.c.key, alerts.c.mention_ids)
    if since is not None:
        wanted = wanted.where(alerts.c.last_at >= since)
    found = [(row.id, row.key) for row in conn.execute(wanted) if traces.ids & set(row.mention_ids)]
    numbers, keys = (frozenset(one[at] for one in found) for at in (0, 1))
    return replace(traces, alerts=traces.alerts | numbers, alert_keys=traces.alert_keys | keys)


def erase_quotes(
    conn: sql.Connection, traces: Traces, *, is_trial: bool, since: datetime | None = None
) -> dict[str, int]:
    """Take every quote out; how many rows of each place, also where it is only a trial.

    Replies to them that wait to be sent are not sent any more. What was last written before
    `since` is not looked at.
    """
    if not is_trial:
        hold_still(conn)
    traces = traces.also(titles=titles_from(conn, traces.ids))
    unsent = _unsent_replies(conn, traces)
    counts = {"unsent_replies": len(unsent)}
    if unsent and not is_trial:
        conn.execute(sql.delete(outbox).where(outbox.c.id.in_(unsent)))
    reasons = _reasons(conn, traces, since)
    for place, (column, written_at) in _PLACES.items():
        rows = _quoting(conn, column, traces, _lately(written_at, since))
        counts[place] = len(rows)
        for key, value in () if is_trial else rows:
            conn.execute(sql.update(column.table).where(*key).values({column: value}))
    counts["reasons"] = len(reasons)
    for number, reason in () if is_trial else reasons:
        conn.execute(sql.update(alerts).where(alerts.c.id == number).values(reason=reason))
    return counts


def _lately(written_at: sql.Column[Any] | None, since: datetime | None) -> sql.ColumnElement[bool]:
    return sql.true() if written_at is None or since is None else written_at >= since


def _quoting(
    conn: sql.Connection,
    column: sql.Column[Any],
    traces: Traces,
    is_wanted: sql.ColumnElement[bool],
) -> list[tuple[list[sql.ColumnElement[bool]], Any]]:
    """Rows whose column quotes them: the condition that finds each, and what is to stand there."""
    keys = list(column.table.primary_key.columns)
    found = []
    rows = conn.execute(sql.select(*keys, column).where(column.is_not(None), is_wanted))
    for *values, said in rows:
        if traces.is_in(said) and (cleaned := traces.without(said)) != said:
            where = [key == value for key, value in zip(keys, values, strict=True)]
            found.append((where, cleaned))
    return found


def _reasons(conn: sql.Connection, traces: Traces, since: datetime | None) -> list[tuple[int, str]]:
    """Alerts about their posts whose reason names them, and the reason without."""
    rows = conn.execute(
        sql.select(alerts.c.id, alerts.c.reason, alerts.c.mention_ids).where(
            _lately(alerts.c.last_at, since)
        )
    )
    found = []
    for number, reason, ids in rows:
        is_own = bool(traces.ids.intersection(ids))
        if is_own or traces.is_in(reason, key="reason"):
            said = traces.without(reason, key="reason", is_own=is_own)
            if said != reason:
                found.append((number, said))
    return found


def _unsent_replies(conn: sql.Connection, traces: Traces) -> list[int]:
    rows = conn.execute(
        sql.select(outbox.c.id, outbox.c.payload).where(
            outbox.c.kind == "reply", outbox.c.state != "sent"
        )
    )
    return [number for number, payload in rows if payload.get("mention_id") in traces.ids]


def written_about(conn: sql.Connection, traces: Traces) -> dict[str, list[int]]:
    """The incidents and alerts in which somebody wrote what names or quotes them."""
    said = {
        "incidents": [
            sql.select(incidents.c.id, incidents.c.title),
            sql.select(incident_log.c.incident_id, incident_log.c.text),
        ],
        "alerts": [
            sql.select(alerts.c.id, alerts.c.note),
            sql.select(alert_history.c.alert_id, alert_history.c.note),
        ],
    }
    return {
        place: sorted(
            {
                number
                for query in queries
                for number, text in conn.execute(query)
                if traces.is_named_in(text)
            }
        )
        for place, queries in said.items()
    }


def _with_and_without_at(names: Iterable[str]) -> set[str]:
    return {one for name in names for one in (name, f"@{name}")}


def _whole(names: Iterable[str]) -> re.Pattern[str]:
    """Any of the names; 'ada' is not in '@ada.example' or '@ada@server.example'."""
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![\w@])(?:{known})(?!\w|[.@-]\w)" if known else "(?!)", re.IGNORECASE)


def title_key(text: str) -> str:
    """A title as titles are compared: without case, and without the mark that it was cut."""
    return _line(text).rstrip(f"{ELLIPSIS} ").casefold()


def _line(text: str) -> str:
    """On one line, without what does not show: some quotes have it and some do not."""
    line = " ".join(text.split())
    if line.isprintable():  # nearly every text; to look at each character takes ten times as long
        return line
    return " ".join("".join(one for one in line if one.isprintable()).split())


def _plain(text: str) -> str:
    """The first words, as a quote of them has them; with an ellipsis where there are more."""
    line = _line(text)
    return line if len(line) <= QUOTE_CHARACTERS else shortened(line, QUOTE_CHARACTERS)

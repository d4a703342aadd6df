"""Erasing: what alerts, their messages and the outbox quote of posts whose author is forgotten.

That something was told stays, and so does the key by which nobody is told twice.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sql

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
_NAMING = ("reason", "title", "text", "author", "facts", "lead")
"""Keys of a payload under which people are named."""
_PLACES = {
    "outbox": outbox.c.payload,
    "messages": alert_group_members.c.message,
    "escalations": escalations.c.payload,
    "events": webhook_events.c.data,
    "alerts": alerts.c.explanation,
    "alert_posts": alerts.c.mention_ids,
    "digests": issued_digests.c.content,
}


@dataclass(frozen=True)
class Traces:
    """By what an author's posts are known again: their ids, first words, and the author's names.

    An ellipsis ends words that go on. `short` are whole texts with fewer words than tell one post
    from another.
    """

    ids: frozenset[str]
    words: frozenset[str]
    names: frozenset[str]
    handles: frozenset[str] = frozenset()
    short: frozenset[str] = frozenset()

    @classmethod
    def of(cls, mentions: Iterable[Mention]) -> "Traces":
        """The traces of these posts, all by one author."""
        ids, words, names, handles = set[str](), set[str](), set[str](), set[str]()
        for one in mentions:
            ids.add(one.id)
            words |= {one.text, one.title, one.url}
            names |= {one.author.handle, one.author.name} - {""} or {one.author.id}
            handles |= {one.author.handle} - {""}
        nothing = cls(frozenset(), frozenset(), frozenset())
        return nothing.also(ids=ids, words=words, names=names, handles=handles)

    def also(
        self,
        *,
        ids: Iterable[str] = (),
        words: Iterable[str] = (),
        names: Iterable[str] = (),
        handles: Iterable[str] = (),
    ) -> "Traces":
        """These traces and others of the same author."""
        said = {_plain(word) for word in words} - {""}
        return Traces(
            self.ids | set(ids),
            self.words | {word for word in said if len(word) >= LEAST_QUOTE},
            self.names | {name for name in names if len(name) >= LEAST_NAME},
            self.handles | set(handles),
            self.short | {word for word in said if len(word) < LEAST_QUOTE},
        )

    def is_in(self, value: Any, *, key: str = "") -> bool:
        """Whether the JSON value holds an id or words of theirs, or a reason names them.

        A reason may be about more posts than the message or the alert lists.
        """
        if isinstance(value, dict):
            return any(self.is_in(one, key=name) for name, one in value.items())
        if isinstance(value, list):
            return any(self.is_in(one, key=key) for one in value)
        if not isinstance(value, str):
            return False
        is_named = key == "reason" and self._handles.search(value) is not None
        return is_named or self._is_theirs(value)

    def is_named_in(self, text: str) -> bool:
        """Whether somebody's own words name them or quote a post of theirs anywhere."""
        line = _line(text)
        starts = (found.start() for found in re.finditer(r"\w+", line))
        return bool(self._names.search(line)) or any(
            self._quotes(line[at:], is_whole=False) for at in starts
        )

    def without(self, value: Any, *, key: str = "") -> Any:
        """The JSON value without what it quotes of theirs, in the same shape."""
        if isinstance(value, dict):
            named = [
                one for one in (value.get("id"), value.get("mention_id")) if isinstance(one, str)
            ]
            own = _QUOTING if self.ids.intersection(named) else {}
            return {
                name: own[name] if name in own else self.without(one, key=name)
                for name, one in value.items()
            }
        if isinstance(value, list):
            kept = (one for one in value if not (isinstance(one, str) and one in self.ids))
            return [self.without(one, key=key) for one in kept]
        if not isinstance(value, str):
            return value
        if self._quotes(value) or (key == "text" and _line(value) in self.short):
            return GONE
        return self.unnamed(value) if key in _NAMING else value

    def unnamed(self, text: str) -> str:
        """The text with 'somebody' for the author."""
        return self._names.sub(SOMEBODY, text)

    @cached_property
    def _names(self) -> re.Pattern[str]:
        return _whole({f"@{handle}" for handle in self.handles} | _with_and_without_at(self.names))

    @cached_property
    def _handles(self) -> re.Pattern[str]:
        return _whole({f"@{handle}" for handle in self.handles})

    def unnamed_reason(self, reason: str) -> str:
        """The reason of an alert, without them if it names them."""
        is_about = self.is_in(reason, key="reason")
        return str(self.without(reason, key="reason")) if is_about else reason

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


def erase_quotes(conn: sql.Connection, traces: Traces, *, is_trial: bool) -> dict[str, int]:
    """Take every quote out; how many rows of each place, also where it is only a trial.

    Replies to them that wait to be sent are not sent any more.
    """
    unsent = _unsent_replies(conn, traces)
    counts = {"unsent_replies": len(unsent)}
    if unsent and not is_trial:
        conn.execute(sql.delete(outbox).where(outbox.c.id.in_(unsent)))
    reasons = _reasons(conn, traces)
    for place, column in _PLACES.items():
        rows = _quoting(conn, column, traces)
        counts[place] = len(rows)
        for key, value in () if is_trial else rows:
            conn.execute(sql.update(column.table).where(*key).values({column: value}))
    counts["reasons"] = len(reasons)
    for number, reason in () if is_trial else reasons:
        conn.execute(sql.update(alerts).where(alerts.c.id == number).values(reason=reason))
    return counts


def _quoting(
    conn: sql.Connection, column: sql.Column[Any], traces: Traces
) -> list[tuple[list[sql.ColumnElement[bool]], Any]]:
    """Rows whose column quotes them: the condition that finds each, and what is to stand there."""
    keys = list(column.table.primary_key.columns)
    found = []
    rows = conn.execute(sql.select(*keys, column).where(column.is_not(None)))
    for *values, said in rows:
        if traces.is_in(said):
            where = [key == value for key, value in zip(keys, values, strict=True)]
            found.append((where, traces.without(said)))
    return found


def _reasons(conn: sql.Connection, traces: Traces) -> list[tuple[int, str]]:
    """Alerts about their posts whose reason names them, and the reason without."""
    rows = conn.execute(sql.select(alerts.c.id, alerts.c.reason, alerts.c.mention_ids))
    return [
        (number, said)
        for number, reason, ids in rows
        if (traces.ids & set(ids) or traces.is_in(reason, key="reason"))
        and (said := traces.without(reason, key="reason")) != reason
    ]


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


def _line(text: str) -> str:
    """On one line, without what does not show: some quotes have it and some do not."""
    return " ".join("".join(one for one in text if one.isprintable() or one.isspace()).split())


def _plain(text: str) -> str:
    """The first words, as a quote of them has them; with an ellipsis where there are more."""
    line = _line(text)
    return line if len(line) <= QUOTE_CHARACTERS else shortened(line, QUOTE_CHARACTERS)

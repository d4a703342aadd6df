"""Copies: which posts of the last days say nearly the same, kept as signatures of their words.

The post of a story that is processed first leads it: later ones are compared with it alone, so
that a story does not wander off by small changes. When the signature of a leader goes, its oldest
copy leads on under the same id. What was decided for a post is kept beside its signature, so that
a batch processed again, or by two processes at once, gets the same answer.

Functions take a Connection inside a transaction that the caller began.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from mentions.mention import MAX_ID_CHARACTERS, Mention
from mentions.signature import ALIKE, BANDS, Numbers, alikeness, band_keys, signatures, unpacked
from spiders.state import metadata

MEMORY = timedelta(days=7)
"""How long after a post was published its signature is kept: syndication takes hours and campaigns
days, and a story that goes on is kept alive by its newer copies."""
_AT_ONCE = 500
"""Ids in one statement; SQLite takes 32,766 values."""
_BANDS = tuple(f"band_{number}" for number in range(BANDS))

copies = sql.Table(
    "copies",
    metadata,
    sql.Column("number", sql.Integer, primary_key=True, autoincrement=True),
    sql.Column("mention_id", sql.String(MAX_ID_CHARACTERS), nullable=False),
    sql.Column("cluster", sql.String(MAX_ID_CHARACTERS), nullable=False),
    sql.Column("published_at", UtcDateTime, nullable=False),
    sql.Column("signature", sql.LargeBinary, nullable=False),
    *(sql.Column(name, sql.BigInteger) for name in _BANDS),  # of the leader alone
    sql.UniqueConstraint("mention_id", name="uq_copies_mention_id"),
    sql.Index("ix_copies_cluster", "cluster"),
    *(sql.Index(f"ix_copies_{name}", name) for name in _BANDS),
)
_KEYS = tuple(copies.c[name] for name in _BANDS)


class _Signed(NamedTuple):
    mention_id: str
    mention: Mention
    signature: Numbers
    keys: list[int]


def clusters(conn: sql.Connection, mentions: Iterable[Mention]) -> dict[str, str]:
    """The story of each mention that is a copy: the id of the story's first mention.

    Some hundreds at a time. What is new is remembered; two processes that ask at once do so one
    after the other.
    """
    signed = _signed(mentions)
    if not signed:
        return {}
    _wait_for_others(conn)
    decided = _decided(conn, list(signed))
    new = [each for mention_id, each in signed.items() if mention_id not in decided]
    known = _Leaders(conn, [each.keys for each in new])
    rows = []
    for each in new:
        cluster = known.of(each)
        if cluster is None:
            known.add(each.mention_id, each.signature, each.keys)
        decided[each.mention_id] = cluster or each.mention_id
        rows.append(_row(each, cluster))
    if rows:
        conn.execute(copies.insert(), rows)
    return {key: cluster for key, cluster in decided.items() if cluster != key}


def forget(conn: sql.Connection, mention_ids: Iterable[str]) -> None:
    """Drop the signatures of these mentions, which are deleted."""
    rest = iter(mention_ids)
    while some := list(islice(rest, _AT_ONCE)):
        _drop(conn, copies.c.mention_id.in_(some))


def forget_old(conn: sql.Connection, *, before: datetime) -> int:
    """Drop the signatures of posts published before that moment; returns how many."""
    return _drop(conn, copies.c.published_at < before)


class _Leaders:
    """The posts that lead a story and have a band in common with those that are looked up."""

    def __init__(self, conn: sql.Connection, looked_up: Sequence[Sequence[int]]) -> None:
        self._clusters: list[str] = []
        self._signatures: list[Numbers] = []
        self._by_key: list[dict[int, list[int]]] = [{} for _ in _BANDS]
        if not looked_up:
            return
        # Numbers as they are: thousands of parameters would take longer than looking them up.
        wanted: list[sql.ColumnElement[bool]] = [
            sql.literal_column(f"{name} IN ({', '.join(map(str, set(keys)))})")
            for name, keys in zip(_BANDS, zip(*looked_up, strict=True), strict=True)
        ]
        query = (
            sql.select(copies.c.cluster, copies.c.signature, *_KEYS)
            .where(sql.or_(*wanted))
            .order_by(copies.c.number)
        )
        rows = conn.execute(query).all()
        kept = unpacked([signature for _, signature, *_ in rows])
        for (cluster, _, *keys), signature in zip(rows, kept, strict=True):
            self.add(cluster, signature, keys)

    def add(self, cluster: str, signature: Numbers, keys: Sequence[int]) -> None:
        """Know one more, which is younger than those that are known."""
        for by_key, key in zip(self._by_key, keys, strict=True):
            by_key.setdefault(key, []).append(len(self._clusters))
        self._clusters.append(cluster)
        self._signatures.append(signature)

    def of(self, post: _Signed) -> str | None:
        """The story of the post most alike, the oldest of several; None if none is alike."""
        by_band = zip(self._by_key, post.keys, strict=True)
        met = {number for by_key, key in by_band for number in by_key.get(key, ())}
        shares = {number: alikeness(post.signature, self._signatures[number]) for number in met}
        best = max(shares, key=lambda number: (shares[number], -number), default=None)
        return self._clusters[best] if best is not None and shares[best] >= ALIKE else None


def _signed(mentions: Iterable[Mention]) -> dict[str, _Signed]:
    """The posts long enough to have copies, by id, each as it comes first."""
    posts: dict[str, Mention] = {}
    for mention in mentions:
        posts.setdefault(mention.id, mention)
    all_of_them = list(posts.items())
    places, signed = signatures([mention for _, mention in all_of_them])
    found = zip(places, signed, band_keys(signed), strict=True)
    return {
        all_of_them[place][0]: _Signed(*all_of_them[place], signature, keys)
        for place, signature, keys in found
    }


def _row(post: _Signed, cluster: str | None) -> dict[str, Any]:
    """What is kept of a post; None: it leads a story of its own."""
    return {
        "mention_id": post.mention_id,
        "cluster": cluster or post.mention_id,
        "published_at": post.mention.published,
        "signature": post.signature.tobytes(),
        **dict(zip(_BANDS, [None] * BANDS if cluster else post.keys, strict=True)),
    }


def _decided(conn: sql.Connection, mention_ids: Sequence[str]) -> dict[str, str]:
    """The story of each post that was asked about before."""
    found: dict[str, str] = {}
    for start in range(0, len(mention_ids), _AT_ONCE):
        some = copies.c.mention_id.in_(mention_ids[start : start + _AT_ONCE])
        rows = conn.execute(sql.select(copies.c.mention_id, copies.c.cluster).where(some))
        found |= {row.mention_id: row.cluster for row in rows}
    return found


def _drop(conn: sql.Connection, gone: sql.ColumnElement[bool]) -> int:
    """Drop these rows; where a leader goes, the oldest copy that stays leads on."""
    _wait_for_others(conn)
    leaderless = sql.select(copies.c.cluster).where(gone, _KEYS[0].is_not(None))
    heirs = (
        sql.select(sql.func.min(copies.c.number))
        .where(copies.c.cluster.in_(leaderless), sql.not_(gone))
        .group_by(copies.c.cluster)
    )
    found = conn.execute(
        sql.select(copies.c.number, copies.c.signature).where(copies.c.number.in_(heirs))
    ).all()
    all_keys = band_keys(unpacked([signature for _, signature in found]))
    for (number, _), keys in zip(found, all_keys, strict=True):
        its_bands = dict(zip(_BANDS, keys, strict=True))
        conn.execute(copies.update().where(copies.c.number == number).values(its_bands))
    return conn.execute(copies.delete().where(gone)).rowcount


def _wait_for_others(conn: sql.Connection) -> None:
    """SQLite has one writer anyway; elsewhere two could each take their post for the first."""
    if conn.dialect.name == "postgresql":
        conn.execute(sql.text("LOCK TABLE copies IN SHARE ROW EXCLUSIVE MODE"))

"""Shapes of digests and of the requests that they tell of, as the API describes them."""

from typing import Any, TypedDict


class Digest(TypedDict):
    """What a digest is about."""

    id: int
    kind: str
    title: str
    brand: str | None
    team: str | None
    since: str
    until: str
    lead: list[str]
    is_empty: bool
    made_at: str
    changed_at: str


class DigestFile(Digest):
    """A digest with its records and what people read; `schema` names the shape of the records."""

    schema: str
    records: list[dict[str, Any]]
    document: dict[str, Any]


class Entry(TypedDict):
    """A request, a bug or a reason to leave."""

    id: str
    kind: str
    brand: str
    title: str
    status: str
    status_at: str | None
    status_by: str
    note: str
    merged_into: str | None
    made_at: str
    authors: int
    posts: int
    first_asked: str | None
    last_asked: str | None


class Member(TypedDict):
    """A post of an entry."""

    mention: str
    author: str
    source: str
    url: str
    published: str
    lang: str
    title: str
    text: str
    placed_by: str


class Line(TypedDict):
    """Who said what of an entry, and when."""

    at: str
    who: str
    what: str
    note: str
    detail: dict[str, Any]


class EntryFile(Entry):
    """An entry with its newest posts and its trail."""

    merged: list[str]
    members: list[Member]
    has_more: bool
    trail: list[Line]

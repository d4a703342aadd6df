"""What happened, as it is told: one CloudEvent 1.0, the same bytes of meaning at every try.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

PREFIX = "untagged."
MEDIA_TYPE = "application/cloudevents+json"
BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"
SCHEMAS = "/api/v1/openapi.json#/components/schemas/"
"""Where the shape of an event's data is described; the version is the API's."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. `id` is the same however often it is told.

    `subject` is the path of what it is about below the API, `schema` the name of the shape of
    `data` there. `brands` and `team` are for the filters and not told.
    """

    id: str
    type: str
    subject: str
    at: datetime
    schema: str
    data: Mapping[str, Any]
    actor: str = ""
    brands: frozenset[str] = field(default_factory=frozenset)
    team: str = ""


@dataclass(frozen=True, slots=True)
class Queued:
    """An event that waits for one endpoint; `number` orders events, `delivery` what is sent."""

    delivery: int
    number: int
    is_replay: bool
    happening: Happening


def written(queued: Sequence[Queued], *, source: str, is_batch: bool) -> tuple[str, bytes]:
    """Content type and body: a batch, or the only event in structured mode."""
    events = [_event(one, source) for one in queued]
    if not is_batch:
        made = to_structured_event(events[0])
        return made.headers["content-type"], made.body
    whole = JSONFormat()
    parts = [_bytes(whole.write(event)) for event in events]
    return BATCH_MEDIA_TYPE, b"[" + b",".join(parts) + b"]"


def _event(queued: Queued, source: str) -> CloudEvent:
    told = queued.happening
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": told.id,
        "source": source,
        "type": f"{PREFIX}{told.type}",
        "subject": told.subject,
        "time": told.at.astimezone(UTC),
        "datacontenttype": "application/json",
        "sequence": f"{queued.number:016d}",
    }
    if told.schema:
        attributes["dataschema"] = f"{source}{SCHEMAS}{told.schema}"
    if told.actor:
        attributes["actor"] = told.actor
    if queued.is_replay:
        attributes["replay"] = True
    return CloudEvent(attributes, dict(told.data))


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text

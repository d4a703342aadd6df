"""The shapes of what the API answers, made of the records themselves, so that they cannot drift."""

import dataclasses
from datetime import datetime
from typing import Any, get_type_hints

from pydantic import BaseModel, create_model

from alerts.book import Alert
from alerts.history import Entry as AlertEntry
from alerts.incident import Entry as IncidentEntry
from alerts.incident import Incident
from cases.case import AuditEntry, Case, Note, Post
from mentions.mention import Mention


def shape(name: str, record: type[Any], **more: Any) -> type[BaseModel]:
    """A model with the record's fields, all of them there, and `more` beside them."""
    if issubclass(record, BaseModel):
        kinds = {field: info.annotation for field, info in record.model_fields.items()}
    else:
        hints = get_type_hints(record, include_extras=True)
        kinds = {field.name: hints[field.name] for field in dataclasses.fields(record)}
    described: dict[str, Any] = {field: (kind, ...) for field, kind in {**kinds, **more}.items()}
    return create_model(name, **described)


class ClockShape(BaseModel):
    """Which promise is due next; `left_seconds` is negative once it is missed."""

    kind: str | None
    due_at: datetime | None
    left_seconds: float | None
    is_breached: bool
    lag_seconds: float


class PageShape(BaseModel):
    """`next` is the cursor of the next page, null on the last."""

    next: str | None


MentionShape = shape("Mention", Mention, id=str, site=str, reach=int, influence=str, tagged=bool)
AlertShape = shape("Alert", Alert)
AlertFileShape = shape("AlertFile", Alert, history=list[shape("AlertEntry", AlertEntry)])  # type: ignore[misc]  # made above
IncidentShape = shape("Incident", Incident)
CaseShape = shape("Case", Case, breached=list[str])
CaseRowShape = shape("CaseRow", Case, breached=list[str], clock=ClockShape)
CaseFileShape = shape(
    "CaseFile",
    Case,
    breached=list[str],
    posts=list[Post],
    notes=list[Note],
    audit=list[AuditEntry],
    merged=list[int],
)
IncidentFileShape = shape(
    "IncidentFile",
    Incident,
    statement=str,
    brands=list[str],
    alerts=list[AlertShape],  # type: ignore[valid-type]  # made above
    case_ids=list[int],
    log=list[IncidentEntry],
    merged=list[int],
)


def page_shape(name: str, item: type, **more: Any) -> type[BaseModel]:
    """A page of items."""
    fields: dict[str, Any] = {field: (kind, ...) for field, kind in more.items()}
    return create_model(name, __base__=PageShape, items=(list[item], ...), **fields)  # type: ignore[valid-type]  # a type made at run time

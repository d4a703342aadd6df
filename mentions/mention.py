"""Mention: one public post, comment, review or article, and what was read in it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from mentions.errors import BadPost
from mentions.influence import Influence, influence_of

MAX_TEXT_CHARACTERS = 100_000
"""A book chapter. Longer 'posts' have been page dumps; they would slow every reader down."""
MAX_ID_CHARACTERS = 512
"""Elasticsearch refuses a document id over 512 bytes."""
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
FUTURE_TOLERANCE = timedelta(days=1)
"""Clocks of other people's servers are wrong by hours, not by days."""

_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Controls but for tab and line ends, and halves of surrogate pairs."""

_PLAIN_HOST = re.compile(r"https?://(?:www\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?=[/?#]|\Z)")
"""Nearly every post's address; `urlsplit` reads the rest, in five times the time."""

Kind = Literal["post", "comment", "review", "article"]
SentimentLabel = Literal["positive", "neutral", "negative"]
IntentLabel = Literal[
    "complaint",
    "question",
    "feature_request",
    "bug_report",
    "praise",
    "purchase_intent",
    "churn_risk",
    "incident",
    "spam",
    "other",
]
Added = Literal["live", "backfill"]


def _clean(text: str) -> str:
    found = _NOT_TEXT.search(text)
    if found is None:
        return text
    if found[0] >= "\ud800":
        raise ValueError("holds half a surrogate pair, which is no character")
    raise ValueError("holds control characters")


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Text = Annotated[str, AfterValidator(_clean)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Author(_Record):
    """Who wrote it, as the platform says. `handle` is without '@'."""

    id: Text = ""
    name: Text = ""
    handle: Text = ""
    url: Text = ""
    followers: int | None = Field(None, ge=0)
    verified: bool | None = None


class Engagement(_Record):
    """What others did with the post; None is unknown, not zero."""

    likes: int | None = Field(None, ge=0)
    shares: int | None = Field(None, ge=0)
    replies: int | None = Field(None, ge=0)

    @property
    def total(self) -> int:
        """All of it together, as far as it is known."""
        return (self.likes or 0) + (self.shares or 0) + (self.replies or 0)


class BrandMatch(_Record):
    """A brand that the post names; `spans` are (start, end) characters of the text.

    `sentiment` is what the post feels about this brand where it feels otherwise as a whole.
    """

    name: str
    tagged: bool = False
    spans: tuple[tuple[int, int], ...] = ()
    sentiment: SentimentLabel | None = None


class Sentiment(_Record):
    """What the author feels; `score` from -1 to 1. `unsure` asks a person to look."""

    label: SentimentLabel
    score: float = Field(ge=-1, le=1)
    confidence: Share
    unsure: bool
    model: str


class Intent(_Record):
    """What the author wants."""

    label: IntentLabel
    confidence: Share


class Entity(_Record):
    """A thing the post names: a flight, an order, a place."""

    text: str
    label: str
    start: int
    end: int


class Mention(_Record):
    """One post. Collected fields come from a spider, read fields from `nlp`.

    `id` is `source:native_id` and never changes. `collected` is when it was first seen here,
    `refreshed` when it was last seen again. `case_team` is the team of its case.
    `cluster` is the id of the mention that it is a near copy of, '' where it is none.
    `reasons` holds, per read field, a short sentence about what it was decided on.
    `corrections` holds what a person decided instead; no later reading overwrites it. One that is
    written empty is taken back.
    """

    source: Annotated[Text, Field(min_length=1)]
    native_id: Annotated[Text, Field(min_length=1, max_length=MAX_ID_CHARACTERS)]
    platform: Annotated[Text, Field(min_length=1)]
    kind: Kind = "post"
    url: Text = ""
    title: Annotated[Text, Field(max_length=MAX_TEXT_CHARACTERS)] = ""
    text: Annotated[Text, Field(max_length=MAX_TEXT_CHARACTERS)] = ""
    author: Author = Author()
    published: Moment
    collected: Moment
    refreshed: Moment | None = None
    edited: Moment | None = None
    added: Added = "live"
    reply_to: Text = ""
    thread: Text = ""
    engagement: Engagement = Engagement()
    rating: float | None = None
    answered_at: Moment | None = None
    tags: tuple[Text, ...] = ()
    case_team: str = ""
    cluster: Annotated[Text, Field(max_length=MAX_ID_CHARACTERS)] = ""

    lang: str = "und"
    brands: tuple[BrandMatch, ...] = ()
    sentiment: Sentiment | None = None
    intents: tuple[Intent, ...] = ()
    topics: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    contains_personal_data: bool = False
    abusive: bool = False
    troll: Share = 0.0
    sarcastic: bool = False
    needs_reply: bool = False
    severity: int | None = Field(None, ge=1, le=4)
    reasons: dict[str, str] = {}
    corrections: dict[str, str] = {}

    @property
    def id(self) -> str:
        """`source:native_id`, stable for ever."""
        return f"{self.source}:{self.native_id}"

    @property
    def is_copy(self) -> bool:
        """Whether an earlier mention says nearly the same in the same words."""
        return self.cluster != ""

    @property
    def story(self) -> str:
        """The id of the first mention of its near copies: its own if it is the first, or alone."""
        return self.cluster or self.id

    @property
    def site(self) -> str:
        """The host of the post's address, without a leading 'www.'."""
        if plain := _PLAIN_HOST.match(self.url):
            return plain[1]
        try:
            host = urlsplit(self.url).hostname or ""
        except ValueError:
            return ""
        return host.removeprefix("www.")

    @property
    def is_tagged(self) -> bool:
        """Whether it addresses an owned handle of any brand it names."""
        return True in [brand.tagged for brand in self.brands]

    @property
    def reach(self) -> int:
        """People who may have seen it: followers when known, else engagement, at least 1."""
        return max(self.author.followers or 0, self.engagement.total, 1)

    @property
    def influence(self) -> Influence:
        """How wide a crowd sees it, by its author and how it spreads."""
        author = self.author
        return influence_of(
            author.followers, verified=author.verified, reactions=self.engagement.total
        )

    @field_validator("cluster")
    @classmethod
    def _is_of_another(cls, cluster: str, info: ValidationInfo) -> str:
        """`to_json` says the story's id of all; a copy of itself is none."""
        its_id = f"{info.data.get('source')}:{info.data.get('native_id')}"
        return "" if cluster == its_id else cluster

    @model_validator(mode="after")
    def _is_a_post(self) -> "Mention":
        if not self.text.strip() and not self.title.strip():
            raise ValueError("has no text")
        if len(self.id.encode()) > MAX_ID_CHARACTERS:
            raise ValueError(f"source and native_id together exceed {MAX_ID_CHARACTERS} bytes")
        if self.published < OLDEST:
            raise ValueError(f"published {self.published:%Y-%m-%d} is before {OLDEST:%Y}")
        if self.published > self.collected + FUTURE_TOLERANCE:
            raise ValueError(
                f"published {self.published:%Y-%m-%d %H:%M} is over a day after it was collected"
            )
        return self

    def to_json(self) -> dict[str, Any]:
        """Everything, with `id`, `site`, `reach`, `influence` and `tagged` beside the fields.

        `cluster` is the story's id in all of its mentions, the first one included.
        """
        derived = {
            "id": self.id,
            "site": self.site,
            "reach": self.reach,
            "influence": self.influence.level,
            "tagged": self.is_tagged,
        }
        return {**derived, **self.model_dump(mode="json"), "cluster": self.story}

    @classmethod
    def from_json(cls, record: object) -> "Mention":
        """Read `to_json` or a spider's record. Raises BadPost with a reason for people."""
        if not isinstance(record, dict):
            raise BadPost(f"expected a JSON object, got {type(record).__name__}")
        known = {name: value for name, value in record.items() if name not in _DERIVED}
        try:
            return cls.model_validate(known)
        except (ValidationError, OverflowError) as error:
            raise BadPost(said_validation(error)) from error


_DERIVED = {"id", "site", "reach", "influence", "tagged"}


def said_validation(error: ValidationError | OverflowError) -> str:
    """One line a person understands: 'text holds control characters; published …'."""
    if isinstance(error, OverflowError):
        return "a date is outside the calendar"
    said = []
    for problem in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        said.append(f"{place} {message}".strip() if place else message)
    return "; ".join(said)

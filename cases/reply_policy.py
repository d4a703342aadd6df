"""What the settings say of replies and surveys."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from mentions.errors import QueryError
from mentions.mention import Mention
from mentions.query.matcher import matches
from mentions.query.parser import parse_query
from mentions.times import parse_duration

SURVEY_SECRET = "UNTAGGED_SURVEY_SECRET"  # noqa: S105  # the variable's name, no secret
"""The environment variable that holds the secret that signs survey links."""


def _span(said: object) -> object:
    return parse_duration(said) if isinstance(said, str) else said


class ReplyPolicy(BaseModel):
    """Where own templates are, which channels replies may go to, and which need a second yes.

    `approval_when` is a query: a reply to a post that it finds needs somebody else's yes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: str = ""
    channels: tuple[str, ...] = ()
    approval_when: str = Field("", max_length=10_000)

    @field_validator("approval_when")
    @classmethod
    def _is_a_query(cls, query: str) -> str:
        if query:
            try:
                parse_query(query)
            except QueryError as error:
                raise ValueError(f"{error}\n{error.pointed()}") from error
        return query

    def approval_for(self, mention: Mention | None) -> str:
        """Why a reply to the post needs a second yes; '' where it does not."""
        if not self.approval_when or mention is None:
            return ""
        is_found = matches(parse_query(self.approval_when).tree, mention)
        return f"the post is one of {self.approval_when}" if is_found else ""


class SurveyPolicy(BaseModel):
    """Where authors reach the survey page, and how long a link is good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field("", pattern=r"^(https?://[^\s]+)?$")
    valid: Annotated[timedelta, BeforeValidator(_span)] = Field(
        timedelta(days=14), ge=timedelta(hours=1), le=timedelta(days=90)
    )

"""Playbook: what to do for a kind of case, kept with each case as it was when it opened."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from cases.case import Case

Voice = Literal["", "friendly", "plain", "formal", "serious"]
MAX_STEP_CHARACTERS = 300
MAX_STEPS = 30
_Line = Annotated[str, Field(min_length=1, max_length=MAX_STEP_CHARACTERS)]


class Playbook(BaseModel):
    """What a routing rule names as `playbook`.

    `steps` are ticked off on the case. `joins` are agents and teams who hear of a new case beside
    its team; the agents watch it. `templates` are suggested before others. In a `serious` voice
    humour is found by the tone check. With `approval` a reply needs a second agent's yes. With
    `answer_once` an author who was answered and goes on without anything concrete is left alone.
    A new case is handed over to the `help_desk`, if it names one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    steps: tuple[_Line, ...] = Field((), max_length=MAX_STEPS)
    joins: tuple[_Line, ...] = ()
    templates: tuple[_Line, ...] = ()
    voice: Voice = ""
    approval: bool = False
    answer_once: bool = False
    help_desk: str = Field("", max_length=100)

    @field_validator("steps")
    @classmethod
    def _are_different(cls, steps: tuple[str, ...]) -> tuple[str, ...]:
        for step in steps:
            if steps.count(step) > 1:
                raise ValueError(f"{step!r} stands here twice; say each step once")
        return steps


def playbook_of(case: Case) -> Playbook | None:
    """What the case was opened with; None where its rule named none."""
    if not case.playbook:
        return None
    # A later version may have dropped what an old case still holds.
    known = {name: case.plan[name] for name in Playbook.model_fields if name in case.plan}
    return Playbook.model_validate({**known, "name": case.playbook})


def kept(playbook: Playbook | None) -> dict[str, Any]:
    """The playbook as values of a case's columns."""
    if playbook is None:
        return {"playbook": "", "plan": {}}
    return {"playbook": playbook.name, "plan": playbook.model_dump(mode="json", exclude={"name"})}

"""Editing the routing: rules are moved and changed in a form, tried on a week, then saved."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from cases import desk
from cases.case import PRIORITIES
from cases.routing import RoutingRule
from mentions.errors import Conflict, UntaggedError
from mentions.mention import said_validation
from untagged import routing_now
from untagged.languages import msgid
from untagged.pipeline import Pipeline
from untagged.routing_now import in_force
from untagged.routing_trial import WINDOW, Taken, compared, in_window
from untagged.web.doors import needs
from untagged.web.page import agent_of, clock_now, pipeline_of, render
from untagged.web.reader import reader_of
from untagged.web.routing_draft import Draft, DraftForm, Row, checked, rearranged, row_of

router = APIRouter()
OPENS = {"always": "always", "question": "for questions", "never": "never"}
LOOK_FIRST = msgid("Here is what would change. Save if that is what you want.")


@router.get("/routing/edit", dependencies=[needs("rules")])
def edit(request: Request, version: int | None = None) -> Response:
    """The rules that hold as a form, or those of an earlier version (0 is the file's)."""
    pipeline = pipeline_of(request)
    with pipeline.read() as connection:
        found = in_force(pipeline.settings, connection)
        rules = found.rules
        if version == 0:
            rules = pipeline.settings.routing
        elif version is not None:
            kept = desk.get_version(connection, version).rules
            rules = pipeline.settings.routing
            if kept is not None:
                rules = _readable(kept, version)
    draft = Draft([row_of(rule) for rule in rules])
    say = reader_of(request).gettext
    comment = "" if version is None else say("back to version %(n)s", n=version)
    return _form(request, draft, seen=found.number, comment=comment)


@router.post("/routing/edit", dependencies=[needs("rules", everywhere=True)])
def change(request: Request, form: Annotated[DraftForm, Form()]) -> Response:
    """Move, add or delete a rule; try the rules; or save them as they were tried."""
    pipeline, rows = pipeline_of(request), form.rows()
    if form.do not in ("try", "save"):
        after = rearranged(rows, form.do, new=_new_row(pipeline))
        return _form(request, Draft(after), seen=form.seen, comment=form.comment)
    draft = checked(rows, pipeline.settings)
    shown: dict[str, Any] = {"seen": form.seen, "comment": form.comment}
    if draft.problems:
        return _form(request, draft, status=400, **shown)
    if form.do == "try" or form.tried != draft.digest:
        return _form(
            request,
            draft,
            said=reader_of(request).gettext(LOOK_FIRST),
            changed=_changed(pipeline, draft),
            **shown,
        )
    try:
        with pipeline.begin() as connection:
            desk.save_version(
                connection,
                draft.rules,
                seen=form.seen,
                comment=form.comment,
                now=clock_now(),
                actor=agent_of(request),
            )
    except Conflict as error:
        return _outrun(request, pipeline, draft, form, str(error))
    return RedirectResponse("/routing", status_code=303)


@router.post("/routing/reset", dependencies=[needs("rules", everywhere=True)])
def reset(request: Request, seen: Annotated[int, Form()]) -> Response:
    """Let the settings file's rules hold again."""
    with pipeline_of(request).begin() as connection:
        desk.save_version(connection, None, seen=seen, now=clock_now(), actor=agent_of(request))
    return RedirectResponse("/routing", status_code=303)


def _readable(kept: list[dict[str, object]], version: int) -> tuple[RoutingRule, ...]:
    try:
        return tuple(RoutingRule.model_validate(rule) for rule in kept)
    except ValidationError as error:
        said = said_validation(error)
        raise UntaggedError(f"version {version} no longer fits: {said}") from error


def _outrun(
    request: Request, pipeline: Pipeline, draft: Draft, form: DraftForm, said: str
) -> Response:
    """What was typed stays, held against what somebody else saved meanwhile."""
    with pipeline.read() as connection:
        seen = in_force(pipeline.settings, connection).number
    changed = _changed(pipeline, draft)
    said = reader_of(request).gettext(
        "%(conflict)s. Below is what yours would change about theirs; saving again replaces them.",
        conflict=said,
    )
    return _form(
        request, draft, seen=seen, comment=form.comment, said=said, changed=changed, status=409
    )


def _changed(pipeline: Pipeline, draft: Draft) -> Taken:
    now = clock_now()
    with pipeline.read() as connection:
        present = in_force(pipeline.settings, connection).rules
    posts, is_all = in_window(pipeline, since=now - WINDOW, until=now)
    return compared(
        posts,
        routing_now.router(present, pipeline.settings) if present else None,
        routing_now.router(draft.rules, pipeline.settings),
        rules=draft.rules,
        is_all=is_all,
    )


def _new_row(pipeline: Pipeline) -> Row:
    settings = pipeline.settings
    team = settings.teams[0].name if settings.teams else ""
    sla = settings.sla[0].name if settings.sla else ""
    usual = {"priority": "medium", "tags": "", "playbook": "", "opens": "always"}
    return {"name": "", "when": "", "team": team, "sla": sla, **usual}


def _form(
    request: Request,
    draft: Draft,
    *,
    seen: int,
    comment: str,
    said: str = "",
    changed: Taken | None = None,
    status: int = 200,
) -> Response:
    settings = pipeline_of(request).settings
    context = {
        "draft": draft,
        "seen": seen,
        "comment": comment,
        "said": said,
        "changed": changed,
        "days": WINDOW.days,
        "teams": [team.name for team in settings.teams],
        "policies": [policy.name for policy in settings.sla],
        "playbooks": [playbook.name for playbook in settings.playbooks],
        "priorities": PRIORITIES,
        "opens": OPENS,
    }
    return render(request, "routing_edit.html", context, status=status)

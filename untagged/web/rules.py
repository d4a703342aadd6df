"""The rules page: what raises alerts, how often rightly, what a changed rule would have told."""

from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import yaml
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alerts.labels import labels, put_label
from alerts.rules import Rule
from mentions.errors import NotFound, SettingsError, UntaggedError
from mentions.mention import Mention
from mentions.times import parse_moment
from untagged.backtest import Backtest, backtests
from untagged.pipeline import Pipeline
from untagged.rule_draft import draft
from untagged.rule_record import rule_records
from untagged.settings import read_rules
from untagged.web.backtests import Backtests, Job
from untagged.web.doors import needs
from untagged.web.page import agent_of, clock_now, own_path, pipeline_of, render
from untagged.yaml_file import YamlFile

router = APIRouter()
LATELY = timedelta(days=28)
WINDOWS = MappingProxyType(
    {"7d": timedelta(days=7), "28d": timedelta(days=28), "90d": timedelta(days=90)}
)
MAX_CHARACTERS = 20_000
SHOWN = 50
NEW_RULE = """\
name: my rule
kind: spike
signals: [negative]
sensitivity: balanced
minimum: 10
"""


def backtests_of(request: Request) -> Backtests:
    """The backtests of the application."""
    kept: Backtests = request.app.state.backtests
    return kept


@router.get("/rules", dependencies=[needs("look")])
def rules(request: Request) -> Response:
    """Every rule with its record."""
    pipeline, now = pipeline_of(request), clock_now()
    with pipeline.read() as connection:
        records = rule_records(connection, pipeline.settings.rules, since=now - LATELY)
    return render(request, "rules.html", {"records": records, "days": LATELY.days})


@router.get("/rules/try", dependencies=[needs("rules")])
def attempt(request: Request, rule: str = "", kind: str = "", query: str = "") -> Response:
    """A form with a rule to change: one of the settings, or one made of a search."""
    if kind:
        return _form(request, written(draft(kind, query, pipeline_of(request).settings.brands)))
    known = {each.name: each for each in pipeline_of(request).settings.rules}
    if rule and rule not in known:
        raise NotFound(f"there is no rule {rule!r} in the settings")
    return _form(request, written(known[rule]) if rule else NEW_RULE)


@router.post("/rules/try", dependencies=[needs("rules", everywhere=True)])
def begin(
    request: Request, *, text: Annotated[str, Form()], window: Annotated[str, Form()] = "28d"
) -> Response:
    """Start a backtest; what is wrong with the rule is said over the form."""
    if len(text) > MAX_CHARACTERS:
        raise UntaggedError(f"a rule has at most {MAX_CHARACTERS:,} characters")
    pipeline, now = pipeline_of(request), clock_now()
    try:
        # No environment: a ${NAME} typed into a page must not bring a secret onto it.
        file = YamlFile(Path("the rule"), text=text, environment={})
        found = read_rules(file, pipeline.settings)
    except SettingsError as error:
        return _form(request, text, window=window, error=str(error), status=400)
    since = now - WINDOWS.get(window, LATELY)
    job = backtests_of(request).start(found, written=text, since=since, until=now)
    return RedirectResponse(f"/rules/tried/{job.number}", status_code=303)


@router.get("/rules/tried/{number}", dependencies=[needs("rules", everywhere=True)])
def tried(request: Request, number: int) -> Response:
    """How far a backtest has come, and when it is done, what would have been told."""
    job = backtests_of(request).get(number)
    pipeline = pipeline_of(request)
    found = _found(pipeline, job) if job.is_done else []
    posts = {
        mention.id: mention
        for one in found
        for fired in one.fired[:SHOWN]
        for mention in _posts(pipeline, fired.event.posts)
    }
    context = {"job": job, "found": found, "posts": posts, "most": SHOWN}
    return render(request, "rule_tried.html", context)


@router.post("/rules/labels", dependencies=[needs("correct")])
def say(
    request: Request,
    *,
    rule: Annotated[str, Form()],
    key: Annotated[str, Form()],
    at: Annotated[str, Form()],
    verdict: Annotated[str, Form()],
    back: Annotated[str, Form()] = "/rules",
) -> Response:
    """Keep what somebody says of a firing."""
    if verdict not in ("right", "wrong"):
        raise UntaggedError(f"{verdict!r} is no verdict; say right or wrong")
    try:
        moment = parse_moment(at)
    except ValueError as error:
        raise UntaggedError(str(error)) from error
    with pipeline_of(request).begin() as connection:
        put_label(
            connection,
            rule=rule,
            key=key,
            at=moment,
            is_right=verdict == "right",
            who=agent_of(request),
            now=clock_now(),
        )
    return RedirectResponse(own_path(back, otherwise="/rules"), status_code=303)


def written(rule: Rule) -> str:
    """The rule as it would stand in a file of its own; what is as usual is left out."""
    said: dict[str, Any] = {"name": rule.name, "kind": rule.kind}
    said |= rule.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True)


def _form(
    request: Request, text: str, *, window: str = "28d", error: str = "", status: int = 200
) -> Response:
    context = {"text": text, "window": window, "windows": list(WINDOWS), "error": error}
    return render(request, "rule_try.html", context, status=status)


def _found(pipeline: Pipeline, job: Job) -> list[Backtest]:
    with pipeline.read() as connection:
        said = labels(connection)
    names = [rule.name for rule in job.rules]
    return backtests(names, job.events, said, span=job.until - job.since)


def _posts(pipeline: Pipeline, ids: tuple[str, ...]) -> list[Mention]:
    return [found for one in ids if (found := pipeline.store.get(one)) is not None]

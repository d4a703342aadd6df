"""Incidents in the cockpit: the list, the page one works on, and the after-report."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse

from alerts import incident_life as life
from alerts.book import Alert
from alerts.incident_listing import list_incidents, show_incident
from alerts.incident_log import WORDS
from alerts.spike_drawing import Theme
from alerts.tables import INCIDENT_OPEN
from cases import desk
from mentions.errors import UntaggedError
from mentions.numbers import MAX_NUMBER
from mentions.times import floored
from untagged.incidents.report import MOST_CASES, Report, incident_report
from untagged.incidents.report_text import markdown, report_json, status_text
from untagged.pipeline import Pipeline
from untagged.web.doors import needs
from untagged.web.incident_document import incident_chart, report_context, report_document
from untagged.web.numbers import Number
from untagged.web.page import agent_of, clock_now, pipeline_of, render
from untagged.web.pictures import picture
from untagged.web.reader import reader_of
from untagged.web.seen import refuse_unseen_incident, seen_incidents
from untagged.web.spikes import Shown, shown
from untagged.web.visitor import scope_of

router = APIRouter()
SHOWN = 100
CASES_SHOWN = 25
UPDATES = {
    "30 min": timedelta(minutes=30),
    "1 h": timedelta(hours=1),
    "2 h": timedelta(hours=2),
    "4 h": timedelta(hours=4),
    "12 h": timedelta(hours=12),
}
"""When colleagues may be promised to hear more."""


@router.get("/incidents", dependencies=[needs("look")])
def incidents(request: Request, *, everything: bool = True) -> Response:
    """Crises, newest first."""
    statuses = () if everything else INCIDENT_OPEN
    with pipeline_of(request).read() as connection:
        found = list_incidents(connection, statuses=statuses, limit=SHOWN)
        found = seen_incidents(connection, found, scope_of(request))
    return render(request, "incidents.html", {"incidents": found, "everything": everything})


@router.get("/incidents/{number}", dependencies=[needs("look")])
def incident(request: Request, number: Number) -> Response:
    """One crisis: what happens, who has it, what is done and said."""
    pipeline, now, scope = pipeline_of(request), clock_now(), scope_of(request)
    report = _report(pipeline, number, now)
    with pipeline.read() as connection:
        cases = desk.list_cases(
            connection, ids=report.file.case_ids, limit=MOST_CASES, **scope.of_cases
        )
        others = list_incidents(connection, statuses=INCIDENT_OPEN, limit=SHOWN)
        others = seen_incidents(connection, others, scope)
    return render(
        request,
        "incident.html",
        {
            **report_context(report),
            "words": WORDS,
            "cases": [(case, desk.clock(case, now)) for case in cases[:CASES_SHOWN]],
            "updates": list(UPDATES),
            "explained": _explained(pipeline, report.file.alerts),
            "others": [one for one in others if one.id != number],
        },
    )


def _explained(pipeline: Pipeline, alerts: Sequence[Alert]) -> tuple[Alert, Shown] | None:
    """What changed, as the worst alert that keeps it says."""
    for alert in sorted(alerts, key=lambda one: one.severity):
        kept = shown(pipeline, alert)
        if kept is not None:
            return alert, kept
    return None


@router.post("/incidents/{number}", dependencies=[needs("acknowledge")])
def work(
    request: Request,
    number: Number,
    *,
    do: Annotated[str, Form()],
    version: Annotated[int, Form()],
    to: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    shared: Annotated[bool, Form()] = False,  # a box that is ticked or not sent at all
) -> Response:
    """One change to an incident; decisions on what has changed since are refused."""
    pipeline, now, who = pipeline_of(request), clock_now(), agent_of(request)
    by: dict[str, Any] = {"who": who, "now": now}
    with pipeline.begin() as connection:
        match do:
            case "acknowledge":
                life.acknowledge(connection, number, **by)
            case "assign":
                life.assign(connection, number, to, version=version, **by)
            case "severity" if _is_number(to):
                life.set_severity(connection, number, int(to), version=version, **by)
            case "rename":
                life.rename(connection, number, text, version=version, **by)
            case "note":
                life.note(connection, number, text, is_shared=shared, **by)
            case "state":
                life.state(connection, number, text, version=version, **by)
            case "promise" if to in UPDATES:
                life.promise_update(connection, number, now + UPDATES[to], **by)
            case "resolve":
                is_false = to == "false alarm"
                life.resolve(connection, number, is_false_alarm=is_false, version=version, **by)
            case "judge":
                life.judge(connection, number, is_false_alarm=to == "false alarm", **by)
            case "reopen":
                life.reopen_by_hand(connection, number, **by)
            case "merge" if _is_number(to):
                refuse_unseen_incident(connection, to, scope_of(request))
                life.merge(connection, number, into=int(to), **by)
            case _:
                raise UntaggedError(f"{do!r} is nothing that one can do with an incident")
    return RedirectResponse(f"/incidents/{number}", status_code=303)


def _is_number(said: str) -> bool:
    """Whether it may be the number of something."""
    is_short = len(said) <= len(str(MAX_NUMBER))
    return is_short and said.isdecimal() and int(said) <= MAX_NUMBER


@router.get("/incidents/{number}/volume.svg", dependencies=[needs("look")])
def volume(request: Request, number: Number, theme: Theme = "light") -> Response:
    """The brand's chart from the day before on; drawn anew at most once a minute."""
    pipeline, now = pipeline_of(request), floored(clock_now(), timedelta(minutes=1))
    with pipeline.read() as connection:
        file = show_incident(connection, number)
    drawn = incident_chart(pipeline, file, now=now, theme=theme, reader=reader_of(request))
    return picture(drawn)


@router.get("/incidents/{number}/status", dependencies=[needs("look")])
def status(request: Request, number: Number) -> Response:
    """What colleagues may know, on a page to read on a phone or to print."""
    now = clock_now()
    with pipeline_of(request).read() as connection:
        file = show_incident(connection, number)
    said = status_text(file, now=now)
    return render(
        request,
        "incident_status.html",
        {"file": file, "incident": file.incident, "said": said, "words": WORDS},
    )


@router.get("/incidents/{number}/status.txt", dependencies=[needs("look")])
def status_as_text(request: Request, number: Number) -> Response:
    """The same in a few plain lines."""
    with pipeline_of(request).read() as connection:
        file = show_incident(connection, number)
    return PlainTextResponse(status_text(file, now=clock_now()))


@router.get("/incidents/{number}/report", dependencies=[needs("look")])
def report(request: Request, number: Number) -> Response:
    """The after-report, as far as there is anything to report yet."""
    made = _report(pipeline_of(request), number, clock_now())
    return render(request, "incident_report.html", report_context(made))


@router.get("/incidents/{number}/report.{form}", dependencies=[needs("export")])
def report_file(request: Request, number: Number, form: str) -> Response:
    """The after-report to take along."""
    forms: dict[str, Callable[[Report], Response]] = {
        "md": lambda made: PlainTextResponse(markdown(made), media_type="text/markdown"),
        "html": lambda made: Response(report_document(made), media_type="text/html"),
        "json": lambda made: JSONResponse(report_json(made)),
    }
    if form not in forms:
        raise UntaggedError(f"a report is written as {', '.join(forms)}, not as {form}")
    answer = forms[form](_report(pipeline_of(request), number, clock_now()))
    name = f"incident-{number}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _report(pipeline: Pipeline, number: int, now: datetime) -> Report:
    return incident_report(number, store=pipeline.store, read=pipeline.read, now=now)

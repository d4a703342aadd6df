"""`untagged cases draft, check, …`: answering a case, and what is learnt from answers."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from cases import desk, survey
from cases.drafts import COPIED
from cases.tone import Checked
from untagged import replying
from untagged.cli.cases import Number
from untagged.cli.opened import moment, now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell
from untagged.customers import customer_behind

ReplyNumber = Annotated[int, typer.Argument(metavar="REPLY", help="The reply's number.")]
Private = Annotated[
    bool,
    typer.Option("--private", help="For a private message; a template tagged private always is."),
]
Since = Annotated[str, typer.Option(help="Such as 30d, or a date.")]
A_MONTH = timedelta(days=30)


def register(app: typer.Typer) -> None:
    """Put these commands beside the others about cases."""
    app.command()(draft)
    app.command()(check)
    app.command()(approve)
    app.command(name="hand-over")(hand_over)
    app.command()(withdraw)
    app.command()(questions)
    app.command(name="survey")(survey_)
    app.command(name="survey-results")(survey_results)


def draft(
    context: typer.Context,
    case: Number,
    *,
    template: Annotated[str | None, typer.Option(help="Without one: which fit best.")] = None,
    text: Annotated[str | None, typer.Option(help="Own words instead of the template's.")] = None,
    private: Private = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep it as a reply of the case.")] = False,
    actor: Actor = "cli",
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """A reply from a template, looked over; or which templates fit the case best."""
    with opened(context) as pipeline:
        with pipeline.read() as connection:
            file = desk.show_case(connection, case)
            mention = replying.mention_of(pipeline, file.case)
            box = replying.reply_box(pipeline, connection, file, mention)
        if template is None and text is None:
            _print_box(box, as_json=as_json)
            return
        words = text
        if words is None:
            words = replying.filled(pipeline.settings, file.case, mention, template or "", actor)
        if template is not None:
            private = private or replying.is_for_private(pipeline.settings, template)
        customer = customer_behind(pipeline.customers, mention)
        checked = replying.looked_over(
            file.case, mention, words, is_private=private, customer=customer
        )
        kept = None
        if keep:
            kept = replying.keep(
                pipeline,
                case,
                words,
                template=template or "",
                is_private=private,
                now=now_or(now),
                actor=actor,
            )
    if as_json:
        number = {"reply": kept.id, "state": kept.state} if kept else {}
        print_json({"text": words, **number, **asdict(checked)})
        return
    typer.echo(words)
    _tell_checked(checked)
    if kept:
        waits = f", waits for a second yes: {kept.needs}" if kept.state == "waiting" else ""
        tell(f"reply {kept.id} is kept{waits}")


def check(
    context: typer.Context,
    case: Number,
    *,
    text: Annotated[str, typer.Option(help="The reply.")],
    private: Private = False,
    as_json: AsJson = False,
) -> None:
    """Look a reply over: tone, personal data, length. Exit 1 if something was found."""
    with opened(context) as pipeline:
        with pipeline.read() as connection:
            one = desk.show_case(connection, case).case
        mention = replying.mention_of(pipeline, one)
        customer = customer_behind(pipeline.customers, mention)
        checked = replying.looked_over(one, mention, text, is_private=private, customer=customer)
    if as_json:
        print_json(asdict(checked))
    else:
        rows = [
            (f"{one.start}–{one.end}", one.phrase, one.why, one.instead) for one in checked.findings
        ]
        if rows:
            columns = ("place", "phrase", "it", "instead")
            print_table(columns, rows, title=f"{len(rows)} to look at")
        _tell_checked(checked, with_findings=False)
    raise typer.Exit(1 if checked.findings else 0)


def approve(
    context: typer.Context, reply: ReplyNumber, *, actor: Actor = "cli", now: Now = None
) -> None:
    """Say yes to a colleague's reply."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        teams = pipeline.settings.teams
        desk.approve(connection, reply, teams=teams, now=now_or(now), actor=actor)
    tell(f"reply {reply} is approved")


def hand_over(
    context: typer.Context,
    reply: ReplyNumber,
    *,
    to: Annotated[str, typer.Option(help="A channel of `replies`, or copy.")] = COPIED,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Though a colleague answers, too.")
    ] = False,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Give a reply out: printed to be copied, or to a channel.

    Refused while a colleague writes an answer, too, or after they gave one, unless --anyway.
    """
    with opened(context) as pipeline:
        gone = replying.hand_over(
            pipeline, reply, to=to, now=now_or(now), actor=actor, anyway=anyway
        )
        with pipeline.read() as connection:
            case = desk.show_case(connection, gone.case_id).case
    if to == COPIED:
        typer.echo(gone.text)
        tell(f"copy it to {case.url or 'the platform'}")
    else:
        tell(f"reply {reply} goes to {to}")


def withdraw(
    context: typer.Context, reply: ReplyNumber, *, actor: Actor = "cli", now: Now = None
) -> None:
    """A reply is not used after all."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        desk.withdraw(connection, reply, now=now_or(now), actor=actor)
    tell(f"reply {reply} is withdrawn")


def questions(
    context: typer.Context, *, since: Since = "30d", now: Now = None, as_json: AsJson = False
) -> None:
    """Questions that were settled without an answer to link to: what a help page lacks."""
    at = now_or(now)
    first = moment(since, option="--since", now=at) or at - A_MONTH
    with opened(context) as pipeline:
        found = replying.questions(pipeline, since=first, until=at)
    if as_json:
        for case, mention in found:
            print_json(
                {"case": case.id, "brand": case.brand, "text": mention.text, "url": case.url}
            )
        return
    rows = [(case.id, case.brand, case.url, case.excerpt) for case, _ in found]
    print_table(("case", "brand", "address", "question"), rows, title=f"{len(rows)} questions")


def survey_(context: typer.Context, case: Number, *, actor: Actor = "cli", now: Now = None) -> None:
    """The link by which the author of a resolved case says how it went; made once."""
    with opened(context) as pipeline:
        link = replying.survey_link(pipeline, case, now=now_or(now), actor=actor)
    typer.echo(link)


def survey_results(
    context: typer.Context, *, since: Since = "30d", now: Now = None, as_json: AsJson = False
) -> None:
    """How it went, by team and topic."""
    at = now_or(now)
    first = moment(since, option="--since", now=at) or at - A_MONTH
    with opened(context) as pipeline, pipeline.read() as connection:
        found = survey.results(connection, since=first, until=at)
    if as_json:
        for one in found:
            print_json(asdict(one))
        return
    rows = [
        (one.team, one.topic or "all", one.asked, one.answered, one.satisfied, one.mean)
        for one in found
    ]
    columns = ("team", "topic", "asked", "answered", "satisfied (4, 5)", "mean of 1 to 5")
    print_table(columns, rows, title="surveys")


def _print_box(box: replying.ReplyBox, *, as_json: bool) -> None:
    if as_json:
        suggestions = [
            {"template": one.template.name, "score": one.score, "reasons": one.reasons}
            for one in box.suggestions
        ]
        advice = asdict(box.advice) if box.advice else None
        answers = [asdict(one) for one in box.answers]
        print_json(
            {
                "suggestions": suggestions,
                "advice": advice,
                "answers": answers,
                "problem": box.problem,
            }
        )
        return
    if box.problem:
        tell(f"no templates: {box.problem}")
    if box.advice:
        tell(f"answer {box.advice}")
    rows = [
        (one.template.name, "; ".join(one.reasons), one.template.body) for one in box.suggestions
    ]
    print_table(("template", "why", "text"), rows, title=f"{len(rows)} templates")
    if box.answers:
        links = [(one.uses, ", ".join(one.words), one.url or one.text) for one in box.answers]
        print_table(("used", "shares", "answer"), links, title="answers to like questions")


def _tell_checked(checked: Checked, *, with_findings: bool = True) -> None:
    length = checked.length
    tell(
        f"{length.used} of {length.limit} characters"
        if length.limit
        else f"{length.used} characters"
    )
    if checked.unchecked:
        tell(checked.unchecked)
    for one in checked.findings if with_findings else ():
        tell(
            f"“{one.phrase}” {one.why}: {one.instead}"
            if one.phrase
            else f"{one.why}: {one.instead}"
        )

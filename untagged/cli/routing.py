"""`untagged routing …`: where posts go, which rule takes one and why, and the rules as YAML."""

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from cases import desk
from cases.routing import Router, RoutingRule
from mentions.errors import QueryError, SettingsError, UntaggedError
from mentions.mention import Mention
from mentions.query.parser import parse_query
from untagged.cli.opened import moment, now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell
from untagged.pipeline import Pipeline
from untagged.routing_check import read_routing
from untagged.routing_now import InForce, in_force, router
from untagged.routing_trial import (
    WINDOW,
    Taken,
    Trial,
    compared,
    in_window,
    stored,
    taken,
    tried,
    typed,
)
from untagged.yaml_file import YamlFile

app = typer.Typer(help="Which team gets which posts.", no_args_is_help=True)
SHOWN = 50


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    days: Annotated[int, typer.Option(min=1, max=400, help="Posts of so many days.")] = WINDOW.days,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """The rules that hold, in their order, and how many posts each took."""
    at = now_or(now)
    with opened(context) as pipeline:
        with pipeline.read() as connection:
            found = in_force(pipeline.settings, connection)
        posts, is_all = in_window(pipeline, since=at - WINDOW / 7 * days, until=at)
        counted = _taken(found, pipeline, posts, is_all=is_all)
    for rule in found.rules if as_json else ():
        print_json({**rule.model_dump(mode="json"), "posts": counted.by_rule[rule.name]})
    if as_json:
        return
    rows = [
        (
            number,
            rule.name,
            f"{rule.priority} for {rule.team}, {rule.sla}",
            _case(rule),
            counted.by_rule[rule.name],
            rule.when,
        )
        for number, rule in enumerate(found.rules, start=1)
    ]
    columns = ("", "rule", "goes to", "case", f"posts in {days} d", "when")
    print_table(columns, rows, title=f"{len(rows)} rules")
    _tell_looked_at(counted)
    tell(str(found))


@app.command(name="try")
def try_(
    context: typer.Context,
    *,
    text: Annotated[str | None, typer.Option(help="A post, as somebody would write it.")] = None,
    platform: Annotated[str, typer.Option(help="Where the text is written.")] = "x",
    followers: Annotated[int | None, typer.Option(min=0, help="Of the text's author.")] = None,
    mention: Annotated[str | None, typer.Option(help="The id of a post that is there.")] = None,
    query: Annotated[str | None, typer.Option(help="The posts that a query finds.")] = None,
    since: Annotated[str | None, typer.Option(help="Posts from, such as 7d: a table.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="A YAML file with `routing:`, instead of what holds.")
    ] = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Which rule would take a post and why; or how many posts each would; nothing is written."""
    at = now_or(now)
    if text is None and mention is None and query is None and since is None:
        raise typer.BadParameter("give --text, --mention, --query or --since")
    with opened(context) as pipeline:
        with pipeline.read() as connection:
            found = in_force(pipeline.settings, connection)
        rules = found.rules if file is None else read_routing(YamlFile(file), pipeline.settings)
        if not rules:
            raise SettingsError("there are no routing rules; `untagged init` writes an example")
        asked = router(rules, pipeline.settings)
        if text is not None or mention is not None:
            post = (
                stored(pipeline, mention)
                if mention is not None
                else typed(pipeline, text or "", platform=platform, followers=followers, now=at)
            )
            with pipeline.read() as connection:
                _show_trial(tried(pipeline, connection, asked, post, now=at), as_json=as_json)
            return
        begin = moment(since, option="--since", now=at) or at - WINDOW
        wanted = None if query is None else _parsed(query, at)
        posts, is_all = in_window(pipeline, since=begin, until=at, query=wanted)
        present = router(found.rules, pipeline.settings) if found.rules else None
        result = compared(posts, present, asked, rules=rules, is_all=is_all)
        if as_json or query is not None:
            _show_each(pipeline, asked, posts if as_json else posts[-SHOWN:], at, as_json=as_json)
        if not as_json:
            _show_table(result, rules, is_other=file is not None)


@app.command()
def export(context: typer.Context) -> None:
    """The rules that hold as YAML, to be put into the settings file."""
    with opened(context) as pipeline, pipeline.read() as connection:
        found = in_force(pipeline.settings, connection)
    typer.echo(as_yaml(found.rules), nl=False)
    tell(str(found))


@app.command()
def reset(
    context: typer.Context,
    *,
    comment: Annotated[str, typer.Option(help="For colleagues.")] = "",
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Let the rules of the settings file hold again; what was saved stays in the history."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        seen = in_force(pipeline.settings, connection).number
        if seen:
            at = now_or(now)
            desk.save_version(connection, None, seen=seen, comment=comment, now=at, actor=actor)
        found = in_force(pipeline.settings, connection)
    tell(str(found))


def as_yaml(rules: tuple[RoutingRule, ...]) -> str:
    """The rules as they would stand in the settings; what is as usual is left out."""
    said = [
        {
            "name": rule.name,
            "when": rule.when,
            **rule.model_dump(mode="json", exclude_defaults=True),
        }
        for rule in rules
    ]
    return yaml.safe_dump({"routing": said}, sort_keys=False, allow_unicode=True, width=100)


def _taken(found: InForce, pipeline: Pipeline, posts: list[Mention], *, is_all: bool) -> Taken:
    if not found.rules:
        return Taken(len(posts), {}, {}, is_all=is_all)
    asked = router(found.rules, pipeline.settings)
    return taken(posts, asked, rules=found.rules, is_all=is_all)


def _case(rule: RoutingRule) -> str:
    said = {"always": "opens one", "question": "for questions", "never": "opens none"}
    return said[rule.opens] + (f", playbook {rule.playbook}" if rule.playbook else "")


def _parsed(query: str, at: Any) -> Any:
    try:
        return parse_query(query, now=at).tree
    except QueryError as error:
        raise UntaggedError(f"{error}\n{error.pointed()}") from error


def _show_trial(trial: Trial, *, as_json: bool) -> None:
    if as_json:
        print_json(trial.to_json())
        return
    rows = [
        ("takes it" if one.is_match else "no", one.rule, str(one.why))
        for one in trial.explanation.tried
    ]
    print_table(("", "rule", "why"), rows, title=(trial.mention.text or trial.mention.title)[:100])
    route = trial.explanation.route
    who = f"{trial.agent or 'nobody yet'} ({trial.why_agent})"
    facts = [
        ("rule", route.rule),
        ("case", trial.case),
        ("team", route.team),
        *([("who would get it now", who)] if trial.why_agent else []),
        ("priority", route.priority),
        ("SLA", route.sla),
        ("tags", ", ".join(route.tags) or "–"),
        ("playbook", route.playbook.name if route.playbook else "–"),
        ("needs a reply", _needs(trial.mention)),
        *([("already", trial.before)] if trial.before else []),
    ]
    print_table(("", "what would become of it"), facts, title="route")


def _needs(mention: Mention) -> str:
    why = mention.reasons.get("needs_reply", "")
    return f"{'yes' if mention.needs_reply else 'no'}{f': {why}' if why else ''}"


def _show_each(
    pipeline: Pipeline, asked: Router, posts: list[Mention], at: Any, *, as_json: bool
) -> None:
    with pipeline.read() as connection:
        trials = [tried(pipeline, connection, asked, post, now=at) for post in posts]
    if as_json:
        for trial in trials:
            print_json(trial.to_json())
        return
    rows = [
        (
            trial.mention.id,
            trial.explanation.route.rule,
            str(trial.explanation.tried[-1].why),
            trial.agent or trial.explanation.route.no_case,
            (trial.mention.text or trial.mention.title)[:100],
        )
        for trial in trials
    ]
    print_table(("mention", "rule", "why", "who", "text"), rows, title=f"the last {len(rows)}")


def _show_table(result: Taken, rules: tuple[RoutingRule, ...], *, is_other: bool) -> None:
    rows = [
        (rule.name, rule.team, result.by_rule[rule.name], result.without_case[rule.name] or "–")
        for rule in rules
    ]
    columns = ("rule", "team", "posts", "of them without a case")
    print_table(columns, rows, title=f"{result.posts} posts")
    if is_other:
        moved = [(one.before, one.after, one.posts) for one in result.moved]
        print_table(("now", "by the file", "posts"), moved, title="what would change")
    _tell_looked_at(result)


def _tell_looked_at(result: Taken) -> None:
    if not result.is_all:
        tell(f"only the newest {result.posts} posts were looked at; ask for fewer days")

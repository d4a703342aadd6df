"""Which rules hold, what doctor and the commands say of it, and how posts are marked for them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cases import desk
from cases.playbook import Playbook
from cases.routing import Router, RoutingRule
from mentions.errors import SettingsError
from tests.untagged.world import HOUR, MINUTE, NOON, mention, settings_file
from untagged.checkup import examined
from untagged.cli.main import app
from untagged.marking import marked
from untagged.pipeline import Pipeline
from untagged.routing_check import read_routing
from untagged.routing_now import in_force, with_rules_in_force
from untagged.routing_trial import compared, in_window, taken, tried, typed
from untagged.settings import load_settings
from untagged.wiring import open_pipeline
from untagged.yaml_file import YamlFile

PLAYBOOK = "playbooks: [{name: bank, steps: [Call], templates: ['sorry, we look into it']}]\n"
ALL = RoutingRule(name="all", team="crisis", sla="standard", priority="urgent")
LATER = NOON + HOUR
COMPLAINT = ({"label": "complaint", "confidence": 0.9},)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return settings_file(tmp_path, more=PLAYBOOK)


@pytest.fixture
def pipeline(config: Path) -> Iterator[Pipeline]:
    with open_pipeline(config) as opened:
        yield opened


def said(number: int, text: str, **more: object):
    brands = ({"name": "Acme"},)
    return mention(number, text, NOON, needs_reply=True, brands=brands, lang="en", **more)


def save(pipeline: Pipeline, rules, *, seen: int = 0) -> None:
    with pipeline.begin() as connection:
        desk.save_version(connection, rules, seen=seen, now=NOON, actor="ana")


def force(pipeline: Pipeline, **changed: object):
    settings = pipeline.settings.model_copy(update=changed)
    with pipeline.read() as connection:
        found = in_force(settings, connection)
    return found, with_rules_in_force(settings, pipeline.read).routing


def told(pipeline: Pipeline) -> str:
    return str(force(pipeline)[0])


def test_the_file_holds_until_something_was_saved_and_again_after_the_way_back(pipeline: Pipeline):
    of_file = pipeline.settings.routing
    assert force(pipeline)[1] == of_file
    assert told(pipeline) == "the rules are those of the settings file"
    save(pipeline, [ALL])
    assert force(pipeline)[1] == (ALL,)
    assert "version 1, saved by ana 2026-03-04 12:00 UTC; `routing:`" in told(pipeline)
    save(pipeline, None, seen=1)
    assert force(pipeline)[1] == of_file
    assert "those of the settings file again (version 2" in told(pipeline)


def test_a_saved_version_that_no_longer_fits_does_not_stop_the_desk_and_is_told(
    pipeline: Pipeline, config: Path
):
    save(pipeline, [ALL])
    care = [team for team in pipeline.settings.teams if team.name == "care"]
    found, rules = force(pipeline, teams=tuple(care))
    assert rules == pipeline.settings.routing
    assert "there is no team 'crisis'" in found.problem
    assert "no longer fits" in str(found)
    text = config.read_text(encoding="utf-8").replace("team: crisis", "team: care")
    gone = text.replace("- {name: crisis, agents: [{name: farah}]}", "")
    config.write_text(gone, encoding="utf-8")
    (routing,) = [one for one in examined(config, now=NOON) if one.what == "routing"]
    assert not routing.is_ok
    assert "there is no team 'crisis'" in routing.said


def test_doctor_finds_a_template_that_a_playbook_prefers_and_there_is_not(tmp_path: Path):
    more = "playbooks: [{name: bank, templates: [no such one]}]\n"
    config = settings_file(tmp_path, more=more)
    (found,) = [one for one in examined(config, now=NOON) if one.what == "playbooks"]
    assert not found.is_ok
    assert "'no such one', which there is not; there are " in found.said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("playbooks: [{name: a, joins: [mallory]}]", "playbooks.0.joins: there is no 'mallory'"),
        ("playbooks: [{name: a}, {name: a}]", "'a' stands here twice"),
        ("playbooks: [{name: a, colour: red}]", "is not known here"),
        ("playbooks: [{name: a, help_desk: z}]", "playbooks.0.help_desk: there is no 'z'"),
    ],
)
def test_a_slip_in_a_playbook_is_told_with_its_place(tmp_path: Path, more: str, said: str):
    with pytest.raises(SettingsError, match=said):
        load_settings(settings_file(tmp_path, more=more))


def test_a_rule_that_names_no_playbook_that_there_is_is_told_with_its_line(tmp_path: Path):
    config = settings_file(tmp_path)
    text = config.read_text(encoding="utf-8").replace(
        "team: crisis, priority: high", "team: crisis, playbook: grave, priority: high"
    )
    config.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"line 20: routing\.0\.playbook: there is no playbook"):
        load_settings(config)


def test_a_mention_that_names_a_regulator_is_tagged_and_says_which():
    named, plain = marked([said(1, "acme, I go to the ombudsman"), said(2, "acme is late")])
    assert named.tags == ("regulator",)
    assert named.reasons["regulator"] == "names ombudsman"
    assert marked([named]) == [named]
    assert plain.tags == ()


@pytest.mark.parametrize(
    ("when", "text", "fields"),
    [
        ("tag:regulator", "acme, I go to the ombudsman", {}),
        ("contains_personal_data:true", "acme, call me", {"contains_personal_data": True}),
        ("author.followers:>50000", "acme is late", {"author": {"followers": 50_001}}),
        (
            "intent:complaint AND topic:billing",
            "acme charged twice",
            {"intents": COMPLAINT, "topics": ("billing",)},
        ),
    ],
)
def test_conditions_of_the_issue_route(when: str, text: str, fields: dict[str, object]):
    rest = RoutingRule(name="rest", team="care", sla="standard")
    rule = RoutingRule(name="it", when=when, team="senior", sla="standard")
    router = Router([rule, rest])
    (mention,) = marked([said(1, text, **fields)])
    assert router.route(mention).rule == "it"
    assert router.route(said(2, "acme is fine")).rule == "rest"


def test_a_post_that_is_indexed_has_the_tag_of_its_regulator(pipeline: Pipeline, tmp_path: Path):
    from tests.untagged.world import import_rows, post

    rows = [post(1, "Acme never answers, I complain to the ombudsman")]
    path = import_rows(tmp_path, rows)
    pipeline.import_file(path, columns=None, source="import", now=NOON)
    pipeline.process(now=NOON)
    (found,) = in_window(pipeline, since=NOON - HOUR, until=LATER)[0]
    assert "regulator" in found.tags


def test_a_typed_post_is_read_marked_and_tried_and_nothing_is_written(pipeline: Pipeline):
    text = "Acme lost my bag. Where is my refund? I go to the ombudsman."
    mention = typed(pipeline, text, platform="x", followers=312, now=NOON)
    assert (mention.tags, mention.author.followers) == (("regulator",), 312)
    router = Router(pipeline.settings.routing)
    with pipeline.read() as connection:
        trial = tried(pipeline, connection, router, mention, now=NOON)
        assert desk.list_cases(connection) == []
    assert trial.explanation.route.team == "care"
    assert (trial.agent, trial.case) == ("ana", "opens one")
    assert pipeline.store.get(mention.id) is None
    assert trial.to_json()["tried"][0]["why"] == 'brand:"bolt bank" is false: Acme'


def test_who_would_get_a_case_is_who_gets_it(pipeline: Pipeline):
    router = Router(pipeline.settings.routing)
    for number in range(1, 4):
        mention = said(number, "acme lost my bag")
        with pipeline.read() as connection:
            trial = tried(pipeline, connection, router, mention, now=LATER)
        pipeline.store.upsert([mention])
        pipeline.respond(now=LATER)
        with pipeline.read() as connection:
            case = desk.case_of_mention(connection, mention.id)
        assert case is not None
        assert (trial.agent, trial.why_agent) == (case.agent, case.assign_reason)


def test_a_post_that_needs_no_reply_is_said_to_open_no_case(pipeline: Pipeline):
    mention = said(1, "acme is fine").model_copy(update={"needs_reply": False})
    with pipeline.read() as connection:
        trial = tried(pipeline, connection, Router(pipeline.settings.routing), mention, now=NOON)
    assert (trial.case, trial.agent) == ("none: it needs no reply", "")


NOTED = "  - {name: widely read, kind: influencer, followers: 20000, sentiment: any}\n"


@pytest.mark.parametrize(
    ("change", "followers", "case", "cases"),
    [
        (("rules:\n", "rules:\n" + NOTED), 30_000, "opens one", 1),
        (("rules:\n", "rules:\n" + NOTED), 12, "none: it needs no reply", 0),
        (("after: 10m,", "after: 10m, opens_case: false,"), 12, "none: no rule asks for it", 0),
        (("after: 10m,", "after: 10m, brands: [Bolt Bank],"), 12, "none: no rule asks for it", 0),
    ],
)
def test_what_is_said_to_open_a_case_opens_one(
    tmp_path: Path, change: tuple[str, str], followers: int, case: str, cases: int
):
    path = settings_file(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    post = said(1, "acme is fine", author={"handle": "mo", "followers": followers})
    post = post.model_copy(update={"needs_reply": "no rule" in case})
    with open_pipeline(path) as pipeline:
        router = Router(pipeline.settings.routing)
        with pipeline.read() as connection:
            assert tried(pipeline, connection, router, post, now=LATER).case == case
        pipeline.store.upsert([post])
        posts, _ = in_window(pipeline, since=NOON - HOUR, until=LATER)
        pipeline.respond(now=LATER)
        with pipeline.read() as connection:
            assert len(desk.list_cases(connection)) == cases
        assert len(posts) == cases or "opens_case" in str(change)


def test_posts_of_an_own_account_open_none_by_a_rule_about_the_widely_read(tmp_path: Path):
    path = settings_file(tmp_path)
    text = path.read_text(encoding="utf-8").replace("rules:\n", "rules:\n" + NOTED)
    path.write_text(text, encoding="utf-8")
    with open_pipeline(path) as pipeline:
        (handle, *_) = pipeline.settings.brands[0].handles
        author = {"handle": handle.removeprefix("@"), "followers": 90_000}
        post = said(1, "acme is fine", author=author).model_copy(update={"needs_reply": False})
        pipeline.store.upsert([post])
        assert in_window(pipeline, since=NOON - HOUR, until=LATER) == ([], True)
        router = Router(pipeline.settings.routing)
        with pipeline.read() as connection:
            assert tried(pipeline, connection, router, post, now=LATER).case != "opens one"


def test_the_posts_of_a_window_come_oldest_first_however_many(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    posts = [
        said(number, "acme").model_copy(update={"published": NOON + number * MINUTE})
        for number in range(1, 5)
    ]
    pipeline.store.upsert(posts)
    for most, expected in ((9, ["1", "2", "3", "4"]), (2, ["3", "4"])):
        monkeypatch.setattr("untagged.routing_trial.MOST", most)
        found, _ = in_window(pipeline, since=NOON, until=LATER)
        assert [one.native_id for one in found] == expected


def test_other_rules_are_held_against_the_present_ones_over_a_week(pipeline: Pipeline):
    bank = mention(3, "bolt bank", NOON, needs_reply=True, brands=({"name": "Bolt Bank"},))
    pipeline.store.upsert([said(1, "acme"), said(2, "acme"), bank])
    posts, is_all = in_window(pipeline, since=NOON - HOUR, until=LATER)
    rules = pipeline.settings.routing
    assert taken(posts, Router(rules), rules=rules, is_all=is_all).by_rule == {
        "bank": 1,
        "everything else": 2,
    }
    others = (rules[1].model_copy(update={"opens": "never"}),)
    result = compared(posts, Router(rules), Router(others), rules=others, is_all=is_all)
    assert (result.posts, result.without_case) == (3, {"everything else": 3})
    assert [(one.before, one.after, one.posts) for one in result.moved] == [
        ("everything else (medium for care)", "everything else (no case)", 2),
        ("bank (high for crisis)", "everything else (no case)", 1),
    ]
    same = compared(posts, Router(rules), Router(rules), rules=rules, is_all=is_all)
    assert same.moved == ()


def test_a_playbook_counts_as_a_change(pipeline: Pipeline):
    rules = pipeline.settings.routing
    books = [Playbook(name="bank")]
    others = (*rules[:1], rules[1].model_copy(update={"playbook": "bank"}))
    after = Router(others, playbooks=books)
    result = compared([said(1, "acme")], Router(rules), after, rules=others, is_all=True)
    assert [one.posts for one in result.moved] == [1]


def run(config: Path, *arguments: str):
    return CliRunner().invoke(app, ["--config", str(config), "routing", *arguments])


def test_the_commands_list_try_export_and_go_back(config: Path, tmp_path: Path):
    with open_pipeline(config) as pipeline:
        pipeline.store.upsert([said(1, "acme lost my bag")])
        save(pipeline, [ALL])
    now = ("--now", LATER.isoformat())
    listed = run(config, "list", "--json", *now)
    assert json.loads(listed.stdout) | {"posts": 1} == json.loads(listed.stdout)
    assert json.loads(listed.stdout)["name"] == "all"
    trial = json.loads(run(config, "try", "--mention", "board:1", "--json", *now).stdout)
    assert (trial["rule"], trial["agent"], trial["tried"][0]["why"]) == (
        "all",
        "farah",
        "takes every post",
    )
    exported = run(config, "export")
    kept = tmp_path / "rules.yaml"
    kept.write_text(exported.stdout, encoding="utf-8")
    assert read_routing(YamlFile(kept), load_settings(config).settings) == (ALL,)
    assert "not used until `untagged routing reset`" in exported.stderr
    back = run(config, "reset", *now)
    assert "those of the settings file again" in back.stderr
    table = run(config, "try", "--since", "7d", "--file", str(kept), *now)
    assert "what would change" in table.stdout
    assert "all (urgent for crisis)" in table.stdout
    each = run(config, "try", "--query", "bag", "--json", *now)
    assert json.loads(each.stdout)["rule"] == "everything else"


def test_wrong_usage_and_a_mention_that_there_is_not_are_told(config: Path):
    assert run(config, "try").exit_code == 2
    assert "there is no mention 'board:9'" in str(
        run(config, "try", "--mention", "board:9").exception
    )
    assert "expected" in str(run(config, "try", "--query", "intent:(bug").exception)


def test_steps_are_listed_and_ticked_by_command(tmp_path: Path):
    config = settings_file(tmp_path, more=PLAYBOOK)
    text = config.read_text(encoding="utf-8").replace("when: '*',", "when: '*', playbook: bank,")
    config.write_text(text, encoding="utf-8")
    with open_pipeline(config) as pipeline:
        pipeline.store.upsert([said(1, "acme lost my bag")])
        pipeline.respond(now=LATER)

    def cases(*arguments: str):
        return CliRunner().invoke(app, ["--config", str(config), "cases", *arguments])

    assert "done by ana" in cases("tick", "1", "1", "--as", "ana").stderr
    (step,) = [json.loads(line) for line in cases("steps", "1", "--json").stdout.splitlines()]
    assert (step["text"], step["done_by"]) == ("Call", "ana")
    assert "not done" in cases("tick", "1", "1", "--undo").stderr

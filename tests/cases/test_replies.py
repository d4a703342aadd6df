"""Reply templates say what they are for, are filled safely, and are suggested with a reason."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.length import length_on
from cases.replies import (
    VARIABLES,
    ReplyTemplate,
    fill,
    find_template,
    handle_of,
    load_templates,
    name_of,
    parse_template,
)
from cases.suggesting import suggested
from mentions.errors import NotFound, SettingsError
from mentions.mention import Author
from tests.cases.world import post

VALUES = {
    "author": "Lena",
    "handle": "@lena",
    "brand": "Nimbus Air",
    "agent": "ana",
    "case": "12",
    "expect": "within 2h",
    "order": "",
}
OURS = load_templates()


def template(body: str, front: str = "name: mine") -> ReplyTemplate:
    return parse_template(f"---\n{front}\n---\n{body}\n", Path("mine.md"))


@pytest.mark.parametrize("one", OURS, ids=lambda one: one.name)
def test_our_templates_fit_everywhere_with_everything_and_with_nothing(one: ReplyTemplate) -> None:
    for values in (VALUES, dict.fromkeys(VARIABLES, "")):
        assert length_on("x", fill(one, values)).over_from is None


def test_a_template_shows_what_it_is_given() -> None:
    body = "Hi {{ author }}, case {{ case }}{{ ', order ' ~ order if order }}. /{{ agent|upper }}"
    assert fill(template(body), VALUES) == "Hi Lena, case 12. /ANA"
    assert "order 7" in fill(template(body), VALUES | {"order": "7"})


HOSTILE = [
    "{{ author.__class__.__mro__ }}",
    "{{ author['__class__'] }}",
    "{% for x in range(10**9) %}x{% endfor %}",
    "{{ 'a' * 10**9 }}",
    "{{ self }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% set x = 1 %}",
    "{% macro m() %}{% endmacro %}",
    "{{ author|attr('__class__') }}",
    "{{ author|format(1) }}",
    "{{ range(3) }}",
    "{{ namespace() }}",
    "{{ text }}",
    "{{ config }}",
    "{{ [1] }}",
    "{{ 9 ** 9 }}",
    "{{ author is callable }}",
    "{{ author",
    "{% if %}",
]


@pytest.mark.parametrize("body", HOSTILE)
def test_a_template_that_would_do_more_than_fill_is_refused_by_its_file_s_name(body: str) -> None:
    with pytest.raises(SettingsError, match=r"mine\.md: "):
        template(body)


@pytest.mark.parametrize("value", ["{{ 7*7 }}", "{% raw %}", "{# x #}", "${7*7}", "{{ agent }}"])
def test_template_syntax_in_a_value_is_never_run(value: str) -> None:
    assert fill(template("Hi {{ author }}!"), VALUES | {"author": value}) == f"Hi {value}!"


@given(st.text(max_size=300))
def test_any_value_fills_on_one_line_and_is_not_evaluated(value: str) -> None:
    filled = fill(template("<{{ author }}>"), VALUES | {"author": value})
    assert "\n" not in filled
    assert "\u202e" not in filled
    assert len(filled) <= 102


@pytest.mark.parametrize(
    ("name", "handle", "called"),
    [
        ("Lena Müller", "lena", "Lena Müller"),
        ("Lena 🌸", "lena", "Lena"),
        ("José-María O’Neill", "jm", "José-María O’Neill"),
        ("", "lena", "@lena"),
        ("visit evil.example", "lena", "@lena"),
        ("@nike", "lena", "@lena"),
        ("https://x.example", "", "there"),
        ("{{ 7*7 }}", "lena", "@lena"),
        ("<b>bob</b>", "bob", "@bob"),
        ("", "not a handle", "there"),
        ("\u202eanel", "lena", "anel"),
        ("Lena", "@lena@example.social", "Lena"),
    ],
)
def test_an_author_is_called_by_a_name_that_is_one(name: str, handle: str, called: str) -> None:
    assert name_of(Author(name=name, handle=handle)) == called


def test_a_handle_is_written_with_one_at_sign() -> None:
    assert handle_of(Author(handle="@lena@example.social")) == "@lena@example.social"
    assert handle_of(Author(handle="a b")) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no front matter", "begin with"),
        ("---\nname: x\n---\n\n", "no text"),
        ("---\nname: x\nintent: [complaint]\n---\nhi", "intent"),
        ("---\nname: x\nintents: [anger]\n---\nhi", "intents"),
        ("---\n- x\n---\nhi", "valid dictionary"),
        ("---\n[\n---\nhi", "no YAML"),
        ("---\nname: x\nlang: english\n---\nhi", "lang"),
        ("---\nname: x\n---\n" + "a" * 20_001, "shorten"),
        ("---\nname: x\n---\n" + "{% if case %}" * 2_000, "mine.md"),
    ],
)
def test_a_file_that_is_no_template_is_refused_with_what_to_mend(text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        parse_template(text, Path("mine.md"))


def test_a_folder_s_template_comes_in_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "t.md").write_text("---\nname: thanks\n---\nCheers, {{ author }}\n")
    assert find_template(load_templates(tmp_path), "thanks").body == "Cheers, {{ author }}"
    (tmp_path / "u.md").write_text("---\nname: thanks\n---\nTwice\n")
    with pytest.raises(SettingsError, match="rename one"):
        load_templates(tmp_path)
    with pytest.raises(SettingsError, match="there is no folder"):
        load_templates(tmp_path / "away")
    with pytest.raises(NotFound, match="there are"):
        find_template(OURS, "nothing")


ANGRY = {
    "intents": ({"label": "complaint", "confidence": 0.9},),
    "sentiment": {
        "label": "negative",
        "score": -0.8,
        "confidence": 0.9,
        "unsure": False,
        "model": "m",
    },
}


def test_a_complaint_is_answered_with_an_apology_and_the_reason_says_why() -> None:
    best, *rest = suggested(OURS, post(**ANGRY))
    assert best.template.name.startswith("sorry")
    assert best.reasons == ("intent complaint", "sentiment negative")
    assert {one.template.name for one in rest} == {"sorry, by message"}


def test_only_templates_of_the_post_s_language_platform_and_brand_are_suggested() -> None:
    mine = [
        template("Hi", "name: x only\nplatforms: [x]"),
        template("Hi", "name: other brand\nbrand: Acme"),
        template("Hallo", "name: deutsch\nlang: de"),
        template("Hi", "name: fits\nbrand: Nimbus Air\nplatforms: [forum]"),
    ]
    assert [one.template.name for one in suggested(mine, post())] == ["fits"]
    assert [one.template.name for one in suggested(mine, post(lang="de"))] == ["deutsch"]
    names = {one.template.name for one in suggested(mine, post(lang="und"))}
    assert names == {"deutsch", "fits"}


def test_where_the_answer_should_be_private_a_private_template_comes_first() -> None:
    assert suggested(OURS, post(**ANGRY), tags=["private"])[0].template.name == "sorry, by message"


def test_earlier_use_breaks_a_tie_but_does_not_outweigh_the_intent() -> None:
    both = [template("Hi", "name: a"), template("Hi", "name: b")]
    assert suggested(both, post(), uses={"b": 1})[0].template.name == "b"
    first, *_ = suggested(OURS, post(**ANGRY), uses={"sorry, we look into it": 3, "thanks": 10_000})
    assert first.template.name == "sorry, we look into it"
    assert first.reasons[-1] == "used 3×"


@pytest.mark.parametrize(
    "body",
    [
        "{{ author" + "|upper" * 3000 + " }}",
        "{{ " + "not " * 4000 + "author }}",
        "{% if author %}" * 200 + "x" + "{% endif %}" * 200,
    ],
)
def test_a_template_nested_too_deep_is_refused_when_it_is_read(body):
    with pytest.raises(SettingsError, match=r"deep\.md: is nested too deep"):
        parse_template(f"---\nname: deep\n---\n{body}", Path("deep.md"))

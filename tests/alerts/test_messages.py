"""Messages: what people read, and that no post can make it do anything."""

import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from alerts.messages import Message, alert_payload, cases_payload, render, team_folders
from alerts.samples import TOLD, samples
from mentions.errors import DeliveryRefused
from tests.alerts.world import HOUR, NOW, firing, mention

LINK = "http://127.0.0.1:8000/alerts/5"
HOSTILE = (
    "@everyone <!channel> <script>alert(1)</script> {{ 7*7 }} {% raw %} "
    "https://evil.example/x?a=1 [free](http://evil.example) \u202eoot\u202c </blockquote>"
)


def spike(**other: Any) -> Message:
    known: dict[str, Any] = {"alert_id": 5, "posts": [mention()], "link": LINK}
    return render("spike", alert_payload(firing(), **{**known, **other}))


def test_a_spike_says_what_why_whose_words_and_where_to_go() -> None:
    message = spike()
    assert message.title == "Acme: 43 negative mentions, 9.2 expected (severity 2)"
    assert message.text.splitlines() == [
        "43 negative mentions in the hour to 21:00 UTC, 9.2 expected at that time of day.",
        "",
        "Rule: negative spike. Began: 2 Mar 2026, 21:00 UTC.",
        "",
        '"my acme phone is on fire"',
        "— somebody on board, 2 Mar 2026, 20:00 UTC",
        "",
        f"Acknowledge it here: {LINK}",
    ]
    assert links(message.html) == [(LINK, "Acknowledge it")]


def links(html: str) -> list[tuple[str, str]]:
    """Where its links lead, and their words."""
    tree = lxml_html.fragment_fromstring(html, create_parent="div")
    return [(link.get("href"), link.text_content()) for link in tree.iter("a")]


def test_a_repeated_spike_says_that_it_still_goes_on() -> None:
    assert spike(notification=2).title.startswith("Still going on: Acme: 43")


def test_without_posts_or_link_nothing_is_left_dangling() -> None:
    message = spike(posts=[], link="")
    assert message.text.endswith("Began: 2 Mar 2026, 21:00 UTC.")
    assert "href" not in message.html


def test_at_most_three_posts_are_quoted() -> None:
    assert spike(posts=[mention(str(place)) for place in range(9)]).text.count('"my acme') == 3


def test_unanswered_mentions_say_how_long_they_wait() -> None:
    waiting = firing(kind="unanswered", reason="2 mentions of Acme have no answer", severity=3)
    message = render("unanswered", alert_payload(waiting, alert_id=5, link=LINK))
    assert message.title == "2 mentions of Acme have no answer (severity 3)"
    assert LINK in message.text


def case(number: int, **changed: Any) -> dict[str, Any]:
    said = {
        "id": number,
        "brand": "Acme",
        "agent": "ana",
        "priority": "high",
        "text": "my acme leaks",
        "url": "https://board.example/1",
        "due_at": (NOW + HOUR).isoformat(),
    }
    return said | changed


def test_a_teams_cases_say_who_has_them_and_until_when() -> None:
    payload = cases_payload("overdue", team="care", cases=[case(7), case(8)], link=LINK)
    message = render("cases", json.loads(json.dumps(payload)))
    assert message.title == "2 overdue cases for care"
    assert "Case 7 (Acme, high priority) with ana, due 2 Mar 2026, 22:00 UTC" in message.text
    assert "https://board.example/1" in message.text
    assert ("https://board.example/1", "the post") in links(message.html)
    assert LINK in message.text


def test_a_case_that_misses_one_promise_after_another_says_which_is_due() -> None:
    late = case(7, promise="next response")
    message = render("cases", cases_payload("overdue", team="care", cases=[late], link=LINK))
    assert "with ana, next response due 2 Mar 2026, 22:00 UTC\n" in message.text
    assert "· next response due 2 Mar 2026, 22:00 UTC" in message.html


def test_a_case_without_agent_or_due_time_says_so() -> None:
    payload = cases_payload("new", team="care", cases=[case(7, agent="", due_at="", url="")])
    message = render("cases", payload)
    assert message.title == "1 new case for care"
    assert "with nobody yet" in message.text
    assert "due" not in message.text


def test_at_most_ten_cases_are_listed() -> None:
    message = render("cases", cases_payload("new", team="care", cases=[case(n) for n in range(14)]))
    assert message.text.count("my acme leaks") == 10
    assert "And 4 more." in message.text


def test_what_a_case_quotes_is_harmless() -> None:
    hostile = case(7, text=HOSTILE, url="javascript:alert(1)")
    message = render("cases", cases_payload("new", team="care", cases=[hostile]))
    assert "@everyone" not in message.text
    assert "<script>" not in message.html
    assert "javascript" not in message.text + message.html


def test_a_hostile_post_is_quoted_harmlessly() -> None:
    message = spike(posts=[mention(text=HOSTILE, url="javascript:alert(1)")])
    quoted = message.text.split('"')[1]
    assert quoted == (
        "＠everyone ‹!channel› ‹script›alert(1)‹/script› {{ 7*7 }} {% raw %} "
        "hxxps://evil[.]example/x?a=1 [free] (hxxp://evil[.]example) oot ‹/blockquote›"
    )
    assert "javascript" not in message.text + message.html


hostile = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=400).filter(
    lambda text: text.strip()
)
pieces = st.lists(
    st.sampled_from(
        ["<", ">", '"', "'", "&", "{{", "}}", "{%", "@all", "http://x.example", "</p>"]
    ),
    min_size=1,
    max_size=30,
).map("".join)


@settings(deadline=None, max_examples=80)
@given(hostile | pieces, hostile | pieces)
def test_no_post_adds_a_tag_a_link_or_a_ping(text: str, author: str) -> None:
    calm = spike()
    message = spike(posts=[mention(text=text, author={"name": author})])
    assert _shape(message.html) == _shape(calm.html)
    assert not re.search("(?i)https?:", message.text.replace(LINK, ""))
    assert "@" not in message.text
    assert message.text.count("\n") == calm.text.count("\n")


def _shape(source: str) -> list[tuple[str, list[tuple[str, str]]]]:
    tree = lxml_html.fragment_fromstring(source, create_parent="div")
    return [(str(node.tag), list(node.attrib.items())) for node in tree.iter()]


def test_a_payload_survives_being_json() -> None:
    payload = alert_payload(firing(), alert_id=5, posts=[mention(text="späß 😀")], link=LINK)
    assert render("spike", json.loads(json.dumps(payload))) == render("spike", payload)


def test_a_team_may_bring_its_own_template(tmp_path: Path) -> None:
    (tmp_path / "spike.txt.j2").write_text("Hey: {{ alert.brand }}\n{{ posts[0].text }}\n")
    payload = alert_payload(firing(), alert_id=5, posts=[mention(text="<b> @all")])
    message = render("spike", payload, folders=[tmp_path])
    assert (message.title, message.text) == ("Hey: Acme", "‹b› ＠all")
    assert "<strong>" in message.html


BROKEN = [
    ("{{ alert.nothing }}", "has no attribute 'nothing'"),
    ("{{ missing }}", "'missing' is undefined"),
    ("{{ alert.__class__.__mro__ }}", "unsafe"),
    ("{% for %}", "Expected"),
    ("{{ 1 / 0 }}", "division by zero"),
    ("{{ alert.began | moment(3) }}", "positional argument"),
    ("{% include 'nowhere.j2' %}", "no template nowhere.j2"),
    ("{{ posts[7].text }}", "has no element 7"),
    ("   ", "is empty"),
]


@pytest.mark.parametrize(("template", "said"), BROKEN)
def test_a_broken_template_loses_no_letter_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, template: str, said: str
) -> None:
    (tmp_path / "spike.txt.j2").write_text(template)
    payload = alert_payload(firing(), alert_id=5)
    assert render("spike", payload, folders=[tmp_path]) == render("spike", payload)
    assert said in caplog.text


def test_a_teams_own_template_comes_before_the_folders_and_that_before_ours(
    tmp_path: Path,
) -> None:
    (tmp_path / "care").mkdir()
    (tmp_path / "care" / "spike.txt.j2").write_text("Care: {{ alert.brand }}\n")
    (tmp_path / "spike.txt.j2").write_text("House: {{ alert.brand }}\n")

    def title(kind: str, team: str) -> str:
        payload = alert_payload(firing(kind=kind), alert_id=5, team=team)
        return render(kind, payload, folders=[tmp_path]).title

    assert title("spike", "care") == "Care: Acme"
    assert title("spike", "crisis") == "House: Acme"
    assert title("flatline", "care").startswith("Acme is hardly mentioned")


@pytest.mark.parametrize("team", ["..", ".", "../care", "care/..", "/etc", ""])
def test_a_teams_name_leads_to_no_other_folder(tmp_path: Path, team: str) -> None:
    assert team_folders([tmp_path], team) == (tmp_path,)


@pytest.mark.parametrize("kind", TOLD)
def test_every_kind_reads_well_and_fetches_nothing(kind: str) -> None:
    for payload in samples(kind):
        message = render(kind, json.loads(json.dumps(payload)))
        assert re.match(r"[A-Z0-9]", message.title)
        assert not re.search(r" {2}|\n{3}|None|\{\{", message.title + "\n" + message.text)
        assert not re.search(r"<(style|script|link|img)|url\(|src=", message.html)
        tree = lxml_html.fragment_fromstring(message.html, create_parent="div")
        assert " ".join(tree.text_content().split())
        # Ink and ground are the reader's own, so that dark mode shows dark; the button has both.
        for node in tree.iter("div", "p", "blockquote", "small", "strong"):
            assert not re.search(r"(?<![-\w])(color|background):", node.get("style") or "")


PICTURE = b"\x89PNG\r\n\x1a\n and what follows"


def test_a_picture_is_shown_where_the_caller_says_it_lies() -> None:
    payload = {**samples("spike")[0], "picture": b64encode(PICTURE).decode()}
    message = render("spike", payload, picture_at="cid:chart.png")
    assert message.picture == PICTURE
    assert '<img src="cid:chart.png"' in message.html
    assert "<img" not in render("spike", payload).html


@pytest.mark.parametrize("given", ["", "no base64!", b64encode(b"GIF89a").decode(), 7, None])
def test_what_is_no_picture_is_left_out(given: object) -> None:
    message = render("spike", {**samples("spike")[0], "picture": given}, picture_at="cid:x.png")
    assert message.picture is None
    assert "<img" not in message.html


def test_an_unknown_kind_says_which_template_is_missing() -> None:
    with pytest.raises(DeliveryRefused, match=r"no template rumour\.txt\.j2"):
        render("rumour", {})
    with pytest.raises(DeliveryRefused):
        render("../../secrets", {})

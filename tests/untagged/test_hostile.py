"""What hostile posts say stays words: in the browser, the file, the mail and the webhook."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from alerts.book import list_alerts
from alerts.messages import alert_payload, render
from mentions.mention import Mention
from mentions.query.parser import parse_query
from tests.alerts.receiver import receiving
from tests.alerts.test_channels import letter, webhook
from tests.alerts.world import firing
from tests.browser import complaints
from tests.untagged.served import log_in, served
from tests.untagged.world import import_rows, post, settings_file
from untagged.exporting import csv_text, json_lines
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
MARK = "window.hacked=1"
SCRIPT = f"<script>{MARK}</script><img src=x onerror={MARK}>\"'><svg onload={MARK}>"
TEMPLATE = (
    "{{271*829}} {% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %} ${271*829}"
)
TURNED = "\u202eecin era yehT\u202c \u2066\u202b"
FORMULA = '=HYPERLINK("http://evil.example";"refund")+cmd|\' /C calc\'!A0'
ROWS = [
    post(
        1,
        f"Acme is terrible, where is my refund? {SCRIPT} {TEMPLATE} {TURNED}",
        NOW - HOUR,
        title=SCRIPT,
        url=f"javascript:{MARK}",
        author={"name": SCRIPT, "handle": f"<b onclick={MARK}>", "url": f"data:text/html,{SCRIPT}"},
    ),
    post(2, FORMULA + " acme refund?", NOW - HOUR, title="+1", author={"handle": "@SUM(A1:A9)"}),
    post(3, "Acme lost my bag! " + "\U0001f621" * 10_000, NOW - HOUR),
]
PAGES = (
    *("/", "/search?q=acme&period=all", "/search?q=refund&period=all&sort=widest"),
    *("/brands/Acme", "/cases", "/cases/1", "/cases/2", "/cases/3", "/alerts", "/alerts/1"),
    *("/routing", "/team", "/sources", "/questions/keep?id=import:1", "/questions/known"),
)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("a firm")
    with open_pipeline(settings_file(folder)) as opened:
        path = import_rows(folder, ROWS)
        opened.import_file(path, columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        opened.respond(now=NOW)
        yield opened


@pytest.fixture(scope="module")
def mentions(pipeline: Pipeline) -> list[Mention]:
    found = list(pipeline.store.iterate(parse_query("*")))
    assert len(found) == len(ROWS)
    return found


class _Markup(HTMLParser):
    """The tags and attributes that a reader of mail would obey."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@pytest.mark.slow
def test_no_page_obeys_a_hostile_post(pipeline: Pipeline, chromium: WebDriver) -> None:
    with served(pipeline) as address:
        for path in PAGES:
            log_in(chromium, address, path)
            assert chromium.execute_script("return window.hacked") is None, path
            refused = [line for line in complaints(chromium) if "Content Security" in line]
            assert refused == [], path
        chromium.get(f"{address}/cases/1")
        assert "{{271*829}}" in chromium.page_source
        assert "224659" not in chromium.find_element("css selector", ".said").text


def test_no_cell_of_a_file_is_a_formula(mentions: list[Mention]) -> None:
    rows = list(csv.reader(io.StringIO("".join(csv_text(mentions)))))
    assert len(rows) == 1 + len(ROWS)
    for row in rows:
        for cell in row:
            is_number = re.fullmatch(r"-?\d+(\.\d+)?", cell)
            assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    lines = "".join(json_lines(mentions)).splitlines()
    assert [json.loads(line)["text"] for line in lines] == [one.text for one in mentions]


def test_a_mail_holds_no_markup_of_a_post(pipeline: Pipeline, mentions: list[Mention]) -> None:
    with pipeline.read() as connection:
        (alert,) = [one for one in list_alerts(connection) if one.kind == "unanswered"]
    payload = alert_payload(alert.firing, alert_id=alert.id, posts=mentions, link="http://x/1")
    message = render("unanswered", payload, folders=(), pictured=False)
    markup = _Markup()
    markup.feed(message.html)
    assert not {tag for tag, _ in markup.seen} & {"script", "img", "svg", "b", "iframe"}
    for _, attributes in markup.seen:
        assert not [name for name in attributes if name.startswith("on")]
        assert not (attributes.get("href") or "").lower().startswith(("javascript:", "data:"))
    assert "224659" not in message.text
    assert "\u202e" not in message.text


def test_a_webhook_carries_words_whatever_they_say(mentions: list[Mention]) -> None:
    payload = alert_payload(firing(), alert_id=5, posts=mentions)
    with receiving() as receiver:
        webhook(receiver.url).send(letter(payload=payload), now=datetime.now(UTC))
    (got,) = receiver.got
    said = json.loads(got.body)["data"]
    assert len(said["posts"]) == len(ROWS)
    assert "{{271*829}}" in said["message"]
    assert "\u202e" not in said["message"]
    assert len(got.body) < 20_000  # what Standard Webhooks asks for, ten thousand emoji or not

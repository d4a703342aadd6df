"""The client does all that the API does, against a cockpit that listens on loopback."""

import ast
import base64
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from alerts.digests import issued
from mentions.webhooks import signed
from tests.alerts.digests.made import FULL
from tests.alerts.receiver import Receiver, receiving
from tests.untagged.asking_world import WEEK, ByThing, wish
from tests.untagged.served import served
from tests.untagged.world import HOUR, MINUTE, import_rows, post, settings_file
from untagged import client as the_client
from untagged.accounts import book, tokens
from untagged.accounts.book import By
from untagged.accounts.roles import MEANING
from untagged.client import (
    Busy,
    Changed,
    Conflict,
    NotAllowed,
    NotFound,
    NotSigned,
    Unavailable,
    Unreachable,
    Untagged,
    Wrong,
    report_shapes,
    shapes,
    verify_webhook,
)
from untagged.digests.entries import gather_entries
from untagged.pipeline import Pipeline
from untagged.web.api.app import create_api
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC).replace(microsecond=0)
POSTS = 7
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LEFT_OUT: dict[tuple[str, str], str] = {}
"""Operations that no method of the client asks for, each with the reason."""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as opened, pytest.MonkeyPatch.context() as patched:
        patched.setenv("HOOK_SECRET", SECRET)
        yield opened


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("a firm")
    hook = {"name": "tracker", "url": receiver.url, "secret_env": "HOOK_SECRET", "events": ["*"]}
    desk = {
        "name": "support",
        "kind": "webhook",
        "address": f"{receiver.url}/desk",
        "secret_env": "HOOK_SECRET",
    }
    more = (
        "cockpit: {requests_per_minute: 1000000}\n"
        f"webhooks: {json.dumps([hook])}\nhelp_desks: {json.dumps([desk])}\n"
        "playbooks:\n  - {name: calm, steps: [look, call]}\n"
    )
    path = settings_file(folder, more=more)
    path.write_text(
        path.read_text().replace(
            "team: care, sla: standard}", "team: care, sla: standard, playbook: calm}"
        )
    )
    with open_pipeline(path) as opened:
        rows = [
            post(n, f"Acme lost my bag number {n}, where is my refund?", NOW - n * HOUR)
            for n in range(1, POSTS + 1)
        ]
        opened.import_file(import_rows(folder, rows), columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        opened.respond(now=NOW)
        opened.store.upsert([wish(1, "#dark mode, please"), wish(2, "#dark mode when it is late")])
        gather_entries(opened, WEEK, "feature-requests", ByThing().likeness)
        with opened.begin() as connection:
            issued.keep(connection, FULL, now=NOW)
        yield opened


@pytest.fixture(scope="module")
def url(pipeline: Pipeline) -> Iterator[str]:
    with served(pipeline) as address:
        yield address


def token_of(pipeline: Pipeline, name: str, *may: Any) -> str:
    by = By("a test", NOW - MINUTE)
    with pipeline.begin() as connection:
        user = book.find_user(connection, name) or book.add_user(
            connection, name, role="admin", by=by, agent="ana" if name == "program" else ""
        )
        return tokens.make_token(
            connection, user, label="x", may=may, ends_at=NOW + timedelta(days=1), by=by
        )


@pytest.fixture(scope="module")
def asked() -> list[tuple[str, str]]:
    """Method and path of whatever `untagged` asked for."""
    return []


@pytest.fixture(scope="module")
def untagged(pipeline: Pipeline, url: str, asked: list[tuple[str, str]]) -> Iterator[Untagged]:
    with Untagged(url, token=token_of(pipeline, "program", *MEANING)) as opened:
        opened._asker._client.event_hooks["request"].append(
            lambda request: asked.append((request.method, request.url.path))
        )
        yield opened


@pytest.fixture
def case(untagged: Untagged) -> int:
    """A case that is open."""
    return next(untagged.cases.list(status=["open"]))["id"]


def test_a_search_walks_every_page_and_counts(untagged: Untagged) -> None:
    found = list(untagged.search("bag", since=NOW - 10 * HOUR))
    assert [one["native_id"] for one in found] == [str(n) for n in range(1, POSTS + 1)]
    pages = list(untagged._asker.pages("/mentions", q="bag", limit=3))
    assert pages == found
    assert untagged.count("bag") == POSTS
    assert untagged.facet("bag", "brand") == {"Acme": POSTS}
    assert untagged.mention("import:1") == found[0]
    exported = list(untagged.export("bag"))
    assert [one["id"] for one in exported] == [one["id"] for one in reversed(found)]
    hours = untagged.series("bag", since=NOW - 24 * HOUR, until=NOW + HOUR, by="sentiment")
    assert sum(hours["mentions"]) == POSTS


def test_a_correction_stays_until_it_is_taken_back(untagged: Untagged) -> None:
    before = untagged.mention("import:2")["sentiment"]
    after = untagged.correct("import:2", "sentiment", "positive")
    assert after["sentiment"] is not None
    assert after["sentiment"]["label"] == "positive"
    assert untagged.correct("import:2", "sentiment", None)["sentiment"] == before
    with pytest.raises(Wrong, match="'great' is no sentiment"):
        untagged.correct("import:2", "sentiment", "great")
    with pytest.raises(NotFound):
        untagged.correct("import:99", "sentiment", "positive")


def test_what_is_listened_for_and_what_stood_out(untagged: Untagged) -> None:
    assert [one["name"] for one in untagged.brands()] == ["Acme", "Bolt Bank"]
    assert untagged.sources() == []
    assert untagged.spikes(brand="Acme", since=NOW - 24 * HOUR) == []


def test_an_alert_is_taken_on_handed_over_and_closed(untagged: Untagged) -> None:
    (alert,) = untagged.alerts.list()
    number = alert["id"]
    assert untagged.alerts.acknowledge(number, "on it")["acknowledged_by"] == "ana"
    with pytest.raises(Conflict, match="ana has acknowledged"):
        untagged.alerts.acknowledge(number)
    assert untagged.alerts.unacknowledge(number)["status"] == "firing"
    assert untagged.alerts.assign(number, "ben")["owner"] == "ben"
    assert untagged.alerts.resolve(number)["status"] == "resolved"
    assert untagged.alerts.reopen(number)["status"] == "firing"
    assert untagged.alerts.get(number)["history"][0]["what"] == "fired"
    assert list(untagged.alerts.list(kinds=["spike"], brand="Acme")) == []
    assert list(untagged.alerts.list(kinds="spike", brand="Acme")) == []


def test_a_silence_begins_and_ends(untagged: Untagged) -> None:
    made = untagged.alerts.silence(["brand=Acme"], until=NOW + 2 * HOUR, comment="known")
    assert [one["id"] for one in untagged.alerts.silences()] == [made["id"]]
    untagged.alerts.end_silence(made["id"])
    assert untagged.alerts.silences() == []


def test_digests_are_read(untagged: Untagged) -> None:
    (digest,) = untagged.digests.list()
    whole = untagged.digests.get(digest["id"])
    assert (digest["title"], whole["schema"]) == (FULL.title, "untagged.digest/1")
    assert len(whole["records"]) == len(FULL.records)
    assert list(untagged.digests.list(kind="team")) == []


def test_requests_are_listed_and_marked(untagged: Untagged) -> None:
    (entry,) = untagged.requests.list(status=["open"])
    # A word alone is one, and no list of its letters.
    assert [*untagged.requests.list(kind=entry["kind"], status="open")] == [entry]
    assert len(untagged.requests.get(entry["id"])["members"]) == entry["posts"] == 2
    assert untagged.requests.mark(entry["id"], "planned", note="in May")["status"] == "planned"
    assert list(untagged.requests.list(status=["open"])) == []
    with pytest.raises(NotFound, match="FR-99"):
        untagged.requests.get("FR-99")


def test_incidents_are_listed(untagged: Untagged) -> None:
    assert list(untagged.incidents.list(status="all")) == []
    with pytest.raises(NotFound, match="incident 9"):
        untagged.incidents.get(9)


def test_a_case_is_worked_from_its_claim_to_its_end(untagged: Untagged, case: int) -> None:
    cases = untagged.cases
    cases.release(case)
    assert cases.take(case, "ana")["agent"] == "ana"
    assert cases.assign(case, agent="ben")["agent"] == "ben"
    assert cases.note(case, "called them")["notes"][0]["text"] == "called them"
    assert cases.tag(case, add=["bags"])["tags"] == ["bags"]
    assert cases.prioritise(case, "urgent")["priority"] == "urgent"
    assert cases.pend(case)["status"] == "pending"
    assert cases.snooze(case, NOW + 5 * HOUR)["status"] == "snoozed"
    assert cases.reopen(case)["status"] == "open"
    assert cases.answered(case, NOW)["first_reply_at"] is not None
    assert cases.needs_reply(case, needed=False)["no_reply"]
    assert cases.needs_reply(case)["no_reply"] == ""
    assert cases.resolve(case, answer="https://acme.example/bags")["status"] == "resolved"
    assert case not in [one["id"] for one in cases.list()]


def test_a_case_is_worked_with_others(untagged: Untagged, case: int) -> None:
    cases = untagged.cases
    assert cases.watch(case) == [{"agent": "ana"}]
    assert cases.watchers(case) == [{"agent": "ana"}]
    assert cases.unwatch(case) == []
    assert [one["text"] for one in cases.steps(case)] == ["look", "call"]
    assert cases.tick(case, 1)[0]["done_by"] == "ana"
    assert cases.hand_over(case, "support")[0]["desk"] == "support"
    assert cases.tickets(case)[0]["desk"] == "support"
    other = [one["id"] for one in cases.list(status=["open"])][-1]
    assert cases.merge(other, into=case)["merged_into"] == case


def test_who_decided_on_what_has_changed_is_refused(untagged: Untagged, case: int) -> None:
    seen = untagged.cases.get(case)
    untagged.cases.note(case, "meanwhile")
    untagged.cases.tag(case, add=["new"])
    with pytest.raises(Changed, match="somebody else"):
        untagged.cases.resolve(seen)
    assert untagged.cases.resolve(untagged.cases.get(case))["status"] == "resolved"


def test_webhooks_are_looked_at_paused_and_told_again(untagged: Untagged) -> None:
    (hook,) = untagged.webhooks.list()
    assert (hook["name"], hook["state"]) == ("tracker", "fine")
    tries = list(untagged.webhooks.tries("tracker", outcome="sent"))
    assert tries[-1]["types"] == "mention.matched"
    assert untagged.webhooks.pause("tracker")["state"] == "paused"
    assert untagged.webhooks.resume("tracker")["state"] == "fine"
    assert untagged.webhooks.replay("tracker", since="now-30d", event="mention.*") == POSTS


def test_no_operation_of_the_api_is_forgotten(
    untagged: Untagged, pipeline: Pipeline, asked: list[tuple[str, str]]
) -> None:
    """The tests before this one have called everything; alone it has nothing to look at."""
    if ("POST", "/api/v1/webhooks/tracker/replay") not in asked:
        pytest.skip("this test looks at what the others of its file asked for; run them too")
    described = create_api(pipeline).openapi()["paths"]
    known = {(method.upper(), path) for path, some in described.items() for method in some}
    patterns = {
        (method, path): re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(f"/api/v1{path}")))
        for method, path in known
    }
    called = {
        operation
        for operation, pattern in patterns.items()
        if any(how == operation[0] and pattern.fullmatch(where) for how, where in asked)
    }
    assert known - called == set(LEFT_OUT)


def test_the_shapes_are_those_of_the_description(pipeline: Pipeline) -> None:
    schemas = create_api(pipeline).openapi()["components"]["schemas"]
    known = vars(report_shapes) | vars(shapes)
    names = [name for name, one in known.items() if isinstance(one, type)]
    held = 0
    for name in names:
        described = schemas.get(f"{name}Shape") or schemas.get(name)
        if described is not None:
            assert set(known[name].__annotations__) == set(described["properties"]), name
            held += 1
    assert held == len(names) - len({"Case", "Any"} & set(names)) > 15


def test_a_token_that_may_not_is_refused_with_what_to_do(pipeline: Pipeline, url: str) -> None:
    with Untagged(url, token=token_of(pipeline, "reader", "look")) as reader:
        assert reader.count("bag") == POSTS
        with pytest.raises(NotAllowed, match="may not take, answer"):
            reader.cases.note(1, "x")
        with pytest.raises(NotAllowed, match="may not take mentions out"):
            list(reader.export())
    with Untagged(url, token="guess") as stranger, pytest.raises(NotAllowed):
        stranger.count()


def test_a_wrong_query_says_where(untagged: Untagged) -> None:
    with pytest.raises(Wrong) as refused:
        untagged.count("bag AND (")
    assert refused.value.query is not None
    assert refused.value.query["position"] == len("bag AND ")


def test_nobody_there_is_said() -> None:
    with Untagged("http://127.0.0.1:9", token="x") as nobody, pytest.raises(Unreachable):
        nobody.count()


class Moody:
    """Answers as told, then as it should; `slept` are the pauses that were made."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers, self.asked, self.slept = list(answers), 0, list[float]()

    def __call__(self, _request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.answers:
            return self.answers.pop(0)
        return httpx.Response(200, json={"total": 3, "items": [], "next": None})

    def client(self) -> Untagged:
        transport = httpx.MockTransport(self)
        return Untagged("http://x", token="t", transport=transport, sleep=self.slept.append)


def test_reads_wait_and_try_again() -> None:
    moody = Moody(httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(503))
    assert moody.client().count() == 3
    assert moody.slept == [7.0, 2.0]


def test_a_change_is_repeated_only_where_nothing_was_done() -> None:
    moody = Moody(httpx.Response(429, headers={"Retry-After": "1"}), httpx.Response(503))
    with pytest.raises(Unavailable):
        moody.client().cases.note(1, "x")
    assert (moody.asked, moody.slept) == (2, [1.0])


def test_patience_ends() -> None:
    moody = Moody(*[httpx.Response(429)] * 9)
    with pytest.raises(Busy):
        moody.client().count()
    assert moody.asked == 5
    later = Moody(httpx.Response(429, headers={"Retry-After": "3600"}))
    with pytest.raises(Busy):
        later.client().count()
    assert later.slept == []


def test_html_of_a_proxy_is_an_error_in_words() -> None:
    moody = Moody(*[httpx.Response(502, html="<h1>no</h1>")] * 9)
    with pytest.raises(Unavailable, match="Bad Gateway"):
        moody.client().count()


def sent(body: bytes, secret: str = SECRET, now: datetime = NOW) -> dict[str, str]:
    return signed("a", body, environ={"S": secret}, secret_env="S", now=now)


def test_what_untagged_signs_is_verified_and_nothing_else() -> None:
    body, at = b'{"id": "case:1:1"}', NOW.timestamp()
    assert verify_webhook(body, sent(body), SECRET, now=at) == [{"id": "case:1:1"}]
    assert verify_webhook(
        b'[{"id": "1"}, {"id": "2"}]', sent(b'[{"id": "1"}, {"id": "2"}]'), SECRET, now=at
    )
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    assert verify_webhook(body, sent(body, f"{other} {SECRET}"), SECRET, now=at)
    assert verify_webhook(body, sent(body), f"{other} {SECRET}", now=at)
    shouted = {name.upper(): value for name, value in sent(body).items()}
    assert verify_webhook(body, shouted, SECRET, now=at)
    for said, headers, secret, when in (
        (body + b" ", sent(body), SECRET, at),
        (body, sent(body), other, at),
        (body, sent(body), SECRET, at + 301),
        (body, sent(body), SECRET, at - 301),
        (body, {**sent(body), "webhook-id": "b"}, SECRET, at),
        (body, {**sent(body), "webhook-timestamp": "soon"}, SECRET, at),
        (body, {**sent(body), "webhook-signature": "v1,"}, SECRET, at),
        (body, {}, SECRET, at),
        (body, sent(body), "whsec_", at),
        (body, sent(body), "whsec_???", at),
    ):
        with pytest.raises(NotSigned):
            verify_webhook(said, headers, secret, now=when)


def test_what_the_firm_sent_is_verified(receiver: Receiver) -> None:
    hook = next(one for one in receiver.got if one.path == "/")
    sent_at = float(hook.headers["webhook-timestamp"])
    events = verify_webhook(hook.body, hook.headers, SECRET, now=sent_at)
    assert events[0]["type"] == "untagged.mention.matched"


def test_the_client_needs_httpx_alone() -> None:
    modules = "import sys, untagged.client; print('\\n'.join(sys.modules))"
    done = subprocess.run(  # our own interpreter
        [sys.executable, "-c", modules], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    own = {one for one in loaded if one.partition(".")[0] in ("mentions", "alerts", "cases", "nlp")}
    assert own == set()
    assert not any(one.startswith("untagged.") and "client" not in one for one in loaded)
    assert not loaded & {"pydantic", "fastapi", "sqlalchemy", "spacy", "scrapy"}


def test_everything_public_says_what_it_does() -> None:
    folder = Path(inspect.getfile(the_client)).parent
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), (file.name, node.name)

"""A desk that takes signed webhooks: what it is sent, what it may say, and the pages about it."""

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from standardwebhooks import Webhook
from typer.testing import CliRunner

from cases import desk
from cases.case import Case
from cases.policy import SlaPolicy
from cases.routing import Route
from cases.tickets import Ticket, tickets_of
from mentions.mention import Mention
from tests.untagged.entered import entered
from tests.untagged.help_desks.fake_desk import Asked, FakeDesk, Reply, running
from tests.untagged.world import settings_file
from untagged import checkup
from untagged.cli import app
from untagged.pipeline import Pipeline
from untagged.web.help_desks import MAX_BYTES
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC).replace(microsecond=0)
SECRET = "whsec_" + b64encode(b"a secret of twenty-four!").decode()
OTHER = "whsec_" + b64encode(b"another of twenty-four!!").decode()
HOOK = "/hooks/help-desks/crm"
DESKS = """
help_desks:
  - {name: crm, kind: webhook, address: 'URL/hook', secret_env: CRM_SECRET}
  - {name: jira, kind: jira, address: 'http://127.0.0.1:9', email: 'a@b.example',
     token_env: JIRA_T, project: CARE}
"""
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class Receiver(FakeDesk):
    """Checks each message with the specification's own library; `said` is what it answers."""

    name = "crm"

    def __init__(self) -> None:
        super().__init__()
        self.said: Any = {"ticket": "CRM-7", "url": "https://crm.example/7"}

    def answer(self, asked: Asked) -> Reply:
        raw = json.dumps(asked.body).encode()
        Webhook(SECRET).verify(raw, dict(asked.headers))
        return 200, self.said


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with running(Receiver()) as made:
        assert isinstance(made, Receiver)
        yield made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Path:
    place = tmp_path_factory.mktemp("a firm")
    settings_file(place, more=DESKS.replace("URL", receiver.url))
    return place


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> Iterator[Pipeline]:
    with open_pipeline(folder / "untagged.yaml") as opened:
        yield opened


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_SECRET", SECRET)


@pytest.fixture
def browser(pipeline: Pipeline) -> Iterator[TestClient]:
    with entered(pipeline, agent="ana") as client:
        yield client


COUNT = iter(range(1, 1000))


def opened(pipeline: Pipeline, text: str = "Acme lost <b>my</b> bag") -> Case:
    mention = Mention(
        source="board",
        native_id=str(next(COUNT)),
        platform="board",
        text=text,
        author={"handle": "lena"},
        published=NOW - HOUR,
        collected=NOW - HOUR,
        brands=({"name": "Acme"},),
    )
    pipeline.store.upsert([mention])
    route = Route("all", "care", "high", "standard", (), "rule all")
    policy = SlaPolicy(name="standard", first_response=2 * HOUR)
    with pipeline.begin() as connection:
        teams = pipeline.settings.teams
        return desk.open_case(
            connection, mention, route, policy=policy, teams=teams, now=NOW - HOUR
        ).case


def ticket(pipeline: Pipeline, case: Case) -> Ticket:
    with pipeline.read() as connection:
        (found,) = tickets_of(connection, case.id)
        return found


def shown(pipeline: Pipeline, case: Case) -> Case:
    with pipeline.read() as connection:
        return desk.show_case(connection, case.id).case


def handed(pipeline: Pipeline, browser: TestClient) -> Case:
    case = opened(pipeline)
    answer = browser.post(f"/cases/{case.id}/hand-over", data={"desk": "crm"})
    assert answer.status_code == 200
    pipeline.deliver(now=datetime.now(UTC))
    assert ticket(pipeline, case).made_at is not None
    return case


def tell(
    browser: TestClient,
    data: dict[str, Any],
    *,
    name: str = "m-1",
    secret: str = SECRET,
    at: datetime | None = None,
    said_at: datetime | None = None,
    path: str = HOOK,
    **more: Any,
) -> tuple[int, dict[str, Any]]:
    at = at or datetime.now(UTC)
    message = {"type": "ticket.updated", "timestamp": (said_at or at).isoformat(), "data": data}
    body = json.dumps(message | more).encode()
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, at, body.decode()),
        "content-type": "application/json",
    }
    answer = browser.post(path, content=body, headers=headers)
    return answer.status_code, answer.json()


def test_a_case_is_sent_signed_and_its_page_shows_the_ticket(
    pipeline: Pipeline, browser: TestClient, receiver: Receiver
) -> None:
    case = handed(pipeline, browser)
    sent = receiver.asked[-1]
    assert sent.body["type"] == "case.handed_over"
    assert sent.body["data"]["key"] == ticket(pipeline, case).key == sent.headers["webhook-id"]
    assert sent.body["data"]["link"].endswith(f"/cases/{case.id}")
    assert "> Acme lost <b>my</b> bag" in sent.body["data"]["text"]
    page = browser.get(f"/cases/{case.id}").text
    assert 'href="https://crm.example/7"' in page
    assert "CRM-7" in page
    assert "handed over" in page
    assert "<option>jira</option>" in page
    assert "<option>crm</option>" not in page


def test_what_is_done_here_is_sent_once_under_one_id(
    pipeline: Pipeline, browser: TestClient, receiver: Receiver
) -> None:
    case = handed(pipeline, browser)
    with pipeline.begin() as connection:
        desk.resolve(connection, case.id, now=NOW, actor="ana")
    receiver.asked.clear()
    receiver.trouble.append((503, {}, None))
    now = datetime.now(UTC)
    for minutes in (0, 3, 6, 9):
        pipeline.respond(now=now + minutes * MINUTE)
    ids = [one.headers["webhook-id"] for one in receiver.asked]
    assert [one.body["type"] for one in receiver.asked] == ["case.resolved"] * 2
    assert len(set(ids)) == 1


def test_a_receiver_may_answer_anything_and_name_the_ticket_later(
    pipeline: Pipeline, browser: TestClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for said in (None, [1], {"ticket": 5}, {"url": "javascript:alert(1)"}):
        monkeypatch.setattr(receiver, "said", said)
        case = handed(pipeline, browser)
        assert ticket(pipeline, case).url == ""
    data = {"key": ticket(pipeline, case).key, "ticket": "CRM-9", "url": "https://crm.example/9"}
    assert tell(browser, data, name="names it") == (200, {"done": True})
    assert ticket(pipeline, case).number == "CRM-9"
    assert ticket(pipeline, case).url == "https://crm.example/9"


def test_the_case_follows_what_the_desk_says(pipeline: Pipeline, browser: TestClient) -> None:
    case = handed(pipeline, browser)
    key = ticket(pipeline, case).key
    answered = NOW - 30 * MINUTE
    for number, status in enumerate(("pending", "resolved", "open")):
        data = {"key": key, "status": status, "answered_at": answered.isoformat()}
        assert tell(browser, data, name=f"follows-{number}") == (200, {"done": True})
        assert shown(pipeline, case).status == status
    assert shown(pipeline, case).first_reply_at == answered
    with pipeline.read() as connection:
        trail = [(one.actor, one.action) for one in desk.show_case(connection, case.id).audit]
    assert ("crm", "resolved") in trail
    assert ("crm", "answered") in trail


def test_a_replayed_or_older_message_does_nothing(pipeline: Pipeline, browser: TestClient) -> None:
    case = handed(pipeline, browser)
    data = {"key": ticket(pipeline, case).key, "status": "pending"}
    assert tell(browser, data, name="once") == (200, {"done": True})
    with pipeline.begin() as connection:
        desk.reopen(connection, case.id, now=NOW, actor="ana")
    assert tell(browser, data, name="once") == (200, {"done": False})
    older = datetime.now(UTC) - HOUR
    late = {**data, "status": "resolved"}
    assert tell(browser, late, name="late", said_at=older) == (200, {"done": False})
    assert shown(pipeline, case).status == "open"


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        ({"secret": OTHER}, 401, "no signature is right"),
        ({"at": NOW - HOUR}, 401, "which is not now"),
        ({"path": "/hooks/help-desks/nobody"}, 404, "there is no help desk 'nobody'"),
        ({"path": "/hooks/help-desks/jira"}, 404, "sends no messages here"),
        ({"name": "x" * 201}, 400, "webhook-id"),
        ({"type": "ticket.burnt"}, 400, "type"),
        ({"timestamp": "2026-03-02T12:00:00"}, 400, "timestamp"),
    ],
)
def test_what_is_wrong_with_a_message_is_said(
    browser: TestClient, options: dict[str, Any], status: int, said: str
) -> None:
    code, answer = tell(browser, {"key": "untagged-0-0"}, **{"name": "wrong", **options})
    assert code == status
    assert said in answer["error"]


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        ({"key": "untagged-0-0"}, 404, "nothing was handed over"),
        ({}, 400, "data.key"),
        ({"key": "x", "status": "burnt"}, 400, "data.status"),
        ({"key": "x", "url": "javascript:alert(1)"}, 400, "data.url"),
        ({"key": "x", "answered_at": "soon"}, 400, "data.answered_at"),
    ],
)
def test_what_is_wrong_in_a_message_is_said(
    browser: TestClient, data: dict[str, Any], status: int, said: str
) -> None:
    code, answer = tell(browser, data, name=f"wrong {said}")
    assert code == status
    assert said in answer["error"]


def test_a_message_that_failed_may_be_sent_again(pipeline: Pipeline, browser: TestClient) -> None:
    assert tell(browser, {"key": "not yet"}, name="again")[0] == 404
    case = handed(pipeline, browser)
    data = {"key": ticket(pipeline, case).key, "status": "pending"}
    assert tell(browser, data, name="again") == (200, {"done": True})


def test_an_endless_or_broken_body_is_refused(browser: TestClient) -> None:
    assert browser.post(HOOK, content=b"x" * (MAX_BYTES + 1)).status_code == 413
    assert browser.post(HOOK, content=b"{}").status_code == 401
    for body in ("", "[]", "{", "[" * 10_000):
        name, at = f"broken {len(body)}", datetime.now(UTC)
        headers = {
            "webhook-id": name,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(SECRET).sign(name, at, body),
        }
        assert browser.post(HOOK, content=body, headers=headers).status_code == 400


def test_without_a_secret_no_message_is_taken(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CRM_SECRET")
    assert tell(browser, {"key": "x"}, name="unset")[0] == 503


def test_the_outbox_shows_letters_to_desks(pipeline: Pipeline, browser: TestClient) -> None:
    case = opened(pipeline)
    browser.post(f"/cases/{case.id}/hand-over", data={"desk": "jira"})
    page = browser.get("/outbox").text
    assert f"Case {case.id} (Acme) for help desk jira: a ticket is asked for" in page
    pipeline.deliver(now=datetime.now(UTC))
    page = html.unescape(browser.get(f"/cases/{case.id}").text)
    assert "JIRA_T is not set; put the token there" in page


def test_a_case_goes_only_where_the_settings_say(pipeline: Pipeline, browser: TestClient) -> None:
    case = opened(pipeline)
    answer = browser.post(f"/cases/{case.id}/hand-over", data={"desk": "mars"})
    assert answer.status_code == 404
    assert "the settings have crm, jira" in html.unescape(answer.text)


def test_commands_hand_over_list_and_try(
    pipeline: Pipeline, folder: Path, receiver: Receiver
) -> None:
    def run(*words: str, status: int = 0) -> str:
        done = CliRunner().invoke(app, ["--config", str(folder / "untagged.yaml"), *words])
        assert done.exit_code == status, done.output
        return " ".join((done.output + str(done.exception or "")).split())

    case = opened(pipeline)
    assert f"case {case.id} goes to crm" in run("help-desks", "hand-over", str(case.id), "crm")
    pipeline.deliver(now=datetime.now(UTC))
    assert f"case {case.id} is with crm as CRM-7" in run(
        "help-desks", "hand-over", str(case.id), "crm"
    )
    assert "CRM-7" in run("cases", "show", str(case.id))
    assert json.loads(run("cases", "show", str(case.id), "--json"))["tickets"][0]["desk"] == "crm"
    listed = run("help-desks", "list")
    assert "JIRA_T" in listed
    assert "CRM_SECRET" not in listed
    before = len(receiver.asked)
    assert "the secret can sign" in run("help-desks", "test", "crm")
    assert len(receiver.asked) == before
    assert "JIRA_T is not set" in run("help-desks", "test", "jira", status=1)
    assert "there is no help desk" in run("help-desks", "test", "mars", status=1)


def test_doctor_names_variables_that_are_not_set(pipeline: Pipeline) -> None:
    crm, jira = pipeline.settings.help_desks
    assert "webhook" in checkup._help_desk(crm)
    with pytest.raises(Exception, match="set the environment variable JIRA_T"):
        checkup._help_desk(jira)


def test_no_page_runs_what_a_desk_calls_its_ticket(
    pipeline: Pipeline, browser: TestClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "said", {"ticket": "<script>alert(1)</script>"})
    case = handed(pipeline, browser)
    page = browser.get(f"/cases/{case.id}").text
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"<script>", page)


def test_what_a_desk_tells_before_it_answered_counts(
    pipeline: Pipeline, browser: TestClient, receiver: Receiver
) -> None:
    case = opened(pipeline)
    browser.post(f"/cases/{case.id}/hand-over", data={"desk": "crm"})
    data = {"key": ticket(pipeline, case).key, "status": "resolved"}
    assert tell(browser, data, name="early") == (200, {"done": True})
    assert shown(pipeline, case).status == "resolved"
    receiver.asked.clear()
    now = datetime.now(UTC)
    for minutes in (0, 3, 6):
        pipeline.respond(now=now + minutes * MINUTE)
    assert [one.body["type"] for one in receiver.asked] == ["case.handed_over"]
    assert ticket(pipeline, case).status == "resolved"


@pytest.mark.parametrize(
    "said_at", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00", "2126-01-01T00:00:00Z"]
)
def test_a_moment_that_cannot_be_is_refused(
    pipeline: Pipeline, browser: TestClient, said_at: str
) -> None:
    case = handed(pipeline, browser)
    key = ticket(pipeline, case).key
    code, answer = tell(browser, {"key": key, "status": "pending"}, name=said_at, timestamp=said_at)
    assert (code, answer["error"].split(":")[0]) == (400, "timestamp")
    answered = {"key": key, "status": "pending", "answered_at": said_at}
    code, answer = tell(browser, answered, name=said_at)
    assert (code, answer["error"].split(":")[0]) == (400, "data.answered_at")
    assert tell(browser, {"key": key, "status": "pending"}, name=said_at) == (200, {"done": True})


def test_signs_that_no_database_keeps_are_left_out(
    pipeline: Pipeline, browser: TestClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "said", {"ticket": "CRM\0-7", "url": "https://crm.example/7\0"})
    case = handed(pipeline, browser)
    assert (ticket(pipeline, case).number, ticket(pipeline, case).url) == ("", "")
    data = {"key": ticket(pipeline, case).key, "ticket": "CRM\0-9"}
    assert tell(browser, data, name="nul")[0] == 400
    assert tell(browser, {"key": "untagged\0"}, name="nul")[0] == 400


@pytest.mark.parametrize("stamp", ["0" * 20 + "9" * 30, "1" * 5000, "-1", "", "12.5"])
def test_a_stamp_that_is_no_time_is_not_signed(browser: TestClient, stamp: str) -> None:
    headers = {"webhook-id": "x", "webhook-timestamp": stamp, "webhook-signature": "v1,x"}
    answer = browser.post(HOOK, content=b"{}", headers=headers)
    assert answer.status_code == 401
    assert "webhook-timestamp" in answer.json()["error"]

"""Nobody is shown a form that they may not send, and whoever may is shown it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from tests.untagged.entered import entered
from tests.untagged.incident_world import crisis, decide
from tests.untagged.test_doors import MAY
from tests.untagged.world import import_rows, post, settings_file
from untagged.accounts.roles import ROLES, Role
from untagged.pipeline import Pipeline
from untagged.web.forms import usable
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
PAGES = ("/", "/cases", "/cases/1", "/alerts", "/alerts/1", "/silences", "/incidents/1")
FORM = re.compile(r'<form\b(?=[^>]*method="post")[^>]*action="([^"?]*)')
HOSTILE = "&lt;form method=&#34;post&#34; action=&#34;/logout&#34;&gt;"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("a firm")
    with open_pipeline(settings_file(folder)) as opened:
        rows = [post(1, "Acme lost my bag, worst service ever, where is it?", NOW - HOUR)]
        opened.import_file(import_rows(folder, rows), columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        opened.respond(now=NOW)
        decide(opened, crisis(NOW, NOW - HOUR, brand="Acme", key="crisis"), now=NOW)
        yield opened


def somebody(pipeline: Pipeline, role: Role) -> TestClient:
    """Ana is an agent of the team that has the case."""
    return entered(pipeline, name="ana" if role == "agent" else role, role=role)


def shown(pipeline: Pipeline, role: Role) -> dict[str, set[str]]:
    """Where the forms of each page lead, with numbers left out."""
    client = somebody(pipeline, role)
    return {path: {_kind(action) for action in FORM.findall(_page(client, path))} for path in PAGES}


def _page(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.text


def _kind(action: str) -> str:
    return re.sub(r"/\d+", "/{number}", action)


def test_a_form_is_shown_to_those_who_may_send_it_and_to_nobody_else(pipeline: Pipeline) -> None:
    seen = {role: shown(pipeline, role) for role in ROLES}
    for path in PAGES:
        for action in seen["admin"][path]:
            may = MAY.get(("POST", action))
            if may is not None:
                assert {role for role in ROLES if action in seen[role][path]} == may, (path, action)
    assert "/cases/{number}" in seen["agent"]["/cases/1"]
    assert seen["viewer"]["/cases/1"] == {"/logout"}


def test_a_card_offers_silence_only_to_those_who_may(pipeline: Pipeline) -> None:
    pages = {role: _page(somebody(pipeline, role), "/alerts") for role in ROLES}
    offers = {role for role, page in pages.items() if 'value="silence"' in page}
    assert offers == {"lead", "admin"}


def test_what_is_done_on_a_list_leads_back_to_its_place(pipeline: Pipeline) -> None:
    client = entered(pipeline, follow_redirects=False)
    form = {"do": "acknowledge", "back": "/#alert-1"}
    assert client.post("/alerts/1", data=form).headers["location"] == "/#alert-1"
    away = {"do": "unacknowledge", "back": "//evil.example"}
    assert client.post("/alerts/1", data=away).headers["location"] == "/alerts/1"


def test_forms_are_kept_and_tokened_or_gone_whole_and_words_stay_words() -> None:
    page = (
        '<form method="get" action="/search"><button>a</button></form>'
        '<form class="x" method="post" action="/one?x=1"><button>b</button></form>'
        f"<p>{HOSTILE}</p>"
        '<form method="post"><button>c</button></form>'
        '<form action="/two" method="post"><button>d</button></form>'
    )
    asked: list[str] = []

    def may_send(path: str) -> bool:
        asked.append(path)
        return path != "/two"

    made = usable(page, token="t&", own_path="/own", may_send=may_send)
    assert asked == ["/one", "/own", "/two"]
    field = '<input type="hidden" name="csrf" value="t&amp;">'
    assert made == (
        '<form method="get" action="/search"><button>a</button></form>'
        f'<form class="x" method="post" action="/one?x=1">{field}<button>b</button></form>'
        f"<p>{HOSTILE}</p>"
        f'<form method="post">{field}<button>c</button></form>'
    )

"""The page Digests, its subscriptions, feeds and links to stop, and the API beside it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from fastapi.testclient import TestClient

from alerts import outbox
from alerts.digests import issued, subscriptions
from alerts.digests.stopping import SECRET, stop_link
from alerts.digests.subscriptions import Wish
from mentions.errors import Conflict
from tests.alerts.digests.made import CHART, EMPTY, FULL
from tests.untagged.digests.stand_in import gather
from tests.untagged.entered import entered
from tests.untagged.world import mention, settings_file
from untagged.accounts import book
from untagged.accounts.book import By
from untagged.digests import kinds
from untagged.pipeline import Pipeline
from untagged.web import making
from untagged.web.app import create_app
from untagged.web.digests import SHOWN
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
KEY = "a secret that is long enough for it"
MORE = """
digest_delivery: {mail: post, domains: [acme.example], url: 'https://untagged.acme.example'}
"""
ACME, BANK = replace(FULL, brand="Acme"), replace(EMPTY, brand="Bolt Bank", title="The bank")


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    monkeypatch.setitem(kinds.GATHER, "health", gather)
    monkeypatch.setenv(SECRET, KEY)
    path = settings_file(tmp_path, more=MORE)
    post = "  - {name: post, url: 'mailto://127.0.0.1:9/?from=a@acme.example'}\n  - {name: chat"
    path.write_text(path.read_text("utf-8").replace("  - {name: chat", post, 1), "utf-8")
    with open_pipeline(path) as opened:
        with opened.begin() as connection:
            for digest in (ACME, BANK, replace(ACME, kind="team", team="care", title="Care")):
                issued.keep(connection, digest, now=NOW)
        yield opened


@pytest.fixture
def lead(pipeline: Pipeline) -> TestClient:
    return entered(pipeline, name="lena", role="lead")


@pytest.fixture
def viewer(pipeline: Pipeline) -> TestClient:
    return entered(pipeline, name="vera", role="viewer", brands=("Acme",))


def test_the_page_lists_what_was_made_and_opens_it(lead: TestClient) -> None:
    page = lead.get("/digests").text
    assert FULL.title in page
    assert EMPTY.lead[0] in page
    assert FULL.title not in lead.get("/digests?kind=team").text
    assert "The bank" not in lead.get("/digests?brand=Acme").text
    page = lead.get("/digests/1").text
    assert 'href="/search?q=seat"' in page
    assert "//evil.example" not in re.sub(r"<blockquote>.*?</blockquote>", "", page, flags=re.S)
    assert "&lt;script&gt;alert(1)" in page
    assert "javascript:" not in page
    assert f'alt="{CHART.words}"' in page


def test_older_ones_are_a_page_further(pipeline: Pipeline, lead: TestClient) -> None:
    with pipeline.begin() as connection:
        for number in range(1, SHOWN + 3):
            at = {"since": EMPTY.since - number * DAY, "until": EMPTY.until - number * DAY}
            issued.keep(connection, replace(BANK, title=f"No {number}.", **at), now=NOW)
    first = lead.get("/digests").text
    older = re.search(r'href="(/digests\?cursor=[^"]+)"', first)
    assert older
    rest = lead.get(older[1].replace("&amp;", "&")).text
    found = [re.findall(r"No (\d+)\.", page) for page in (first, rest)]
    assert [*found[0], *found[1]] == [str(number) for number in range(1, SHOWN + 3)]
    assert lead.get("/digests?cursor=broken").status_code == 400


@pytest.mark.parametrize(
    ("form", "media"),
    [
        ("text", "text/plain"),
        ("html", "text/html"),
        ("md", "text/markdown"),
        ("json", "application/json"),
        ("csv", "text/csv"),
    ],
)
def test_a_digest_is_taken_along_in_every_format(lead: TestClient, form: str, media: str) -> None:
    answer = lead.get(f"/digests/1.{form}")
    assert answer.headers["content-type"].startswith(media)
    assert answer.headers["content-disposition"].startswith('attachment; filename="feature-req')
    assert "seat" in answer.text
    assert lead.get("/digests/1.exe").status_code == 400


def test_charts_are_pictures_of_the_page(lead: TestClient) -> None:
    answer = lead.get("/digests/1/charts/1.svg?theme=dark")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert CHART.words in answer.text
    assert lead.get("/digests/1/charts/2.svg").status_code == 404


def test_what_is_not_seen_is_as_if_it_were_not_there(
    pipeline: Pipeline, viewer: TestClient
) -> None:
    page = viewer.get("/digests").text
    assert FULL.title in page
    assert "Bolt Bank" not in page
    for path in ("/digests/2", "/digests/2.json", "/digests/2/charts/1.svg", "/api/v1/digests/2"):
        assert viewer.get(path).status_code == 404
    agent = entered(pipeline, name="ana", role="agent")
    assert agent.get("/digests/3").status_code == 200  # of the own team
    stranger = entered(pipeline, name="zoe", role="agent")
    assert stranger.get("/digests/3").status_code == 404
    assert "Care" not in re.findall(r"dir=\"auto\">([^<]*)</a>", stranger.get("/digests").text)


def test_one_is_made_at_once_and_the_same_days_are_the_same_digest(
    pipeline: Pipeline, viewer: TestClient
) -> None:
    pipeline.store.upsert([mention(1, "acme lost my bag", NOW - 2 * DAY)])
    form = {"kind": "health", "brand": "Acme", "days": "7"}
    made = viewer.post("/digests/now", data=form)
    assert made.url.path == "/digests/4"
    assert viewer.post("/digests/now", data=form).url.path == "/digests/4"
    with pipeline.read() as connection:
        digest = issued.get_issued(connection, 4).digest
    assert (digest.until.hour, digest.until - digest.since) == (0, 7 * DAY)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"kind": "health", "brand": "Bolt Bank"}, 403),
        ({"kind": "health"}, 403),
        ({"kind": "weather", "brand": "Acme"}, 404),
        ({"kind": "health", "brand": "Acme", "days": "8"}, 400),
        ({"kind": "health", "brand": "Acme", "until": "3000-01-01"}, 400),
        ({"kind": "health", "brand": "Acme", "until": "soon"}, 400),
        ({"kind": "health", "brand": "Acme", "until": "0001-01-02"}, 400),
    ],
)
def test_what_cannot_be_made_is_refused(viewer: TestClient, form, status) -> None:
    assert viewer.post("/digests/now", data=form).status_code == status


def test_nobody_has_more_made_in_an_hour_than_anybody_reads(
    lead: TestClient, viewer: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "MOST_AN_HOUR", 2)
    form = {"kind": "health", "brand": "Acme"}
    for days in ("1", "7", "7"):  # what is kept counts for nothing
        assert viewer.post("/digests/now", data={**form, "days": days}).status_code == 200
    refused = viewer.post("/digests/now", data={**form, "days": "30"})
    assert (refused.status_code, "within an hour" in refused.text) == (409, True)
    assert lead.post("/digests/now", data={**form, "days": "30"}).status_code == 200
    assert lead.post("/digests/1/again").status_code == 200
    assert lead.post("/digests/1/again").status_code == 409


def test_one_is_made_for_a_person_at_a_time_and_an_hour_forgives() -> None:
    makings = making.Makings()
    first, other, second = (makings.one(user, now=NOW) for user in (1, 2, 1))
    with first, other, pytest.raises(Conflict, match="being made"), second:
        pytest.fail("two at a time")
    for number in range(1, making.MOST_AN_HOUR):
        with makings.one(1, now=NOW + timedelta(minutes=number)):
            pass
    with pytest.raises(Conflict, match="within an hour"), makings.one(1, now=NOW + DAY / 48):
        pytest.fail("one too many")
    with makings.one(1, now=NOW + making.HOUR):
        pass


def test_made_anew_it_is_at_the_same_place(
    pipeline: Pipeline, lead: TestClient, viewer: TestClient
) -> None:
    lead.post("/digests/now", data={"kind": "health", "brand": "Acme"})
    pipeline.store.upsert([mention(1, "acme lost my bag", NOW - 2 * DAY)])
    assert viewer.post("/digests/4/again").status_code == 403
    lead.post("/digests/4/again")
    with pipeline.read() as connection:
        assert issued.get_issued(connection, 4).changed_at > NOW


def wished(**more: str) -> dict[str, str]:
    about = {"kind": "health", "brand": "Acme", "at": "weekly monday 08:00"}
    return {**about, "zone": "Europe/Berlin", "address": "vera@acme.example", **more}


def own(pipeline: Pipeline, name: str):
    with pipeline.read() as connection:
        user = book.named_user(connection, name)
        return subscriptions.subscriptions_of(connection, user.id)


def test_a_viewer_subscribes_by_mail_and_stops_it(pipeline: Pipeline, viewer: TestClient) -> None:
    page = viewer.post("/digests/subscriptions", data=wished()).text
    assert "vera@acme.example" in page
    (one,) = own(pipeline, "vera")
    assert (one.brand, one.zone, one.address) == ("Acme", "Europe/Berlin", "vera@acme.example")
    viewer.post(f"/digests/subscriptions/{one.id}/end")
    assert own(pipeline, "vera") == []


def questions(pipeline: Pipeline) -> list[outbox.Letter]:
    with pipeline.read() as connection:
        return [one for one in outbox.letters(connection) if one.kind == "confirm"]


def link_of(letter: outbox.Letter) -> str:
    return str(letter.payload["link"]).removeprefix("https://untagged.acme.example")


def test_an_address_says_yes_by_the_button_of_a_letter_before_it_gets_anything(
    pipeline: Pipeline, viewer: TestClient
) -> None:
    page = viewer.post("/digests/subscriptions", data=wished()).text
    assert "waits for confirmation" in page
    (letter,) = questions(pipeline)
    assert letter.payload["to"] == "vera@acme.example"
    viewer.post("/digests/subscriptions", data=wished())  # it waits already
    assert len(questions(pipeline)) == 1
    stranger = TestClient(create_app(pipeline), base_url="http://127.0.0.1:8000")
    for _ in range(2):  # a mail program's own looks
        shown = stranger.get(link_of(letter))
        assert "vera would like to have “Brand health” sent to vera@acme.example" in shown.text
        assert shown.headers["cache-control"] == "no-store"
    assert own(pipeline, "vera")[0].confirmed_at is None
    for _ in range(2):
        assert "You are subscribed" in stranger.post(link_of(letter)).text
    (one,) = own(pipeline, "vera")
    assert one.confirmed_at is not None
    assert "waits for confirmation" not in viewer.get("/digests").text
    assert viewer.post(f"/digests/subscriptions/{one.id}/ask").status_code == 409
    viewer.post("/digests/subscriptions", data=wished(kind="questions"))
    assert "waits for confirmation" not in viewer.get("/digests").text


def test_an_address_is_asked_again_so_often_and_only_by_whose_it_is(
    pipeline: Pipeline, viewer: TestClient, lead: TestClient
) -> None:
    viewer.post("/digests/subscriptions", data=wished())
    (one,) = own(pipeline, "vera")
    (first,) = questions(pipeline)
    again = f"/digests/subscriptions/{one.id}/ask"
    assert again in viewer.get("/digests").text
    other = entered(pipeline, name="olga", role="viewer")
    assert other.post(again).status_code == 404
    assert lead.post(again).status_code == 200
    (second,) = questions(pipeline)  # the first was not sent yet, and its link is over
    assert link_of(first) != link_of(second)
    assert viewer.get(link_of(first)).status_code == 404
    assert viewer.post(again).status_code == 200
    refused = viewer.post(again)
    assert refused.status_code == 409
    assert "was asked 3 times" in refused.text
    viewer.post(f"/digests/subscriptions/{one.id}/end")
    assert questions(pipeline) == []


def test_without_a_letter_nobody_is_subscribed(
    pipeline: Pipeline, viewer: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many were asked: the wish is not kept either."""
    monkeypatch.setattr("alerts.digests.confirming.MOST_A_DAY", 1)
    viewer.post("/digests/subscriptions", data=wished())
    answer = viewer.post("/digests/subscriptions", data=wished(address="other@acme.example"))
    assert answer.status_code == 409
    assert "ask more tomorrow" in answer.text
    assert [one.address for one in own(pipeline, "vera")] == ["vera@acme.example"]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"address": "vera@elsewhere.example"}, 403),
        ({"address": "vera@acme.example.evil.example"}, 403),
        ({"address": "vera@acme.example, all@acme.example"}, 400),
        ({"address": "vera@acme.example\nBcc: all@acme.example"}, 400),
        ({"address": ""}, 400),
        ({"channel": "chat"}, 400),
        ({"channel": "chat", "address": ""}, 403),
        ({"brand": "Bolt Bank"}, 403),
        ({"at": "sometimes"}, 400),
        ({"zone": "Nowhere"}, 400),
        ({"team": "nobody"}, 404),
    ],
)
def test_no_wish_goes_where_it_must_not(pipeline, viewer: TestClient, more, status) -> None:
    assert viewer.post("/digests/subscriptions", data=wished(**more)).status_code == status
    assert own(pipeline, "vera") == []


def test_a_lead_sends_a_digest_to_a_channel(pipeline: Pipeline, lead: TestClient) -> None:
    lead.post("/digests/subscriptions", data=wished(channel="chat", address=""))
    (one,) = own(pipeline, "lena")
    assert one.channel == "chat"
    gone = wished(channel="gone", address="")
    assert lead.post("/digests/subscriptions", data=gone).status_code == 404


def test_anothers_subscription_is_ended_by_who_may_operate(
    pipeline: Pipeline, lead: TestClient, viewer: TestClient
) -> None:
    viewer.post("/digests/subscriptions", data=wished())
    (one,) = own(pipeline, "vera")
    other = entered(pipeline, name="otto", role="viewer")
    assert other.post(f"/digests/subscriptions/{one.id}/end").status_code == 404
    assert "vera@acme.example" not in other.get("/digests").text
    of_bank = entered(pipeline, name="bea", role="lead", brands=("Bolt Bank",))
    assert "vera@acme.example" not in of_bank.get("/digests").text
    assert of_bank.post(f"/digests/subscriptions/{one.id}/end").status_code == 404
    assert "vera@acme.example" in lead.get("/digests").text
    lead.post(f"/digests/subscriptions/{one.id}/end")
    assert own(pipeline, "vera") == []


def feed_of(client: TestClient) -> str:
    found = re.search(
        r'feed-address">https://untagged.acme.example(/[^<]+)<', client.post("/digests/feed").text
    )
    assert found
    return found[1]


def test_a_feed_is_read_without_a_login_and_shows_what_its_owner_sees(
    pipeline: Pipeline, viewer: TestClient
) -> None:
    path = feed_of(viewer)
    reader = TestClient(create_app(pipeline))
    answer = reader.get(path)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    read = feedparser.parse(answer.text)
    assert not read.bozo
    assert [one.link for one in read.entries] == [
        "https://untagged.acme.example/digests/3",
        "https://untagged.acme.example/digests/1",
    ]
    only = feedparser.parse(reader.get(f"{path}?kind=team").text)
    assert [one.title for one in only.entries] == ["Care, 2 to 9 Mar 2026"]
    assert path not in viewer.get("/digests").text  # shown once
    fresh = feed_of(viewer)
    assert reader.get(path).status_code == 404
    assert reader.get(fresh).status_code == 200
    viewer.post("/digests/feed/end")
    assert reader.get(fresh).status_code == 404
    assert reader.get("/digests/feed/guessed.atom").status_code == 404


def test_who_is_disabled_has_no_feed(pipeline: Pipeline, viewer: TestClient) -> None:
    path = feed_of(viewer)
    with pipeline.begin() as connection:
        user = book.named_user(connection, "vera")
        book.disable(connection, user, by=By("test", NOW))
    assert TestClient(create_app(pipeline)).get(path).status_code == 404


@pytest.fixture
def subscribed(pipeline: Pipeline) -> int:
    with pipeline.begin() as connection:
        wish = Wish("health", "Acme", address="<b>ada</b>@acme.example")
        return subscriptions.subscribe(connection, wish, user_id=9, actor="ada", now=NOW).id


def is_over(pipeline: Pipeline, number: int) -> bool:
    with pipeline.read() as connection:
        return subscriptions.get_subscription(connection, number).ended_at is not None


def test_looking_at_the_link_stops_nothing_and_one_click_does(
    pipeline: Pipeline, subscribed: int
) -> None:
    stranger = TestClient(create_app(pipeline))
    path = stop_link("", subscribed, secret=KEY)
    page = stranger.get(path)
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert "<button>" in page.text
    assert "<b>ada" not in page.text
    assert not is_over(pipeline, subscribed)
    click = {"List-Unsubscribe": "One-Click"}  # RFC 8058, 3.1, from a mail program on the web
    headers = {"sec-fetch-site": "cross-site", "origin": "https://mail.example"}
    for _ in range(2):
        assert stranger.post(path, data=click, headers=headers).status_code == 200
        assert is_over(pipeline, subscribed)
    assert "You are unsubscribed" in stranger.get(path).text


def test_a_forged_link_stops_nothing(pipeline: Pipeline, subscribed: int) -> None:
    stranger = TestClient(create_app(pipeline))
    for forged in (
        "none",
        stop_link("", subscribed, secret="x" * 32),
        stop_link("", 99, secret=KEY),
    ):
        path = forged if forged.startswith("/") else f"/unsubscribe/{forged}"
        assert stranger.get(path).status_code == 404
        assert stranger.post(path).status_code == 404
    assert not is_over(pipeline, subscribed)


def test_without_its_secret_the_page_says_to_try_later(
    pipeline: Pipeline, subscribed: int, monkeypatch
) -> None:
    path = stop_link("", subscribed, secret=KEY)
    monkeypatch.delenv(SECRET)
    page = TestClient(create_app(pipeline)).post(path)
    assert page.status_code == 503
    assert SECRET not in page.text


def test_the_api_lists_digests_and_shows_one(lead: TestClient, viewer: TestClient) -> None:
    first = lead.get("/api/v1/digests", params={"limit": 2}).json()
    rest = lead.get("/api/v1/digests", params={"limit": 2, "cursor": first["next"]}).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == [3, 2, 1]
    assert rest["next"] is None
    assert [one["id"] for one in viewer.get("/api/v1/digests").json()["items"]] == [3, 1]
    answer = lead.get("/api/v1/digests/1")
    said = answer.json()
    assert said["schema"] == "untagged.digest/1"
    assert said["records"] == json.loads(json.dumps(list(FULL.records)))
    assert said["document"]["sections"][0]["title"] == "At a glance"
    known = {"if-none-match": answer.headers["etag"]}
    assert lead.get("/api/v1/digests/1", headers=known).status_code == 304
    assert lead.get("/api/v1/digests/99").status_code == 404

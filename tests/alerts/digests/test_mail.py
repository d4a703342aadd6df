"""A digest by mail: what the server gets, and the link that stops it."""

from dataclasses import replace

import jwt
import pytest

from alerts.digests.confirming import KIND as CONFIRM
from alerts.digests.issued import Issued
from alerts.digests.letters import KIND, summary, whole
from alerts.digests.mail import MailSender
from alerts.digests.stopping import PREFIX, SECRET, read_stop, stop_link, stop_secret
from alerts.digests.subscriptions import Subscription
from alerts.messages import render
from alerts.outbox import Letter
from alerts.samples import samples
from mentions.errors import DeliveryDelayed, DeliveryRefused, NotFound, SettingsError
from tests.alerts.digests.made import EMPTY, FULL, UNTIL
from tests.alerts.digests.mail_server import mail_server

KEY = "a secret that is long enough for it"
URL = "https://untagged.acme.example"
ADA = Subscription(
    7, "user:3", "feature-requests", "Heron Air", "", "weekly monday 08:00", "Europe/Berlin", "",
    "ada@acme.example", "tell", 3, UNTIL, "ada", None, "", UNTIL, None, 0,
)  # fmt: skip


def letter(digest=FULL, to="ada@acme.example", url=URL):
    said = {
        "page": f"{url}/digests/3",
        "stop": stop_link(url, 7, secret=KEY),
        "why": "You get this digest every Monday at 08:00 (Europe/Berlin).",
    }
    issued = Issued(3, digest, UNTIL, UNTIL)
    payload = whole(issued, replace(ADA, address=to), cockpit=url, **said)
    return Letter(
        1, "digest:7:2026", "by mail", KIND, payload, UNTIL, UNTIL, 1, "waiting", None, ""
    )


@pytest.fixture
def server():
    with mail_server() as running:
        yield running


def test_a_mail_is_plain_text_and_html_with_its_charts_within(server):
    assert "accepted it" in MailSender(server.url).send(letter(), now=UNTIL)
    (message,) = server.received
    assert server.recipients == [["ada@acme.example"]]
    assert (message["To"], message["Subject"]) == (
        "ada@acme.example",
        f"{FULL.title}, 2 to 9 Mar 2026",
    )
    assert message["From"].addresses[0].addr_spec == "untagged@acme.example"
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
    ]  # fmt: skip
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert max(len(line) for line in plain.get_content().splitlines() if "//" not in line) <= 72
    (picture,) = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert f"cid:{picture['Content-ID'].strip('<>')}" in html.get_content()
    assert "<script" not in html.get_content()
    assert f"{URL}{PREFIX}" in plain.get_content()
    assert f"{URL}{PREFIX}" in html.get_content()


def test_every_mail_is_stopped_by_one_click(server):
    MailSender(server.url).send(letter(), now=UNTIL)
    (message,) = server.received
    where = message["List-Unsubscribe"].strip("<>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read_stop(where.removeprefix(URL + PREFIX), secret=KEY) == 7


def test_one_click_is_not_promised_without_https(server):
    MailSender(server.url).send(letter(url="http://127.0.0.1:8000"), now=UNTIL)
    (message,) = server.received
    assert message["List-Unsubscribe"].startswith("<http://127.0.0.1:8000/unsubscribe/")
    assert message["List-Unsubscribe-Post"] is None


def test_a_mail_sent_twice_has_one_message_id(server):
    for _ in range(2):
        MailSender(server.url).send(letter(), now=UNTIL)
    first, again = server.received
    assert first["Message-ID"] == again["Message-ID"]


def test_without_an_address_it_goes_to_the_channels_own(server):
    MailSender(f"{server.url}board@acme.example").send(letter(to=""), now=UNTIL)
    assert server.recipients == [["board@acme.example"]]


def test_an_empty_digest_is_a_mail_of_one_line(server):
    MailSender(server.url).send(letter(EMPTY), now=UNTIL)
    (message,) = server.received
    assert message.get_body(("plain",)).get_content().count(EMPTY.lead[0]) == 1


@pytest.mark.parametrize(
    ("answer", "problem", "said"),
    [
        ("550 no such person", DeliveryRefused, "ada@acme.example"),
        ("451 later", DeliveryDelayed, "later"),
    ],
)
def test_what_a_server_refuses_is_tried_again_or_not(server, answer, problem, said):
    server.answer = answer
    with pytest.raises(problem, match=said):
        MailSender(server.url).send(letter(), now=UNTIL)


def test_a_server_that_is_away_delays_it():
    with mail_server() as gone:
        url = gone.url
    with pytest.raises(DeliveryDelayed, match="did not take it"):
        MailSender(url).send(letter(), now=UNTIL)


def test_what_is_no_mail_server_refuses_it():
    with pytest.raises(DeliveryRefused, match="no mail server"):
        MailSender("json://127.0.0.1:9/").send(letter(), now=UNTIL)


def test_a_chat_gets_a_few_lines_and_how_to_stop():
    stop = stop_link(URL, 7, secret=KEY)
    payload = summary(
        Issued(3, FULL, UNTIL, UNTIL), page=f"{URL}/digests/3", stop=stop, why="chat gets this."
    )
    message = render(KIND, payload)
    assert message.title == FULL.title
    assert message.text.splitlines()[2:4] == list(FULL.lead)
    assert f"{URL}/digests/3" in message.text
    assert stop in message.text
    assert stop in message.html
    assert "Choose a seat in the app" not in message.text
    assert len(message.text) < 900


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "no token",
        jwt.encode({"sub": "7", "aud": "digest subscription"}, "x" * 32, algorithm="HS256"),
        jwt.encode({"sub": "7", "aud": "survey"}, KEY, algorithm="HS256"),
        jwt.encode({"sub": "all", "aud": "digest subscription"}, KEY, algorithm="HS256"),
        jwt.encode({"sub": "7", "aud": "digest subscription"}, "", algorithm="none"),
    ],
)
def test_a_forged_link_stops_nothing(forged):
    with pytest.raises(NotFound, match="none of ours"):
        read_stop(forged, secret=KEY)


def test_without_a_secret_it_says_what_to_set():
    with pytest.raises(SettingsError, match=SECRET):
        stop_secret({SECRET: "short"})
    assert stop_secret({SECRET: KEY}) == KEY


def test_a_letter_that_asks_says_who_wished_it_and_where_to_say_yes(server):
    link = f"{URL}/subscribe/secret"
    (full, _) = samples(CONFIRM, link=link)
    asking = replace(letter(), kind=CONFIRM, payload=full)
    assert "accepted it" in MailSender(server.url).send(asking, now=UNTIL)
    (message,) = server.received
    assert server.recipients == [["ada@acme.example"]]
    assert message["Subject"] == "Do you want this digest?"
    assert message["Auto-Submitted"] == "auto-generated"
    for form in ("plain", "html"):
        said = " ".join(message.get_body((form,)).get_content().split())
        assert "ben asked Untagged to send you “Feature requests” of Heron Air" in said
        assert link in said

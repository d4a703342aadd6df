"""Passes over the Google Play Developer API: the town's, and one that goes wrong."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mentions.collected import Deletion
from mentions.errors import SettingsError, SourceRefused
from spiders.google_account import service_account
from spiders.googleplay import SCOPE
from spiders.source import Source, checked_params
from tests.spiders.in_town import town
from tests.spiders.passes import Collector, made
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked, site

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
ACCOUNT = {"client_email": "untagged@example.test", "private_key": PEM, "private_key_id": "k1"}
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAY_ACCOUNT", json.dumps(ACCOUNT))


def play(url: str, **params: Any) -> Source:
    given = {
        "server": url,
        "token_url": f"{url}/token",
        "apps": ["example.nimbus"],
        "account_env": "PLAY_ACCOUNT",
        "handle": "@nimbusair",
        **params,
    }
    return made("p", "googleplay", given)


class Play:
    """A store with `count` reviews, the newest last and shown first, ten to a page."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.answers: dict[int, str] = {}
        self.faults: dict[str, Answer] = {}

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/token":
            return self.faults.get("token") or self.given(asked)
        if asked.headers.get("Authorization") != "Bearer a-token":
            return refusal(401, "Request had invalid authentication credentials.")
        token = asked.query.get("token", "")
        if fault := self.faults.get(token or asked.path.rpartition("/")[0].rpartition("/")[2]):
            return fault
        start = int(token or str(self.count))
        shown = list(range(max(start - 10, 0), start))[::-1]
        answer: dict[str, Any] = {"reviews": [self.review(one) for one in shown]} if shown else {}
        if shown and shown[-1]:
            answer["tokenPagination"] = {"nextPageToken": str(shown[-1])}
        return Answer(json.dumps(answer).encode())

    def given(self, asked: Asked) -> Answer:
        """A token for what the account has really signed."""
        form = parse_qs(asked.body.decode())
        claims = jwt.decode(
            form["assertion"][0],
            KEY.public_key(),
            algorithms=["RS256"],
            audience=f"http://{asked.headers['Host']}/token",
            options={"verify_exp": False, "verify_iat": False},
        )
        assert (claims["iss"], claims["scope"]) == (ACCOUNT["client_email"], SCOPE)
        assert claims["exp"] - claims["iat"] == 600
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        return Answer(b'{"access_token": "a-token", "expires_in": 3599}')

    def review(self, one: int) -> dict[str, Any]:
        at = {"seconds": str(int((NOW - (200 - one) * HOUR / 2).timestamp()))}
        user = {"text": f"Review {one}", "lastModified": at, "starRating": 3}
        comments: list[dict[str, Any]] = [{"userComment": user}]
        if one in self.answers:
            comments.append({"developerComment": {"text": self.answers[one], "lastModified": at}})
        return {"reviewId": f"r{one}", "authorName": "Otto", "comments": comments}


def refusal(status: int, message: str) -> Answer:
    said = {"error": {"code": status, "message": message}}
    return Answer(json.dumps(said).encode(), status=status)


def reviews(collector: Collector) -> list[int]:
    return [int(post.native_id[1:]) for post in collector.posts() if not post.reply_to]


def test_reviews_of_the_town_come_with_their_answers_and_again_where_they_changed(
    collector: Collector,
) -> None:
    with town("googleplay", days=14) as saltmarsh:
        source = play(
            saltmarsh.url,
            token_url=f"{saltmarsh.url}/googleplay/token",
            apps=["example.heronair"],
            handle="heronair",
            refresh="1m",
        )
        number = saltmarsh.says("The app is slow", author="ada", title="Slow")
        asked = f"gp:{number}"
        (first,) = collector.run(source, now=saltmarsh.now())
        assert first.error == ""
        found = {post.native_id: post for post in collector.posts(first)}
        truths = saltmarsh.truths()
        for native_id, post in found.items():
            if not post.reply_to:
                assert post.text == truths[native_id]["text"]
                assert post.published > saltmarsh.now() - timedelta(days=7)
        assert found[asked].answered_at is None
        saltmarsh.advances(minutes=5)
        saltmarsh.says("Sorry, fixed", author="heronair", reply_to=number)
        answered = saltmarsh.now()
        saltmarsh.advances(minutes=5)
        (second,) = collector.run(source, now=saltmarsh.now())
        came = {post.native_id: post for post in collector.posts(second)}
        assert came[asked].answered_at == answered
        answer = came[f"{asked}/answer"]
        assert (answer.author.handle, answer.reply_to) == ("heronair", f"p:{asked}")
        assert (answer.kind, answer.text) == ("comment", "Sorry, fixed")
        saltmarsh.edits(number, "It is fast now")
        (third,) = collector.run(source, now=saltmarsh.now())
        came = {post.native_id: post for post in collector.posts(third)}
        assert (came[asked].text, came[asked].published) == (
            "It is fast now",
            found[asked].published,
        )
        assert came[asked].edited == saltmarsh.now()


def test_pass_that_runs_out_of_pages_goes_on_and_a_quiet_one_asks_once(
    collector: Collector,
) -> None:
    api = Play(45)
    with site(api) as web:
        source = play(web.url, max_pages=2)
        collector.run(source)
        assert sorted(reviews(collector)) == list(range(25, 45))
        api.count = 50
        for _ in range(4):
            (run,) = collector.run(source)
            assert run.ok
        assert sorted(reviews(collector)) == list(range(50))
        web.asked.clear()
        (run,) = collector.run(source)
        assert (run.posts, len(web.asked)) == (0, 2)  # a token and a page


def test_page_that_failed_and_place_that_was_forgotten_are_made_up_for(
    collector: Collector,
) -> None:
    api = Play(45)
    with site(api) as web:
        source = play(web.url)
        for fault, told in (
            (Answer(b'{"reviews": [{"'), "JSON that breaks off"),
            (refusal(400, "Invalid token"), "forgot the place"),
        ):
            api.faults = {"25": fault}
            (run,) = collector.run(source)
            assert told in run.error
        assert sorted(reviews(collector)) == list(range(25, 45))
        api.faults.clear()
        (run,) = collector.run(source)
        assert run.ok
    assert sorted(reviews(collector)) == list(range(45))


def test_old_reviews_are_looked_at_again_for_answers_that_come_and_go(
    collector: Collector,
) -> None:
    api = Play(45)
    with site(api) as web:
        source = play(web.url, refresh="6h")
        collector.run(source)
        api.answers = {3: "Please update"}
        (run,) = collector.run(source, now=NOW + HOUR)
        assert run.posts == 0
        (run,) = collector.run(source, now=NOW + 7 * HOUR)
        assert {post.native_id for post in collector.posts(run)} == {"r3", "r3/answer"}
        api.answers.clear()
        (run,) = collector.run(source, now=NOW + 14 * HOUR)
        items = collector.items(run)
        assert Deletion("p:r3/answer") in items


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refusal(401, "Bad credentials."), "(401, saying 'Bad credentials.')"),
        (refusal(403, "No permission."), "wants other credentials"),
        (refusal(404, "Package not found."), "Package not found."),
        (Answer(b"", status=500), "is in trouble (500)"),
        (Answer(b"<html>Sorry</html>"), "HTML where JSON was expected"),
        (Answer(b'{"reviews": {}}'), "no list of reviews"),
        (Answer(b"7"), "no list of reviews"),
    ],
)
def test_app_that_fails_says_why_and_the_others_go_on(
    collector: Collector, answer: Answer, told: str
) -> None:
    api = Play(5)
    api.faults = {"example.other": answer}
    with site(api) as web:
        (run,) = collector.run(play(web.url, apps=["example.other", "example.nimbus"]))
    assert run.error.startswith("example.other: ")
    assert told in run.error
    assert run.posts == 5
    assert "a-token" not in json.dumps(run.cursor) + run.error


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            Answer(b'{"error": "invalid_grant", "error_description": "Invalid JWT."}', status=400),
            "invalid_grant",
        ),
        (Answer(b"{}"), "without a token"),
        (Answer(b"<html>"), "HTML where JSON was expected"),
    ],
)
def test_token_that_is_not_given_is_told(collector: Collector, answer: Answer, told: str) -> None:
    api = Play(5)
    api.faults = {"token": answer}
    with site(api) as web:
        (run,) = collector.run(play(web.url))
    assert told in run.error
    assert not any("reviews" in asked.path for asked in web.asked)


def test_busy_store_is_asked_again(collector: Collector) -> None:
    api = Play(5)
    waiting = [Answer(b"", status=429, headers={"Retry-After": "0"})]

    def answering(asked: Asked) -> Answer:
        return waiting.pop() if waiting and asked.path != "/token" else api(asked)

    with site(answering) as web:
        (run,) = collector.run(play(web.url))
    assert (run.ok, run.posts) == (True, 5)


def test_app_that_nobody_reviewed_this_week_is_no_error(collector: Collector) -> None:
    with site(Play(0)) as web:
        (run,) = collector.run(play(web.url))
    assert (run.ok, run.posts) == (True, 0)


def token_request() -> bytes:
    account = service_account("PLAY_ACCOUNT")
    return account.token_request(scope=SCOPE, token_url="https://a.example", now=NOW)


def in_file(folder: Path) -> str:
    path = folder / "key.json"
    path.write_text(json.dumps(ACCOUNT))
    return str(path)


def test_key_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAY_ACCOUNT", in_file(tmp_path))
    account = service_account("PLAY_ACCOUNT")
    assert account.email == ACCOUNT["client_email"]
    assert "PRIVATE" not in repr(account)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (lambda _: "", "PLAY_ACCOUNT is not set"),
        (lambda folder: str(folder / "no.json"), "cannot be read"),
        (lambda _: "{", "holds no JSON key"),
        (lambda _: '{"client_email": "a@b"}', "holds no JSON key"),
        (lambda _: json.dumps({**ACCOUNT, "private_key": "sesame"}), "is no RSA key"),
    ],
)
def test_key_that_is_none_says_what_to_do_and_is_not_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: Callable[[Path], str], told: str
) -> None:
    monkeypatch.setenv("PLAY_ACCOUNT", value(tmp_path))
    with pytest.raises(SourceRefused, match=told) as raised:
        token_request()
    assert "sesame" not in str(raised.value)


@pytest.mark.parametrize(
    ("params", "told"),
    [({"apps": ["Nimbus Air"]}, "no package name"), ({"apps": []}, "apps")],
)
def test_wrong_params_say_what_to_write(params: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        checked_params(play("https://play.example", **params))

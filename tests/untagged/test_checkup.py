"""`untagged doctor` says which credential a source misses."""

import os

import pytest

from alerts.digests.settings import DigestDelivery
from alerts.digests.stopping import SECRET
from mentions.errors import SettingsError
from spiders.source import SPIDERS, Source
from untagged.checkup import _digests, _source
from untagged.settings import Settings

ASKING = {
    "mastodon": {"server": "https://m.example", "search": ["acme"], "token_env": "A_TOKEN"},
    "lemmy": {"server": "https://l.example", "search": ["acme"], "token_env": "A_TOKEN"},
    "youtube": {"key_env": "A_TOKEN", "search": ["acme"]},
    "discourse": {"server": "https://d.example", "posts": True, "api_key_env": "A_TOKEN"},
    "reddit": {
        "search": ["acme"],
        "client_id_env": "PATH",
        "client_secret_env": "A_TOKEN",
        "account": "ada",
    },
}


@pytest.mark.parametrize("spider", ASKING)
def test_a_missing_credential_is_named(spider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(name="a", spider=spider, params=ASKING[spider])
    for value in (None, " "):
        if value:
            monkeypatch.setenv("A_TOKEN", value)
        with pytest.raises(SettingsError, match="set the environment variable A_TOKEN"):
            _source(source)
    monkeypatch.setenv("A_TOKEN", "x")
    assert _source(source).startswith(spider)


def test_a_credential_that_is_asked_for_twice_is_named_once() -> None:
    params = {**ASKING["reddit"], "client_id_env": "A_TOKEN"}
    with pytest.raises(SettingsError, match="environment variable A_TOKEN where"):
        _source(Source(name="a", spider="reddit", params=params))


def test_a_source_without_credentials_needs_none() -> None:
    assert set(ASKING) <= set(SPIDERS)
    source = Source(name="a", spider="feed", params={"urls": ["https://a.example/f"]})
    assert "A_TOKEN" not in os.environ
    assert _source(source).startswith("feed")


def test_what_digests_miss_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SECRET, raising=False)
    by_mail = Settings(digest_delivery=DigestDelivery(mail="post"))
    with pytest.raises(SettingsError, match=SECRET):
        _digests(by_mail)
    monkeypatch.setenv(SECRET, "a secret that is long enough for it")
    with pytest.raises(SettingsError, match=r"digest_delivery\.url"):
        _digests(by_mail)
    delivery = DigestDelivery(mail="post", url="https://untagged.acme.example")
    assert _digests(Settings(digest_delivery=delivery)) == "0 scheduled, mail by 'post'"

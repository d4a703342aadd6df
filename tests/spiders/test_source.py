import re
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from mentions.errors import SettingsError
from spiders.source import Source, checked_params, missing_variables

FEED = {"name": "board", "spider": "feed", "params": {"urls": ["https://a.example/feed"]}}


def test_source_is_read_from_settings_with_manners_by_default() -> None:
    source = Source.model_validate({**FEED, "every": "1h30m"})
    assert source.every == timedelta(minutes=90)
    assert source.obey_robots
    assert not source.allow_private
    assert source.delay_seconds == 1


def test_source_survives_the_way_to_another_process() -> None:
    source = Source.model_validate({**FEED, "every": "45s", "platform": "news"})
    assert Source.model_validate_json(source.model_dump_json()) == source


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a:b"},
        {"name": "a/../b"},
        {"name": "with space"},
        {"name": "a\n"},
        {"name": ""},
        {"spider": "gopher"},
        {"every": "soon"},
        {"delay_seconds": -1},
        {"unknown": 1},
    ],
)
def test_wrong_source_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Source.model_validate({**FEED, **wrong})


@pytest.mark.parametrize(
    ("spider", "params", "said"),
    [
        ("feed", {}, "urls Field required"),
        ("feed", {"urls": []}, "urls"),
        ("feed", {"urls": ["ftp://a.example/"]}, "no address"),
        ("feed", {"urls": ["file:///etc/passwd"]}, "no address"),
        ("feed", {"urls": ["https://user:secret@a.example/"]}, "user name or password"),
        ("feed", {"urls": ["https://a.example/"], "kind": "song"}, "kind"),
        ("mastodon", {"server": "https://m.example"}, "neither timelines nor search"),
        ("mastodon", {"server": "m.example", "timelines": ["public"]}, "no address"),
        ("mastodon", {"server": "https://m.example", "timelines": ["home"]}, "no timeline"),
        ("mastodon", {"server": "https://m.example", "timelines": ["tag:a/b"]}, "no timeline"),
        ("mastodon", {"server": "https://m.example", "search": ["x"]}, "needs token_env"),
        ("file", {}, "path Field required"),
        ("file", {"path": "x.csv", "columns": {"id": "a"}}, "columns"),
    ],
)
def test_wrong_params_are_told_with_the_source(
    spider: str, params: dict[str, object], said: str
) -> None:
    source = Source.model_validate({"name": "board", "spider": spider, "params": params})
    with pytest.raises(SettingsError, match=f"source 'board': params: .*{said}"):
        checked_params(source)


def test_error_about_params_never_repeats_a_password() -> None:
    params = {"urls": ["https://user:hunter2@a.example/"]}
    source = Source.model_validate({**FEED, "params": params})
    with pytest.raises(SettingsError) as raised:
        checked_params(source)
    assert "hunter2" not in str(raised.value)


def test_variables_that_a_source_needs_and_that_are_not_set_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    params = {"queries": ["acme"], "token_env": "A_TOKEN"}
    wanting = checked_params(Source(name="s", spider="x", params=params))
    monkeypatch.setenv("A_TOKEN", " ")
    assert missing_variables(wanting) == ["A_TOKEN"]
    monkeypatch.setenv("A_TOKEN", "secret")
    assert missing_variables(wanting) == []
    urls = {"urls": ["https://feed.example/f"]}
    assert missing_variables(checked_params(Source(name="s", spider="feed", params=urls))) == []


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"queries": []}, "queries"),
        ({"queries": [" "]}, "write what X should search for"),
        ({"queries": ["a"], "history": "8d"}, "recent search goes back 7d at most"),
        ({"queries": ["a"], "page_size": 101}, "write 100 or less"),
        ({"queries": ["a"], "recheck_every": "25h"}, "write 20h"),
        ({"queries": ["a"], "countries": ["Germany"]}, "write two letters, such as DE"),
        ({"queries": ["a"], "api": "api.x.com"}, "write http://… or https://…"),
    ],
)
def test_wrong_params_of_x_say_what_to_write(params: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        checked_params(Source(name="s", spider="x", params=params))

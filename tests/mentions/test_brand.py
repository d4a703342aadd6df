"""Whose handle is whose."""

import pytest
from pydantic import ValidationError

from mentions.brand import Brand


def brand(*handles: str) -> Brand:
    return Brand(name="Acme", query="acme", handles=handles)


def test_a_handle_without_platform_is_owned_everywhere() -> None:
    acme = brand("@Acme")
    assert acme.owns("acme", "x")
    assert acme.owns("@ACME", "board")


def test_a_handle_on_a_platform_is_owned_there_alone() -> None:
    acme = brand("mastodon:@acme@example.social")
    assert acme.owns("acme@example.social", "mastodon")
    assert not acme.owns("acme@example.social", "x")
    assert acme.handles_on("x") == frozenset()
    assert acme.all_handles() == {"acme@example.social"}


def test_the_same_name_on_another_server_is_somebody_else() -> None:
    acme = brand("@acme", "mastodon:@acme@example.social")
    assert not acme.owns("acme@evil.example", "mastodon")


def test_a_server_may_have_a_port() -> None:
    acme = brand("mastodon:@acme@127.0.0.1:8765")
    assert acme.owns("acme@127.0.0.1:8765", "mastodon")
    assert acme.platforms == {"mastodon"}


@pytest.mark.parametrize("handle", ["acme", "mastodon:acme", "@", "mastodon:@", ""])
def test_what_is_no_handle_is_refused_with_what_is(handle: str) -> None:
    with pytest.raises(ValidationError, match="write '@acme'"):
        brand(handle)

"""A reply to the brand's own post is tagged; a reply to anybody else's is not."""

from pathlib import Path

import pytest

from mentions.brand import Brand
from mentions.mention import Author, BrandMatch, Mention
from mentions.opening import open_store
from tests.untagged.world import NOON, mention
from untagged.addressing import addressing

BRANDS = (
    Brand(name="Acme", query="acme", handles=("@acme",)),
    Brand(name="Bolt", query="bolt", handles=("@bolt",)),
)
ACME, BOLT = BrandMatch(name="Acme"), BrandMatch(name="Bolt")
OWN = mention(1, "acme is open", NOON, author=Author(handle="acme"), brands=(ACME,))
OTHERS = mention(2, "acme is closed", NOON, author=Author(handle="ana"), brands=(ACME,))


def tagged(folder: Path, reply: Mention, *chunk: Mention) -> list[str]:
    with open_store(f"sqlite:///{folder / 'mentions.db'}") as store:
        store.prepare()
        store.upsert([OWN, OTHERS])
        found = addressing([*chunk, reply], brands=BRANDS, store=store)
        again = addressing(found, brands=BRANDS, store=store)
    assert found == again
    return [brand.name for brand in found[-1].brands if brand.tagged]


def reply(to: str) -> Mention:
    return mention(3, "acme, bolt?", NOON, reply_to=to, brands=(ACME, BOLT))


@pytest.mark.parametrize(
    ("to", "wanted"),
    [("board:1", ["Acme"]), ("1", ["Acme"]), ("board:2", []), ("board:9", []), ("", [])],
)
def test_a_reply_to_an_owned_post_is_tagged(tmp_path: Path, to: str, wanted: list[str]) -> None:
    assert tagged(tmp_path, reply(to)) == wanted


def test_a_brand_that_goes_on_below_its_own_post_addresses_nobody(tmp_path: Path) -> None:
    more = reply("board:1").model_copy(update={"author": Author(handle="acme")})
    assert tagged(tmp_path, more) == []


def test_the_owned_post_may_come_with_the_reply(tmp_path: Path) -> None:
    own = mention(7, "bolt here", NOON, author=Author(handle="bolt"), brands=(BOLT,))
    assert tagged(tmp_path, reply("board:7"), own) == ["Bolt"]

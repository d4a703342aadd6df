"""docs/town.md keeps its word: its brand queries find every post that means the brand."""

import re
from pathlib import Path

import yaml

from mentions.brand import Brand
from mentions.mention import Mention
from mentions.query.matcher import QueryMatcher
from mentions.query.parser import parse_query
from untagged.town.people import cast_of
from untagged.town.server import PORT, TOKEN

DOCS = (Path(__file__).parents[2] / "docs" / "town.md").read_text("utf-8")


def test_the_recommended_queries_find_every_post_that_means_the_brand(fortnight):
    said = yaml.safe_load(re.search(r"```yaml\n(.*?)```", DOCS, re.DOTALL)[1])
    brands = [Brand.model_validate(brand) for brand in said["brands"]]
    matcher = QueryMatcher({brand.name: parse_query(brand.query) for brand in brands})
    found, meant, besides = 0, 0, 0
    for post in fortnight:
        mention = Mention(
            source="town",
            native_id=str(post.number),
            platform="mastodon",
            title=post.said.title,
            text=post.said.text,
            published=post.published,
            collected=post.published,
        )
        matched = set(matcher.match(mention))
        meant += bool(post.said.brands)
        found += bool(matched & set(post.said.brands))
        besides += bool(matched - set(post.said.brands))
    assert found == meant
    assert besides > 200  # the birds and the fruit come along: something is left to tell apart


def test_the_docs_name_the_port_the_token_and_people_who_exist():
    assert f"http://127.0.0.1:{PORT}" in DOCS
    assert TOKEN in DOCS
    people = re.findall(r"`@?([a-z]+_?[a-z]+)`", DOCS.partition("## What it says")[0])
    named = {"heronair", "pomelo", "gategecko", "courier_ines", "little_bobby"}
    assert named <= set(people) & set(cast_of(1).by_handle)

"""How right intents are read in the town, whose truth is known, by language.

    python -m bench.town_intents [--seed 1] [--intent feature_request] [--profile thorough]

Sixty days with every shape of crisis are read as if they had been collected. Seeds differ in who
writes what and when; the hand-written lines that they fill are the same.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from typing import get_args

from rich.console import Console
from rich.table import Table

from bench.sixty_days import ANCHOR, BEGAN, EXAMPLE, mention_of, story_of
from mentions.mention import Mention
from nlp.build import Profile, build_reader
from nlp.reader import Reader
from untagged.settings import load_settings
from untagged.town.post import Post

ALL = "all"


def read_town(seed: int, reader: Reader) -> Iterator[tuple[Post, Mention | None]]:
    """Each post that the brands did not write, and what was read of it where it names one."""
    posts = story_of(seed).posts(BEGAN, ANCHOR)
    numbered = {post.number: post for post in posts}
    others = [post for post in posts if not post.author.brand]
    mentions = (mention_of(post, numbered.get(post.reply_to or 0)) for post in others)
    for post, mention in zip(others, reader.read(mentions, only_named=True), strict=True):
        yield post, mention if isinstance(mention, Mention) and mention.brands else None


def main() -> None:
    """Read a town and print the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--intent", default="feature_request")
    asked.add_argument("--profile", default="default", choices=get_args(Profile))
    given = asked.parse_args()
    settings = load_settings(EXAMPLE).settings
    reading = settings.reading.model_dump() | {"profile": given.profile}
    reader = build_reader(settings.brands, **reading)
    has, said, right = Counter[str](), Counter[str](), Counter[str]()
    for post, mention in read_town(given.seed, reader):
        is_meant = given.intent in post.said.intents and bool(post.said.brands)
        is_said = mention is not None and any(
            intent.label == given.intent for intent in mention.intents
        )
        for lang in (ALL, post.said.lang):
            has[lang] += is_meant
            said[lang] += is_said
            right[lang] += is_meant and is_said
    table = Table(title=f"{given.intent}, town {given.seed}, {given.profile}")
    for column in ("language", "meant", "read", "right", "recall", "precision"):
        table.add_column(column, justify="right")
    for lang, count in sorted(has.items(), key=lambda each: -each[1]):
        shares = (right[lang] / (count or 1), right[lang] / (said[lang] or 1))
        table.add_row(
            lang, *map(str, (count, said[lang], right[lang])), *(f"{each:.2f}" for each in shares)
        )
    Console().print(table)


if __name__ == "__main__":
    main()

"""What naming the brands of a post costs, with 10, 100 and 10,000 brands.

    python -m bench.brands

Processor time a post (tweets where ../shared/data is there, a brand in every fifth): the brand
queries alone, and the whole component with spellings, handles,
links, context words, and up to 20 brands taught by 50 answers each. Never a timed test.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.table import Table

from bench.matcher import names
from bench.reading import as_mentions, posts
from mentions.answer import Answer
from mentions.brand import Brand
from mentions.mention import Mention
from mentions.query.matcher import QueryMatcher
from mentions.query.parser import parse_query
from nlp.brand import BrandReader

SIZES = (10, 100, 10_000)
POSTS = 1_000
TAUGHT = 20
"""Brands, at most, that people taught 50 answers each."""


def brands_of(pairs: Sequence[tuple[str, str]]) -> list[Brand]:
    return [
        Brand(
            name=f"{a} {b}".title(),
            query=f'("{a} {b}" OR {a}{b} OR #{a}{b} OR @{a}{b} OR {a}) -giveaway',
            handles=(f"@{a}{b}",),
            context=("order", "late", "service"),
            not_context=("cloud", "river"),
            links=(f"{a}{b}.example",),
        )
        for a, b in pairs
    ]


def answers_of(brands: Sequence[Brand], asked: Sequence[Mention]) -> Iterator[Answer]:
    chance = random.Random(3)
    for brand in brands[:TAUGHT]:
        for number in range(50):
            said = f"{brand.name} {chance.choice(asked).text}"
            yield Answer(brand.name, said, is_relevant=bool(number % 3))


def naming(brands: Sequence[Brand], texts: Sequence[str]) -> Iterator[str]:
    chance = random.Random(2)
    for number, text in enumerate(texts):
        yield text if number % 5 else f"{text} {chance.choice(brands).name}"


def microseconds(work: Callable[[Mention], object], asked: Sequence[Mention]) -> float:
    """The fastest of three runs: other work on the machine must not count."""

    def once() -> float:
        started = time.process_time()
        for post in asked:
            work(post)
        return time.process_time() - started

    return min(once() for _ in range(3)) / len(asked) * 1e6


def main() -> None:
    table = Table(title="Microseconds of processor time a post")
    for column in ("brands", "queries alone", "the component", "building it, s", "posts named"):
        table.add_column(column, justify="right")
    for size in SIZES:
        pairs = names(size)
        brands = brands_of(pairs)
        asked = list(as_mentions(tuple(naming(brands, posts()[:POSTS]))))
        matcher = QueryMatcher({brand.name: parse_query(brand.query) for brand in brands})
        answers = list(answers_of(brands, asked))
        started = time.process_time()
        reader = BrandReader(brands, answers)
        building = time.process_time() - started
        named = sum(bool(reader.read(post, ()).brands) for post in asked)
        table.add_row(
            f"{size:,}",
            f"{microseconds(matcher.match, asked):.1f}",
            f"{microseconds(lambda post, read=reader.read: read(post, ()), asked):.1f}",
            f"{building:.1f}",
            f"{named / len(asked):.0%}",
        )
    Console(width=100).print(table)


if __name__ == "__main__":
    main()

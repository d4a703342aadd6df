"""How many posts a second are tested against 10 and against 10,000 brand queries.

    python -m bench.matcher [--posts 20000]

Beside spaCy's PhraseMatcher and one plain regular expression in the same run. Those two look for
the names alone; neither knows NOT, fields or folded accents. All work on the text as collected:
cutting it into words is part of the time. Never a timed test: figures depend on the machine.
"""

import argparse
import os
import platform
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import spacy
from rich.console import Console
from rich.table import Table
from spacy.matcher import PhraseMatcher

from mentions.mention import Mention
from mentions.query.matcher import QueryMatcher
from mentions.query.parser import parse_query

SIZES = (10, 10_000)
BARS = {10: 20_000, 10_000: 5_000}
SECONDS = 5.0
"""A contestant stops after so long and is judged by what it did until then."""
NOW = datetime(2026, 3, 1, tzinfo=UTC)
_SYLLABLES = ("nim", "bus", "ze", "phyr", "al", "ta", "kor", "vi", "do", "ra", "mel", "on", "qua")
_COMMON = re.findall(
    r"\w+",
    "the to and a of is my was for it on in you they that with not this but at from your late bag "
    "flight phone service again why when help never app update please thanks love hours still",
)
_RARE = [f"{first}{second}ing" for first in _SYLLABLES for second in _SYLLABLES]


def names(count: int) -> list[tuple[str, str]]:
    """Brand names of two words, the second one shared by many brands."""
    chance = random.Random(1)
    kinds = ("air", "phone", "bank", "foods", "energy", "hotel", "motors", "games")
    first = {"".join(chance.choices(_SYLLABLES, k=4)) for _ in range(count * 2)}
    return [(name, chance.choice(kinds)) for name in sorted(first)[:count]]


def posts(count: int, brands: Sequence[tuple[str, str]]) -> list[Mention]:
    """Posts of 8 to 40 words; one in five names a brand, as in what a team collects."""
    chance = random.Random(2)
    return [_post(number, chance, brands) for number in range(count)]


def _post(number: int, chance: random.Random, brands: Sequence[tuple[str, str]]) -> Mention:
    said = chance.choices((*_COMMON * 4, *_RARE), k=chance.randint(8, 40))
    if chance.random() < 0.2:
        first, second = chance.choice(brands)
        said.insert(chance.randrange(len(said)), f"{first.capitalize()} {second.capitalize()}")
    if chance.random() < 0.2:
        said.append("😡")
    return Mention(
        source="bench",
        native_id=str(number),
        platform="board",
        text=" ".join(said).capitalize() + ".",
        published=NOW,
        collected=NOW,
    )


def ours(brands: Sequence[tuple[str, str]]) -> Callable[[Mention], bool]:
    """The queries a team would write: the name, run together, as a tag and a handle, less noise."""
    queries = {
        f"{a} {b}": parse_query(f'("{a} {b}" OR {a}{b} OR #{a}{b} OR @{a}{b}) -giveaway')
        for a, b in brands
    }
    matcher = QueryMatcher(queries)
    return lambda post: bool(matcher.match(post))


def phrase_matcher(brands: Sequence[tuple[str, str]]) -> Callable[[Mention], bool]:
    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    for a, b in brands:
        spelled = (f"{a} {b}", f"{a}{b}", f"#{a}{b}", f"@{a}{b}")
        matcher.add(f"{a} {b}", [nlp.make_doc(name) for name in spelled])
    return lambda post: bool(matcher(nlp.make_doc(post.text)))


def expression(brands: Sequence[tuple[str, str]]) -> Callable[[Mention], bool]:
    either = "|".join(f"{a} ?{b}" for a, b in brands)
    found = re.compile(rf"(?<!\w)[#@]?({either})(?!\w)", re.IGNORECASE).search
    return lambda post: bool(found(post.text))


CONTESTANTS = {
    "QueryMatcher": ours,
    "spaCy PhraseMatcher": phrase_matcher,
    "one regular expression": expression,
}


def measured(test: Callable[[Mention], bool], wanted: Sequence[Mention]) -> tuple[float, float]:
    """Posts a second of process time, and the share of the posts that matched."""
    tested = matched = 0
    start = time.process_time()
    for post in wanted:
        matched += test(post)
        tested += 1
        if tested % 100 == 0 and time.process_time() - start > SECONDS:
            break
    return tested / (time.process_time() - start), matched / tested


def rows(count: int) -> Iterator[tuple[str, ...]]:
    for size in SIZES:
        brands = names(size)
        wanted = posts(count, brands)
        for name, made in CONTESTANTS.items():
            rate, share = measured(made(brands), wanted)
            bar = f"{BARS[size]:,}" if made is ours else ""
            yield f"{size:,}", name, f"{rate:,.0f}", bar, f"{share:.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=20_000)
    asked = parser.parse_args()
    table = Table(
        title=f"{platform.machine()}, {os.cpu_count()} cores, {platform.python_version()}"
    )
    for column in ("queries", "", "posts/s", "bar", "matched"):
        table.add_column(column, justify="left" if not column else "right")
    for row in rows(asked.posts):
        table.add_row(*row)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()

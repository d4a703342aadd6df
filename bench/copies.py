"""How well near copies are told from other posts, beside exact text and exact words, and how fast.

    python -m bench.copies

Every case is made from generated sentences: pairs that are copies (a campaign, a syndicated
article, a repost) and pairs that are not (one template filled otherwise, one topic, translations).
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from mentions.mention import Mention
from mentions.signature import ALIKE, alikeness, band_keys, compared_words, signatures

CONSOLE = Console(width=130)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAIRS = 400
CHANCE = random.Random(20260301)
_WORDS = [f"word{number}" for number in range(120)]
"""Few, so that unlike posts have more words in common than posts of people do."""
_GERMAN = [f"wort{number}" for number in range(120)]
_CITIES = [f"City{number}" for number in range(12)]
_GREETINGS = ("Hi all,", "Friends:", "Please read,", "Good morning everybody!", "To whom it may:")
_TRAILERS = ("Please share!", "Spread the word.", "RT if you agree", "#boycott", "Copy and paste")

Pair = tuple[str, str]
Same = Callable[[Sequence[Pair]], list[bool]]


def sentence(count: int, of: Sequence[str] = _WORDS) -> str:
    return " ".join(CHANCE.choices(of, k=count))


def article(words: int) -> str:
    return " ".join(f"{sentence(12).capitalize()}." for _ in range(words // 12))


def link() -> str:
    return f"https://t.example/{CHANCE.randrange(10**9):x}"


def campaign() -> Pair:
    said = f"{sentence(12)} Nimbus Air {sentence(12)}"
    one, other = CHANCE.sample(_GREETINGS, 2)
    end, another = CHANCE.sample(_TRAILERS, 2)
    return f"{one} {said} {end} {link()}", f"{other} {said} {another} {link()}"


def one_word_changed() -> Pair:
    said = sentence(20).split()
    changed = [*said]
    changed[CHANCE.randrange(20)] = "Nimbus"
    return " ".join(said), " ".join(changed)


def syndicated() -> Pair:
    body = article(240)
    one, other = (f"{sentence(8).title()}\n{body}\n{sentence(25)} {link()}" for _ in range(2))
    return one, other


def shortened() -> Pair:
    body = article(240)
    return f"{sentence(8)}\n{body}", f"{sentence(8)}\n{body[: len(body) * 7 // 10]}"


def repost() -> Pair:
    said = sentence(14)
    return f"{said} {link()}", f"RT @{sentence(1)}{CHANCE.randrange(99)}: {said} {link()}"


def retold_case() -> Pair:
    said = sentence(16)
    return f"{said}!!", f"“{said.upper()}” 👀"


def filled_in() -> Iterator[str]:
    for _ in range(2):
        city, other = CHANCE.sample(_CITIES, 2)
        yield (
            f"Flight NA{CHANCE.randrange(99)} from {city} to {other} is {CHANCE.randrange(300)} "
            f"minutes late because of {sentence(1)}, sorry for that {sentence(1)}"
        )


def template() -> Pair:
    one, other = filled_in()
    return one, other


def review() -> Pair:
    one, other = (
        f"I bought the Zephyr {CHANCE.randrange(9)} and I have to say that {sentence(9)}"
        for _ in range(2)
    )
    return one, other


def one_topic() -> Pair:
    return f"Nimbus Air is down again, {sentence(14)}", f"Nimbus Air is down again, {sentence(14)}"


def translated() -> Pair:
    return f"Nimbus Air {sentence(18)} Lisbon", f"Nimbus Air {sentence(18, _GERMAN)} Lisbon"


def short() -> Pair:
    return "Nimbus is down again", "Nimbus is down again"


COPIES = {
    "campaign: greeting, end and link changed": campaign,
    "one word in 20 changed": one_word_changed,
    "syndicated article: headline and trailer changed": syndicated,
    "the same, cut to 70 %": shortened,
    "repost: RT @name, another link": repost,
    "quoted in capitals": retold_case,
}
OTHERS = {
    "one template, filled otherwise": template,
    "reviews that begin alike": review,
    "one topic, the first words alike": one_topic,
    "a translation": translated,
    "short, the same words": short,
}


def posts(texts: Sequence[str]) -> list[Mention]:
    return [
        Mention(source="s", native_id=str(n), platform="p", text=text, published=NOW, collected=NOW)
        for n, text in enumerate(texts)
    ]


def exact_text(pairs: Sequence[Pair]) -> list[bool]:
    return [one == other for one, other in pairs]


def exact_words(pairs: Sequence[Pair]) -> list[bool]:
    found = [compared_words(post) for pair in pairs for post in posts(pair)]
    return [one == other for one, other in zip(found[::2], found[1::2], strict=True)]


def near(pairs: Sequence[Pair]) -> list[bool]:
    texts = [text for pair in pairs for text in pair]
    places, made = signatures(posts(texts))
    row_of = {place: row for row, place in enumerate(places)}
    keys = band_keys(made)
    return [
        at in row_of
        and at + 1 in row_of
        and bool(set(keys[row_of[at]]) & set(keys[row_of[at + 1]]))
        and alikeness(made[row_of[at]], made[row_of[at + 1]]) >= ALIKE
        for at in range(0, len(texts), 2)
    ]


WAYS: dict[str, Same] = {"exact text": exact_text, "exact words": exact_words, "near": near}


def main() -> None:
    made = Table(title=f"Taken for copies, of {PAIRS} pairs each", title_justify="left")
    made.add_column("")
    for name in WAYS:
        made.add_column(name, justify="right")
    for title, kinds in (("copies", COPIES), ("others", OTHERS)):
        made.add_row(f"[bold]{title}")
        for name, kind in kinds.items():
            pairs = [kind() for _ in range(PAIRS)]
            shares = [sum(same(pairs)) / PAIRS for same in WAYS.values()]
            made.add_row(f"  {name}", *(f"{share:.1%}" for share in shares))
    CONSOLE.print(made)
    many = posts([sentence(CHANCE.randint(8, 40)) for _ in range(20_000)])
    started = time.process_time()
    signatures(many)
    took = time.process_time() - started
    CONSOLE.print(f"{len(many) / took:,.0f} signatures a second of one core")


if __name__ == "__main__":
    main()

r"""Phrasebook: the hand-written lines in `texts/` and how their {slots} are filled.

A file `texts/PAGE.LANG.txt` holds sections `[NAME: INTENTS | SENTIMENT | TOPIC]`, each followed by
one line a post. Without `NAME:` the intents are the name; without the rest it is small talk.
`TITLE || TEXT` has a title, `¶` parts paragraphs, `\n` and `\uXXXX` are that character, and a
line that starts with `//` is a comment.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import get_args

from mentions.mention import IntentLabel
from untagged.town.brands import PHONES, SYSTEMS, TownBrand
from untagged.town.dice import weighted
from untagged.town.post import Said

_INTENTS = frozenset(get_args(IntentLabel))
_SENTIMENTS = ("positive", "neutral", "negative")
_SLOT = re.compile(r"\{([a-z][a-z0-9]*)\}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_ONLY_IN_HASHTAG = 0.05
"""Share of the annoyed who name the brand only by a hashtag run together."""


@dataclass(frozen=True, slots=True)
class Template:
    """One line of the book."""

    text: str
    title: str
    intents: tuple[str, ...]
    sentiment: str
    topic: str


Section = tuple[Template, ...]


class Phrasebook:
    """Every page: `sections(page, lang)` gives its lines by section."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, str], dict[str, Section]] = {}
        for file in sorted(files("untagged.town").joinpath("texts").iterdir(), key=str):
            page, _, rest = file.name.partition(".")
            if rest.endswith("txt"):
                lang = rest.removesuffix("txt").removesuffix(".")
                self._pages[page, lang] = _sections(file.read_text("utf-8"))

    def sections(self, page: str, lang: str) -> Mapping[str, Section]:
        """The sections of a page, none where the page does not exist in `lang`."""
        return self._pages.get((page, lang), {})

    def pick(self, rng: random.Random, page: str, section: str, lang: str) -> tuple[Template, str]:
        """A line and its language; English where `lang` has no such section."""
        found = self.sections(page, lang).get(section)
        if found:
            return rng.choice(found), lang
        return rng.choice(self._pages[page, "en"][section]), "en"

    def words(self, slot: str, lang: str) -> Section:
        """The words of a slot; English ones where `lang` has none."""
        return self.sections("slots", lang).get(slot) or self._pages["slots", "en"][slot]


@lru_cache(maxsize=1)
def phrasebook() -> Phrasebook:
    """The book, read once."""
    return Phrasebook()


def say(
    rng: random.Random,
    template: Template,
    lang: str,
    *,
    brand: TownBrand | None = None,
    tagged: bool = False,
    known: Mapping[str, str] = MappingProxyType({}),
) -> Said:
    """Fill a line's slots. `tagged` writes the brand's handle; `known` slots come first."""
    filler = _Filler(rng, lang, brand, template.sentiment, dict(known))
    title = filler.filled(template.title)
    named_by = filler.shown_brand
    if tagged and brand:
        filler.shown_brand = f"@{brand.handle}"
    text = filler.filled(template.text)
    if tagged and brand and f"@{brand.handle}" not in text:
        text = f"{text} @{brand.handle}"
    filler.shown_brand = named_by
    return Said(
        text=_capitalised(text, template.text),
        lang=lang,
        title=_capitalised(title, template.title),
        brands=(brand.name,) if brand else (),
        tagged=tagged and brand is not None,
        intents=template.intents,
        sentiment=template.sentiment,
        topic=template.topic,
    )


class _Filler:
    """Fills the slots of one post; the same slot gets the same word throughout."""

    def __init__(
        self,
        rng: random.Random,
        lang: str,
        brand: TownBrand | None,
        sentiment: str,
        known: dict[str, str],
    ) -> None:
        self.rng = rng
        self.lang = lang
        self.known = known
        self.brand = brand
        self.shown_brand = self._brand_form(sentiment) if brand else ""

    def filled(self, text: str) -> str:
        return _SLOT.sub(lambda slot: self._word(slot[1]), text)

    def _word(self, slot: str) -> str:
        if slot == "brand":
            return self.shown_brand
        if slot not in self.known:
            self.known[slot] = self._fresh(slot)
        return self.known[slot]

    def _fresh(self, slot: str) -> str:
        if self.brand and slot in ("brandname", "brandtag"):
            name = self.brand.name
            return name if slot == "brandname" else name.replace(" ", "")
        if slot in _MADE:
            return _MADE[slot](self.rng)
        words = phrasebook().words("city" if slot == "city2" else slot, self.lang)
        word = self.rng.choice(words).text
        return self._fresh(slot) if word in self.known.values() else word

    def _brand_form(self, sentiment: str) -> str:
        assert self.brand is not None  # noqa: S101 - the only caller has looked
        if sentiment == "negative" and self.rng.random() < _ONLY_IN_HASHTAG:
            return self.rng.choice(self.brand.fail_forms)
        return weighted(self.rng, self.brand.forms)


_LINKS = ("win-flights", "lucky-parcel", "best-deals-4u", "peel-prizes", "fast-refund-pro")
_BIRD_TAGS = ("#birds", "#birding", "#nature", "#slowmorning")
_MADE: Mapping[str, Callable[[random.Random], str]] = MappingProxyType(
    {
        "flight": lambda rng: rng.choice(("HRN", "HRN ")) + str(rng.randrange(101, 989)),
        "gate": lambda rng: rng.choice("ABCDE") + str(rng.randrange(1, 48)),
        "seat": lambda rng: str(rng.randrange(3, 34)) + rng.choice("ABCDEF"),
        "money": lambda rng: str(rng.choice((25, 39, 45, 59, 62, 80, 119, 148, 180, 210, 240))),
        "price": lambda rng: str(rng.choice((329, 389, 449, 499, 599, 649, 749))),
        "pct": lambda rng: f"{rng.randrange(11, 49)}%",
        "n": lambda rng: str(rng.randrange(3, 10)),
        "phone": lambda rng: weighted(rng, PHONES),
        "os": lambda rng: weighted(rng, SYSTEMS),
        "agent": lambda rng: rng.choice(("Mia", "Jo", "Sol", "Pat", "Nik", "Ada")),
        "link": lambda rng: (
            f"https://{rng.choice(_LINKS)}.example/{rng.choice('abcdefgh')}{rng.randrange(10, 99)}"
        ),
        "birdtag": lambda rng: rng.choice(_BIRD_TAGS),
    }
)


def _capitalised(text: str, template: str) -> str:
    """Start with a capital where the writer began with a slot, not where they chose otherwise."""
    starts_with_slot = template.startswith("{") and not template.startswith(("{brand}", "{to}"))
    return text[:1].upper() + text[1:] if starts_with_slot and text[:7] != "pomelo " else text


def _sections(page: str) -> dict[str, Section]:
    found: dict[str, list[Template]] = {}
    head = _head("noise")
    for line in page.splitlines():
        if line.startswith("[") and line.endswith("]"):
            head = _head(line[1:-1])
        elif line.strip() and not line.startswith("//"):
            name, intents, sentiment, topic = head
            title, _, text = line.rpartition(" || ")
            template = Template(_unescaped(text), title, intents, sentiment, topic)
            found.setdefault(name, []).append(template)
    return {name: tuple(templates) for name, templates in found.items()}


def _head(said: str) -> tuple[str, tuple[str, ...], str, str]:
    first, *rest = (part.strip() for part in said.split("|"))
    name, colon, intents = first.partition(":")
    labels = tuple((intents if colon else name).strip().split("+"))
    sentiment, topic = [*rest, "", ""][:2]
    if not _INTENTS.issuperset(labels):
        if colon:
            raise ValueError(f"[{said}] in texts/ has an unknown intent")
        labels = ("other",)
    if (sentiment or "neutral") not in _SENTIMENTS:
        raise ValueError(f"[{said}] in texts/ has an unknown sentiment")
    return name.strip(), labels, sentiment or "neutral", topic


def _unescaped(text: str) -> str:
    broken = text.replace("¶", "\n\n").replace("\\n", "\n")
    return _ESCAPE.sub(lambda code: chr(int(code[1], 16)), broken)


def intents_in(sections: Mapping[str, Section]) -> Iterator[str]:
    """The names of sections that are intents, such as 'complaint+question'."""
    return (name for name in sections if _INTENTS.issuperset(name.split("+")))

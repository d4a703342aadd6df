"""The people of the town: a seeded population with homes, habits and followers."""

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

from untagged.town.brands import BRANDS, TownBrand
from untagged.town.dice import dice, weighted

ZONES = MappingProxyType(
    {
        "en": "Europe/London",
        "de": "Europe/Berlin",
        "es": "Europe/Madrid",
        "fr": "Europe/Paris",
        "pt": "Europe/Lisbon",
        "it": "Europe/Rome",
        "ja": "Asia/Tokyo",
        "ar": "Africa/Cairo",
    }
)
SHARES = MappingProxyType(
    {
        "en": 0.70,
        "de": 0.085,
        "es": 0.075,
        "fr": 0.06,
        "pt": 0.03,
        "it": 0.02,
        "ja": 0.02,
        "ar": 0.01,
    }
)
"""Which part of the talk is in which language."""
POPULATION = 800
HABITS = MappingProxyType(
    {"plain": 34, "emoji": 24, "tags": 15, "lower": 12, "typos": 12, "shouts": 3}
)

_NAMES = MappingProxyType(
    {
        "en": "Amber Bea Callum Dilys Effie Fergus Gwen Hattie Imran Jonty Kezia Leif Maeve Nadia "
        "Olwen Pip Quentin Rhian Saoirse Tilda Una Vikram Wilf Xanthe Yusuf Zadie Bram Cleo",
        "de": "Anke Bodo Carla Dörte Enno Frieda Gesa Hauke Ilse Jannik Karla Lüder Merle Nele",
        "es": "Aitana Benito Candela Darío Elena Fermín Inés Jacinta Leire Manolo Nuria Ramiro",
        "fr": "Amélie Bastien Colette Damien Élise Fabrice Gaëlle Hugo Inès Jules Léonie Margaux",
        "pt": "Afonso Beatriz Caetana Duarte Filipa Gonçalo Leonor Martim",
        "it": "Alessia Bruno Chiara Duilio Elisa Fabio Ginevra Lapo",
        "ja": "Aoi Haru Kaede Mio Ren Sora Yuki Hinata",
        "ar": "Amal Basma Farid Hala Karim Layla Nour Samir",
    }
)
_THINGS = [
    "tide",
    "kettle",
    "moss",
    "ladder",
    "pebble",
    "lantern",
    "button",
    "turnip",
    "pixel",
    "marble",
    "cloud",
    "thimble",
    "ferry",
    "otter",
    "noodle",
    "bramble",
    "velvet",
    "gravel",
    "biscuit",
    "comet",
    "anchor",
    "teapot",
    "hedge",
    "sparrow",
    "ribbon",
    "puddle",
    "walnut",
    "cinder",
    "mitten",
    "quill",
    "wander",
    "cycles",
    "reads",
    "bakes",
    "knits",
    "hikes",
    "paints",
    "plays",
]
_BIOS = (
    "Coffee first.",
    "Trains, plants, opinions.",
    "Here for the dogs.",
    "Mostly harmless.",
    "I teach, I travel, I complain a little.",
    "Dad jokes and bicycles.",
    "Photos of clouds. Sometimes of soup.",
    "",
)
_SIGNS = ("", "", "", "", " 🌿", " 🚲", " ☕", " ✈️", " 📱", " 🎧", " 🐙")
_KNOWN = (
    # handle, shown, bio, followers: people whom many follow
    ("gategecko", "Gate Gecko", "I review airports so that you can sleep in them.", 184_000),
    ("wanderbee", "Wanderbee", "Six bags, one passport. Travel tips every day.", 92_500),
    ("unboxotter", "Unbox Otter", "Phones, honestly. I buy what I test.", 241_000),
    ("pixelpippa", "Pixel Pippa", "Pictures taken with telephones.", 58_300),
    ("cityandsky", "City & Sky", "Plane spotting from rooftops.", 31_700),
    ("theslowroute", "The Slow Route", "By land where I can, by air where I must.", 47_200),
)
JOURNALIST = "courier_ines"
BIRDWATCHER = "heronwatch"
HOSTILE = "little_bobby"
NEWSROOM, BLOGGER = "newsroom", "harbournotes"


@dataclass(frozen=True, slots=True)
class Person:
    """One account. `declared` is the language its client says; `brand` owns it, or ''."""

    number: int
    handle: str
    name: str
    lang: str
    declared: str
    bio: str
    followers: int
    following: int
    joined: date
    habit: str
    indexable: bool = True
    brand: str = ""

    @property
    def zone(self) -> str:
        """Where it is day for them."""
        return ZONES[self.lang]


class Cast:
    """Everybody of one seed."""

    def __init__(self, seed: int) -> None:
        rng = dice(seed, "people")
        self.owned = {
            brand.key: _owned(number, brand) for number, brand in enumerate(BRANDS.values(), 1)
        }
        self.influencers = [_known(100 + n, *known) for n, known in enumerate(_KNOWN)]
        self.journalist = _known(
            150, JOURNALIST, "Ines at the Courier", "Reporter, the Saltmarsh Courier.", 26_400
        )
        known = [
            *self.owned.values(),
            *self.influencers,
            self.journalist,
            _known(151, BIRDWATCHER, "Heron Watch", "One bird, every morning.", 1_900),
            _known(152, NEWSROOM, "The Saltmarsh Courier", "All the news by the tide.", 18_200),
            _known(153, BLOGGER, "Harbour Notes", "Travel, phones, bread.", 2_100),
            _known(154, HOSTILE, '<b onmouseover="alert(1)">Bobby</b> {{7*7}}', "=1+1", 40),
        ]
        crowd = list(_crowd(rng, {person.handle for person in known}))
        self.everyone = [*known, *crowd]
        self.by_handle = {person.handle: person for person in self.everyone}
        self._crowd = {lang: [person for person in crowd if person.lang == lang] for lang in SHARES}

    def somebody(self, rng: random.Random, lang: str) -> Person:
        """A person who writes `lang`; the early ones of the list write more than the late."""
        crowd = self._crowd[lang]
        return crowd[int(len(crowd) * rng.random() ** 1.3)]


@lru_cache(maxsize=8)
def cast_of(seed: int) -> Cast:
    """The people of a seed, made once."""
    return Cast(seed)


def newcomer(number: int, handle: str, *, followers: int, lang: str) -> Person:
    """Somebody who was not in town before."""
    joined = date(2024, 5, 1)
    return Person(number, handle, handle, lang, lang, "", followers, 30, joined, habit="plain")


def _owned(number: int, brand: TownBrand) -> Person:
    return Person(
        number=number,
        handle=brand.handle,
        name=brand.shown,
        lang="en",
        declared="en",
        bio=brand.bio,
        followers=61_000 + 7_000 * number,
        following=120,
        joined=date(2022, 11, 7),
        habit="plain",
        brand=brand.name,
    )


def _known(number: int, handle: str, name: str, bio: str, followers: int) -> Person:
    return Person(
        number, handle, name, "en", "en", bio, followers, 410, date(2022, 12, 1), habit="plain"
    )


def _crowd(rng: random.Random, taken: set[str]) -> Iterator[Person]:
    for number in range(1000, 1000 + POPULATION):
        # a few of every language, however rare it is
        lang = weighted(rng, SHARES) if number >= 1000 + 8 * len(SHARES) else _in_turn(number)
        first = rng.choice(_NAMES[lang].split())
        handle = _handle(rng, first, taken)
        taken.add(handle)
        yield Person(
            number=number,
            handle=handle,
            name=first + rng.choice(_SIGNS),
            lang=lang,
            declared="en" if rng.random() < 0.04 else lang,
            bio=rng.choice(_BIOS),
            followers=min(int(rng.lognormvariate(4.9, 1.4)), 24_000),
            following=rng.randrange(12, 900),
            joined=date(2023, 1, 1) + timedelta(days=rng.randrange(700)),
            habit=weighted(rng, HABITS),
            indexable=rng.random() > 0.03,
        )


def _in_turn(number: int) -> str:
    return list(SHARES)[number % len(SHARES)]


def _handle(rng: random.Random, first: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", first).encode("ascii", "ignore").decode().lower()
    while True:
        thing, year = rng.choice(_THINGS), rng.randrange(7, 99)
        shape = rng.choice(("{0}_{1}", "{1}{0}", "{0}{2}", "{0}_{1}{2}", "the_{1}_{0}"))
        handle = shape.format(plain, thing, year)
        if handle not in taken:
            return handle

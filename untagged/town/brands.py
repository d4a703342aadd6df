"""The two brands of the town, and how people write their names."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, eq=False)
class TownBrand:
    """A made-up firm. `forms` are ways to write its name, with their weights.

    `fail_forms` are hashtags run together that only the annoyed use; `tails` are hashtags by
    sentiment that some hang on; `weekdays` is how busy it is from Monday to Sunday.
    """

    key: str
    name: str
    handle: str
    shown: str
    bio: str
    forms: MappingProxyType[str, float]
    fail_forms: tuple[str, ...]
    tails: MappingProxyType[str, tuple[str, ...]]
    weekdays: tuple[float, ...]


HERON = TownBrand(
    key="heron",
    name="Heron Air",
    handle="heronair",
    shown="Heron Air",
    bio="The official account of Heron Air. Here from 7 to 22 h, every day.",
    forms=MappingProxyType(
        {
            "Heron Air": 50,
            "heron air": 14,
            "HeronAir": 8,
            "Heron": 12,
            "#HeronAir": 7,
            "heronair": 3,
            "HERON AIR": 2,
            "#heronair": 2,
            "Herron Air": 1,
        }
    ),
    fail_forms=("#HeronAirFail", "#heronairfail"),
    tails=MappingProxyType(
        {
            "negative": ("#HeronAirFail", "#neveragain", "#delayed", "#travelfail", "#HeronAir"),
            "positive": ("#HeronAir", "#travel", "#windowseat", "#happyflyer"),
            "neutral": ("#travel", "#HeronAir", "#fly", "#airport"),
            "crisis": ("#HeronAirDown", "#HeronAirFail", "#HeronAirOutage", "#stranded"),
        }
    ),
    weekdays=(1.12, 0.9, 0.88, 1.0, 1.2, 0.92, 1.1),
)

POMELO = TownBrand(
    key="pomelo",
    name="Pomelo",
    handle="pomelo",
    shown="Pomelo Phones",
    bio="Phones with a peel. The official account of Pomelo.",
    forms=MappingProxyType(
        {"Pomelo": 58, "pomelo": 20, "#Pomelo": 7, "POMELO": 2, "#pomelo": 3, "Pommelo": 1}
    ),
    fail_forms=("#PomeloFail", "#pomelofail"),
    tails=MappingProxyType(
        {
            "negative": ("#PomeloFail", "#Pomelo7", "#techsupport", "#fixit", "#Pomelo"),
            "positive": ("#TeamPomelo", "#Pomelo7", "#PomeloFold", "#photography"),
            "neutral": ("#Pomelo", "#phones", "#Pomelo7", "#PomeloOS"),
            "crisis": ("#PomeloOS", "#PomeloFail", "#hotphone", "#donotupdate"),
        }
    ),
    weekdays=(1.02, 1.0, 1.0, 1.0, 0.98, 0.98, 1.02),
)

BRANDS = MappingProxyType({brand.key: brand for brand in (HERON, POMELO)})

PHONES = MappingProxyType(
    {
        "Pomelo 7": 40,
        "pomelo 7": 14,
        "Pomelo 7 Pro": 9,
        "Pomelo Fold": 14,
        "pomelo fold": 5,
        "Pomelo 6": 7,
        "#Pomelo7": 4,
        "#PomeloFold": 3,
        "Pomelo7": 2,
        "Pommelo 7": 1,
    }
)
SYSTEMS = MappingProxyType(
    {"PomeloOS 5": 30, "PomeloOS 5.2": 22, "pomeloOS 5": 10, "Pomelo OS 5": 14, "PomeloOS 4.9": 6}
)

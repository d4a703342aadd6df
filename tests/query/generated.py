"""Posts and queries made at random from few words, so that they often meet."""

from datetime import UTC, datetime, timedelta
from random import Random

from mentions.mention import Author, BrandMatch, Entity, Intent, Mention, Sentiment

NOW = datetime(2026, 2, 22, 12, tzinfo=UTC)
_WORDS = (
    "nimbus",
    "Nimbus's",
    "NIMBUS",
    "air",
    "nimbusair",
    "flight",
    "flights",
    "late",
    "Café",
    "CAFE",
    "Straße",
    "don't",
    "e-mail",
    "3.5",
    "1,000",
    "#delay",
    "#Delay",
    "delay",
    "@NimbusAir",
    "😡",
    "👍🏽",
    "👍",
    "❤️",
    "東京",
    "東京都",
    "都",
    "ガラス",
    "ﾗｽ",
    "й",
    "и",
    "полёт",
    "полет",
    "सेवा",
    "สวัสดี",
    "กระเป๋าหายที่สนามบิน",
    "หาย",
    "أحمد",
    "احمد",
    "שָׁלוֹם",
    "서비스",
    "https://nimbus.example/late?x=1",
    "#123",
)
_BETWEEN = (" ", " ", " ", " ", ", ", "! ", "\n", " — ", "-")
_KEYWORDS = {
    "lang": ("en", "de", "ja", "x?"),
    "platform": ("mastodon", "Twitter"),
    "source": ("board",),
    "kind": ("post", "review"),
    "brand": ("Nimbus Air", "Straße", "a*b"),
    "author": ("Ana", "@ana", "BEN", "c?d"),
    "topic": ("baggage", "Delays", "x\\y"),
    "entity": ("NA 123", "[gate]"),
    "tag": ("vip",),
    "intent": ("complaint", "praise"),
    "sentiment": ("negative", "neutral"),
    "site": ("nimbus.example", "www.nimbus.example"),
    "case.team": ("care", "Care"),
    "added": ("live",),
    "influence": ("low", "medium", "HIGH"),
    "id": ("board:1", "board:2", "BOARD:1"),
    "cluster": ("board:1", "board:2", "BOARD:1"),
}
_PATTERNS = (
    "lang:?*",
    "lang:e?",
    "topic:*a*",
    "topic:x\\\\*",
    "entity:\\[*",
    "entity:?gate?",
    "brand:a\\*?",
    "author:?e*",
    "url:https*",
    "site:*.example",
    "nimb*",
    "*air",
    "f?i*t*",
    "#de*",
    "@nimb*",
    "fl*s",
    "title:fl*",
    "東京*",
    "пол?т",
    "cluster:*:1",
)
_NUMBERS = ("severity", "sentiment.score", "author.followers", "reach", "rating", "troll")
_FLAGS = ("tagged", "copy", "answered", "needs_reply", "abusive", "sarcastic", "sentiment.unsure")
_DATES = ("published", "collected", "answered_at")
_MOMENTS = ("2026-02-21", "2026-02-21T12:00", "2026-02-21T12:00:00.000001Z", "now-1d", "2026-02-22")


def text(rng: Random, most: int = 8) -> str:
    """A few words with something between them."""
    return "".join(
        rng.choice(_WORDS) + rng.choice(_BETWEEN) for _ in range(rng.randint(1, most))
    ).strip()


def post(rng: Random, number: int) -> Mention:
    """A mention in which every field may be there or not."""
    published = NOW - rng.choice(
        (timedelta(), timedelta(days=1), timedelta(hours=30), timedelta(days=1, microseconds=-1))
    )

    def some(field: str) -> list[str]:
        return rng.sample(_KEYWORDS[field], rng.randint(0, 2) % (len(_KEYWORDS[field]) + 1))

    sentiment = Sentiment(
        label=rng.choice(("negative", "neutral")),
        score=rng.choice((-1, -0.5, 0, 0.25)),
        confidence=1,
        unsure=rng.random() < 0.5,
        model="m",
    )
    return Mention(
        source="board",
        native_id=str(number),
        platform=rng.choice(_KEYWORDS["platform"]),
        kind=rng.choice(("post", "review")),
        text=text(rng) if rng.random() < 0.9 else "!!!",
        title=text(rng, 3) if rng.random() < 0.4 else "",
        author=Author(
            handle=rng.choice(("Ana", "ben", "")),
            name=rng.choice(("Ana", "c?d", "")),
            followers=rng.choice((None, 0, 10, 5000)),
        ),
        url=rng.choice(("", "https://www.Nimbus.example/a?b", "https://other.example/")),
        published=published,
        collected=published + rng.choice((timedelta(), timedelta(hours=5))),
        answered_at=rng.choice((None, published + timedelta(hours=1))),
        rating=rng.choice((None, 1, 4.5)),
        tags=tuple(some("tag")),
        case_team=rng.choice(("", "care")),
        cluster=rng.choice(("", "board:1", "board:2", "BOARD:1")),
        lang=rng.choice(("en", "de", "und")),
        brands=tuple(
            BrandMatch(name=name, tagged=rng.random() < 0.5)
            for name in rng.sample(("Nimbus Air", "STRASSE", "a*b", "aXb"), rng.randint(0, 2))
        ),
        sentiment=rng.choice((None, sentiment)),
        intents=tuple(Intent(label="complaint", confidence=1) for _ in range(rng.randint(0, 1))),
        topics=tuple(some("topic")),
        entities=tuple(Entity(text=name, label="x", start=0, end=1) for name in some("entity")),
        needs_reply=rng.random() < 0.5,
        abusive=rng.random() < 0.2,
        troll=rng.choice((0.0, 0.5, 1.0)),
        sarcastic=rng.random() < 0.2,
        severity=rng.choice((None, 1, 2, 4)),
    )


def dense_post(rng: Random, number: int) -> Mention:
    """A mention of four words over and over, in which nearly everything stands near everything."""
    said = " ".join(rng.choices(("nimbus", "late", "Late", "flight", "bag"), k=rng.randint(1, 14)))
    return post(rng, number).model_copy(update={"text": said})


def dense_query(rng: Random) -> str:
    """A distance or an exact spelling that `dense_post` meets about half the time."""
    first, second, third, fourth = rng.sample(("nimbus", "late", "flight", "bag"), 4)
    sides = rng.choice(
        (
            (first, second),
            (f'"{first} {third}"', second),
            (f'"{first} {first}"', f'"{second} {third}"'),
            (f'({first} OR "{third} {first}")', f"({second} OR {fourth})"),
            (f'"{first} {third} {first}"', f"({second} OR up)"),
        )
    )
    spelled = f'raw:"{first} {rng.choice(("late", "Late"))}"'
    near = rng.choice(("", "", "text:")) + f" {_near(rng)} ".join(sides)
    return rng.choice(("", "", "NOT ")) + rng.choice((near, near, near, spelled))


def query(rng: Random, depth: int = 3) -> str:
    """A query that the parser accepts."""
    if depth and rng.random() < 0.6:
        inner = [query(rng, depth - 1) for _ in range(rng.randint(1, 3))]
        joined = rng.choice((" ", " AND ", " OR ", " || ", " && ")).join(inner)
        return f"{rng.choice(('', '', 'NOT ', '-', '!'))}({joined})"
    return rng.choice(("", "", "", "NOT ", "-")) + _condition(rng)


def _condition(rng: Random) -> str:
    made = (_words, _words, _words, _words, _pattern, _number, _date, _flag, _exists, _keyword)
    return rng.choice(made)(rng)


def _pattern(rng: Random) -> str:
    return rng.choice(_PATTERNS)


def _number(rng: Random) -> str:
    return f"{rng.choice(_NUMBERS)}:{_range(rng, ('-1', '0', '0.25', '1', '2', '5000', '-.5'))}"


def _date(rng: Random) -> str:
    return f"{rng.choice(_DATES)}:{_range(rng, _MOMENTS)}"


def _flag(rng: Random) -> str:
    return f"{rng.choice(_FLAGS)}:{rng.choice(('true', 'false'))}"


def _exists(rng: Random) -> str:
    return rng.choice(("*", *(f"{name}:*" for name in (*_KEYWORDS, *_NUMBERS, "text", "title"))))


def _keyword(rng: Random) -> str:
    field = rng.choice([*_KEYWORDS])
    values = [f'"{value}"'.replace("\\", "\\\\") for value in _KEYWORDS[field]]
    any_of = " OR ".join(values)
    return f"{field}:{rng.choice([*values, f'({any_of})'])}"


def _words(rng: Random) -> str:
    field = rng.choice(("", "", "", "text:", "title:"))
    first, second = rng.sample(("nimbus", "air", "flight", "😡", "#delay", "late"), 2)
    made = (
        rng.choice([word for word in _WORDS if "?" not in word]),
        f"({' OR '.join(rng.sample(_WORDS[:20], 3))})",
        f'"{text(rng, 3)}"',
        _raw(rng),
        f'"{first} {second}"~{rng.randint(0, 4)}',
        f'"{first} {second} up"~{rng.randint(0, 4)}',
        f"{_side(rng, first)} {_near(rng)} {_side(rng, second)}",
        f"{_side(rng, first)} {_near(rng)} {_side(rng, second)}",
    )
    said = rng.choice(made)
    return said if said.startswith("raw:") else field + said


def _raw(rng: Random) -> str:
    """As written, a stretch of a text that may occur, quoted as a query quotes it."""
    said = rng.choice((rng.choice(_WORDS), text(rng, 2), rng.choice(("-", ", n", "!", "’"))))
    return f'raw:"{said}"'


def _near(rng: Random) -> str:
    return f"{rng.choice(('NEAR/{0}', 'NEAR/{0}f', 'ONEAR/{0}'))}".format(rng.randint(0, 4))


def _side(rng: Random, word: str) -> str:
    """A side of NEAR that shares no word with that of another word."""
    kept = {"nimbus": "up", "air": "delay", "flight": "e-mail"}.get(word, "")
    made = (word, word, f'"{word} {word}"', f"({word} OR {kept})", f'({kept} OR "{kept} {word}")')
    return rng.choice(made if kept else made[:3])


def _range(rng: Random, values: tuple[str, ...]) -> str:
    low, high = rng.choice(values), rng.choice(values)
    return rng.choice(
        (
            values[0],
            f">{low}",
            f">={low}",
            f"<{low}",
            f"<={low}",
            f"[{low} TO {high}]",
            f"{{{low} TO {high}}}",
            f"[{low} TO *]",
            f"{{* TO {high}]",
        )
    )

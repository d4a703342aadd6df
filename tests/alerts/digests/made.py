"""Digests made by hand: one with everything in it, hostile posts among them, and an empty one."""

from datetime import UTC, datetime, timedelta

from alerts.digests.digest import Chart, Digest, Entry, Figure, Quote, Section, Table

UNTIL = datetime(2026, 3, 9, 8, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=7)
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} {% raw %} @everyone "
    '[pay](https://evil.example/pay) =HYPERLINK("https://evil.example") \u202eesrever | `code` '
    "*bold* # heading"
)
FORMULA = '=cmd|"/c calc"!A1'


def quote(text: str, *, url: str = "https://board.example/t/1", lang: str = "en") -> Quote:
    author = "<b>ada</b> @here"
    at = SINCE + timedelta(days=2)
    return Quote(text, author, "board", url, at, lang, "board:1")


CHART = Chart(
    {
        "data": {"values": [{"day": f"2026-03-0{day}", "posts": day * 3} for day in range(2, 9)]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "day", "type": "ordinal", "title": None},
            "y": {"field": "posts", "type": "quantitative", "title": "posts"},
        },
    },
    "Requests a day rose from 6 on Monday to 24 on Sunday.",
)
FULL = Digest(
    kind="feature-requests",
    title="What people ask Heron Air for",
    since=SINCE,
    until=UNTIL,
    brand="Heron Air",
    lead=(
        "31 people asked for something, 12 more than in the week before.",
        "Most of them want to choose a seat in the app.",
    ),
    sections=(
        Section(
            "At a glance",
            text="Counted by people, not by posts.",
            figures=(
                Figure("Requests", "31", before="19", note="more for the third week"),
                Figure("New", "4"),
                Figure("Shipped", "2", before="0"),
                Figure("Reach", "1.2 million", before="0.4 million"),
            ),
            chart=CHART,
        ),
        Section(
            "Requests",
            entries=(
                Entry(
                    "Choose a seat in the app",
                    facts=("14 people, 9 before", "reach 120,000"),
                    quotes=(
                        quote("Why can I not pick my seat in the app? Every other airline has it."),
                        quote(HOSTILE, url="javascript:alert(1)"),
                    ),
                    id="FR-7",
                    status="planned",
                    href="/search?q=seat",
                ),
                Entry(
                    f"{FORMULA} <b>bold</b>",
                    facts=("3 people",),
                    quotes=(
                        quote("座席をアプリで選びたいです。" * 8, lang="ja"),
                        quote("أريد اختيار مقعدي في التطبيق", lang="ar"),
                    ),
                    id="FR-8",
                    href="//evil.example/",
                ),
            ),
        ),
        Section(
            "By language",
            table=Table(
                ("Language", "People", "Share"), (("en", 21, 67.7), ("<i>de</i>", 10, None))
            ),
        ),
    ),
    records=(
        {
            "id": "FR-7",
            "title": "Choose a seat in the app",
            "people": 14,
            "is_new": False,
            "sources": ["board", "reddit"],
            "asked": {"first": SINCE.isoformat(), "by": HOSTILE},
            "quotes": [{"text": "Why", "url": "https://board.example/t/1"}],
        },
        {"id": "FR-8", "title": FORMULA, "people": 3, "is_new": True, "sources": []},
    ),
)
EMPTY = Digest(
    kind="feature-requests",
    title="What people ask Heron Air for",
    since=SINCE,
    until=UNTIL,
    brand="Heron Air",
    lead=("No feature requests between 2 Mar 2026 and 9 Mar 2026.",),
)

"""The brand page: mood over time, share of voice, topics up and down, who writes where."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from mentions.errors import SettingsError
from mentions.mention import BrandMatch, Mention
from mentions.store import Page
from tests.stores.posts import by, feeling
from tests.untagged.entered import entered
from tests.untagged.world import mention, settings_file
from untagged import share_of_voice as voice
from untagged.mood import mood_of
from untagged.pipeline import Pipeline
from untagged.settings import load_settings
from untagged.share_of_voice import Voiced, competitors_of, share_of_voice
from untagged.topic_moves import LEAST_MOVE, topic_moves
from untagged.wiring import open_pipeline

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 400))


def said(
    number: int, *names: str, ago: timedelta, label: str = "neutral", **more: object
) -> Mention:
    return mention(
        number,
        f"word {number}",
        NOW - ago,
        brands=tuple(BrandMatch(name=name) for name in names),
        sentiment=feeling(label),
        **more,
    )


def everything() -> Iterator[Mention]:
    """Of the last week and the one before: Acme 6 and 4, Bolt Bank 3 and 6."""
    ana, hostile = by("ana", followers=5_000), by("<b>bob</b>")
    lost = {"topics": ("Lost Bags",), "url": "https://forum.example/1", "author": ana}
    for number in range(4):
        yield said(number, "Acme", ago=(number + 1) * HOUR, label="negative", **lost)
    yield said(10, "Acme", "Bolt Bank", ago=2 * DAY, label="positive", author=hostile)
    yield said(11, "Acme", ago=3 * DAY, url="https://<i>.example/", topics=("<b>odd</b>",))
    yield said(12, "Bolt Bank", ago=2 * DAY)
    yield said(13, "Bolt Bank", ago=3 * DAY)
    for number in range(20, 24):
        yield said(number, "Acme", ago=10 * DAY, topics=("Seats",))
    for number in range(30, 36):
        yield said(number, "Bolt Bank", ago=9 * DAY)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path_factory.mktemp("a firm"))) as opened:
        opened.store.upsert(everything())
        yield opened


@pytest.fixture(scope="module")
def browser(pipeline: Pipeline) -> Iterator[TestClient]:
    with entered(pipeline) as client:
        yield client


def part(page: str, name: str) -> str:
    """The text of a section, tags taken out."""
    found = re.search(rf'<section aria-labelledby="{name}">.*?</section>', page, re.DOTALL)
    assert found, name
    return re.sub(r"(<[^>]*>|[ \n])+", " ", found[0]).strip()


def test_share_of_voice_is_against_the_competitors_now_and_before(pipeline: Pipeline) -> None:
    found = share_of_voice(pipeline.store, "Acme", ["Bolt Bank"], since=NOW - 7 * DAY, until=NOW)
    assert found.rows == (Voiced("Acme", 6, 4), Voiced("Bolt Bank", 3, 6))
    assert (found.total, found.total_before, found.others) == (9, 10, 0)


def test_of_many_competitors_those_of_whom_most_is_said_are_compared(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice, "MOST_COMPETITORS", 1)
    window = {"since": NOW - 7 * DAY, "until": NOW}
    found = share_of_voice(pipeline.store, "Nobody", ["Bolt Bank", "Acme"], **window)
    assert [row.brand for row in found.rows] == ["Acme", "Nobody"]
    assert found.others == 1


class Crowded:
    """A store with more brands than a facet tells of, and one more of which little is said."""

    def search(self, _query: object, **_options: object) -> Page:
        return Page((), 9, facets={"brand": [(f"brand {number}", 9) for number in range(500)]})

    def count(self, query: object, **_options: object) -> int:
        return 2 if "rare" in str(query) else 99


def test_a_competitor_beyond_the_facet_is_counted_alone() -> None:
    window = {"since": NOW - DAY, "until": NOW}
    found = share_of_voice(Crowded(), "brand 7", ["Rare"], **window)  # type: ignore[arg-type]
    assert found.rows == (Voiced("brand 7", 9, 9), Voiced("Rare", 2, 2))


def test_named_competitors_come_instead_of_all_others(tmp_path: Path) -> None:
    path = settings_file(tmp_path)
    settings = load_settings(path).settings
    acme, bank = settings.brands
    assert competitors_of(acme, settings.brands) == ["Bolt Bank"]
    alone = bank.model_copy(update={"competitors": ("Acme", "Cargo")})
    assert competitors_of(alone, settings.brands) == ["Acme", "Cargo"]


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("[Bolt Bnak]", "Bolt Bank"),
        ("[Acme]", "no competitor of itself"),
        ("[Bolt Bank, Bolt Bank]", "name each competitor once"),
    ],
)
def test_a_wrong_competitor_is_told_with_its_place(tmp_path: Path, named: str, told: str) -> None:
    path = settings_file(tmp_path)
    text = path.read_text("utf-8").replace("{name: Acme,", f"{{name: Acme, competitors: {named},")
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=told) as error:
        load_settings(path)
    assert "competitors" in str(error.value)


@pytest.mark.parametrize("days", [1, 7, 28])
def test_moods_count_every_mention_once(pipeline: Pipeline, days: int) -> None:
    mood = mood_of(pipeline.store, "Acme", since=NOW - days * DAY, until=NOW)
    there = [
        one
        for one in everything()
        if any(brand.name == "Acme" for brand in one.brands)
        and one.published >= mood.moments[0].start
    ]
    assert mood.total == len(there)
    assert mood.sum_of("negative") == 4
    assert mood.per == ("hour" if days == 1 else "day")
    assert mood.moments[-1].start + mood.bucket >= NOW
    assert mood.worst
    assert mood.worst.counts["negative"] > 0


def test_a_mood_of_nothing_is_empty(pipeline: Pipeline) -> None:
    mood = mood_of(pipeline.store, "Nobody", since=NOW - DAY, until=NOW)
    assert (mood.total, mood.worst) == (0, None)


@given(now=COUNTS, before=COUNTS)
def test_topics_go_up_or_down_and_never_both(now: dict[str, int], before: dict[str, int]) -> None:
    moves = topic_moves(now, before)
    up, down = ({one.topic for one in side} for side in (moves.up, moves.down))
    assert not up & down
    assert all(now.get(topic, 0) > before.get(topic, 0) for topic in up)
    assert all(now.get(topic, 0) < before.get(topic, 0) for topic in down)
    assert [one.mentions for one in moves.top] == sorted(now.values(), reverse=True)[:8]
    assert all(abs(one.move) >= LEAST_MOVE for one in (*moves.up, *moves.down))
    mirrored = topic_moves(before, now)
    assert {one.topic for one in mirrored.up} == down


def test_the_page_says_how_people_feel_over_time(browser: TestClient) -> None:
    page = browser.get("/brands/Acme").text
    mood = part(page, "mood")
    assert "67% negative, 17% neutral, 17% positive" in mood
    assert "As a table" in mood
    assert 'alt="Shares of negative, neutral and positive mentions of Acme per day"' in page
    hours = browser.get("/brands/Acme?days=1").text
    assert "mentions of Acme per hour" in hours


def test_a_name_with_a_space_has_its_charts_in_the_dark_too(browser: TestClient) -> None:
    page = browser.get("/brands/Bolt%20Bank").text
    found = re.findall(r'srcset="([^"]*)"', page)
    assert "/brands/Bolt%20Bank/volume.svg?days=7&amp;theme=dark&amp;lang=en" in found
    assert [one for one in found if " " in one] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_mood_is_drawn(browser: TestClient, theme: str) -> None:
    for days in (1, 28):
        answer = browser.get(f"/brands/Acme/sentiment.svg?days={days}&theme={theme}")
        assert answer.headers["content-type"] == "image/svg+xml"
        assert "share per" in answer.text
        assert "<script" not in answer.text


def test_the_page_compares_with_competitors(browser: TestClient) -> None:
    compared = part(browser.get("/brands/Acme").text, "voice")
    assert "Acme 67% 67% 6 40% 4" in compared
    assert "Bolt Bank 33% 33% 3 60% 6" in compared
    assert "Against the 7 days before." in compared


def test_the_page_says_which_topics_go_up_and_down(browser: TestClient) -> None:
    topics = part(browser.get("/brands/Acme").text, "topics")
    assert "Up Lost Bags 4 0" in topics
    assert "Down Seats 0 4" in topics


def test_the_page_says_who_writes_where_and_how_many_it_reaches(browser: TestClient) -> None:
    who = part(browser.get("/brands/Acme").text, "who")
    assert "ana 4 5,000" in who
    assert "forum.example 4 67%" in who
    assert "Intents" in who


def test_what_authors_call_themselves_and_their_sites_stays_text(browser: TestClient) -> None:
    page = browser.get("/brands/Acme").text
    assert "<b>" not in page
    assert html.escape("<b>bob</b>") in page
    assert html.escape("<b>odd</b>") in page


def test_a_brand_that_is_not_seen_is_no_competitor(pipeline: Pipeline) -> None:
    scope = {"name": "narrow", "role": "agent", "brands": ("Acme",)}
    with entered(pipeline, **scope) as client:  # type: ignore[arg-type]
        page = client.get("/brands/Acme").text
        assert "Bolt Bank" not in part(page, "voice")
        assert "no competitor to compare with" in part(page, "voice")
        assert client.get("/brands/Bolt%20Bank/sentiment.svg").status_code == 404


def test_a_period_without_mentions_says_so(browser: TestClient) -> None:
    page = browser.get("/brands/Bolt%20Bank?days=1").text
    assert "Of no mention in this period is the feeling known." in page
    assert "No topic was spoken of in this period." in page


def test_a_link_finds_the_author_whatever_their_name_is(tmp_path: Path) -> None:
    with open_pipeline(settings_file(tmp_path)) as opened, entered(opened) as browser:
        opened.store.upsert([said(1, "Acme", ago=HOUR, author=by('bo"b \\o/'))])
        page = browser.get("/brands/Acme").text
        (link,) = re.findall(r'href="(/search[^"]*author[^"]*)"', page)
        assert "word 1" in browser.get(html.unescape(link)).text

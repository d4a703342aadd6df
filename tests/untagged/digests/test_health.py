"""The health digest says what is so, how surely, and what is worst first."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import life
from alerts.book import record
from mentions.errors import NotFound, UntaggedError
from tests.alerts.world import firing
from tests.untagged.digests.heard import (
    ASKED,
    DAY,
    HOUR,
    MONDAY,
    NEXT,
    WEEK,
    a_firm,
    a_week,
    said,
    weeks,
)
from tests.untagged.incident_world import crisis, decide
from untagged.digests.asked import Asked
from untagged.digests.health import gather_health
from untagged.digests.health_lead import lead
from untagged.digests.measuring import reach
from untagged.digests.silences import Silence
from untagged.pipeline import Pipeline

LOUD = weeks("Acme", [(20, 4), (20, 4), (20, 4), (60, 30)], first=0)
CALM = weeks("Bolt Bank", [(20, 4), (20, 4), (20, 4), (20, 4)], first=10_000)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Pipeline]:
    with a_firm(tmp_path) as pipeline:
        yield pipeline


@pytest.fixture(params=["sqlite", "elasticsearch"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pipeline]:
    is_elastic = request.param == "elasticsearch"
    url = request.getfixturevalue("elasticsearch_url") if is_elastic else None
    with a_firm(tmp_path, url) as pipeline:
        yield pipeline


def test_the_figures_are_those_of_the_firm_on_both_stores(both: Pipeline) -> None:
    own = [said(90_000 + n, MONDAY + n * HOUR, author={"handle": "acme"}) for n in range(10)]
    copies = a_week(MONDAY, 6, first=95_000, brand="Bolt Bank", topics=("fees",))
    both.store.upsert([*LOUD, *CALM, *own, *copies])
    digest = gather_health(both, ASKED)
    acme, bolt = sorted(digest.records, key=lambda one: one["brand"])
    assert (acme["mentions"], acme["mentions_before"], acme["authors"]) == (60, 20, 60)
    assert (bolt["mentions"], bolt["mentions_before"]) == (26, 20)
    assert acme["mentions_expected"] == pytest.approx(20.2, abs=0.1)
    assert acme["negative"] == pytest.approx(0.5)
    assert acme["negative_before"] == pytest.approx(0.2)
    assert 0.37 < acme["negative_low"] < 0.5 < acme["negative_high"] < 0.63
    assert acme["negative_changed"]
    assert not bolt["negative_changed"]
    assert acme["share_of_voice"] == pytest.approx(60 / 86)
    assert acme["share_of_voice_before"] == pytest.approx(0.5)
    assert acme["volume_changed"]
    table = digest.sections[0].table
    assert table is not None
    assert [row[:3] for row in table.rows] == [("Acme", 60, 20), ("Bolt Bank", 26, 20)]


def test_the_lead_says_what_changed_with_its_range_and_the_rest_stood_still(firm: Pipeline) -> None:
    firm.store.upsert([*LOUD, *CALM])
    digest = gather_health(firm, ASKED)
    assert digest.lead[0] == "Negative mentions of Acme are 50 % (38–62), up from 20 % (8–42)."
    assert digest.lead[1] == (
        "Acme had 60 mentions (20 before, 20 expected): 3.0 times what was expected."
    )
    assert digest.lead[-1] == "Nothing else stood out about Bolt Bank."
    assert len(digest.lead) <= 5


def test_a_quiet_brand_says_so_in_one_sentence(firm: Pipeline) -> None:
    firm.store.upsert(CALM)
    digest = gather_health(firm, replace(ASKED, brand="Bolt Bank"))
    (only,) = digest.lead
    assert only == (
        "Bolt Bank was quiet: 20 mentions (20 before, 20 expected); "
        "negative 20 % (8–42), unchanged within what can be told; no spike."
    )


def test_an_empty_digest_is_one_line(firm: Pipeline) -> None:
    digest = gather_health(firm, replace(ASKED, brand="Acme"))
    assert digest.is_empty
    assert digest.lead == ("No mentions of Acme in 23 Feb to 1 Mar 2026.",)
    assert digest.records == ()


def test_a_brand_that_nobody_mentions_any_more_is_news_not_nothing(firm: Pipeline) -> None:
    firm.store.upsert(weeks("Acme", [(60, 4), (60, 4), (60, 4)], first=0)[:180])
    asked = Asked(since=NEXT, until=NEXT + WEEK, now=NEXT + WEEK, brand="Acme")
    digest = gather_health(firm, asked)
    assert "Acme had no mentions (60 before, 60 expected): 0 % of what was expected." in digest.lead


def test_before_anybody_listened_there_is_nothing_to_compare_with(firm: Pipeline) -> None:
    firm.store.upsert([*a_week(MONDAY, 40), said(9_999, MONDAY - DAY)])
    (only,) = gather_health(firm, replace(ASKED, brand="Acme")).records
    assert (only["mentions"], only["mentions_before"], only["mentions_expected"]) == (40, 1, None)
    assert not only["volume_changed"]
    assert only["share_of_voice_before"] is None


def test_the_same_period_is_the_same_digest_whatever_the_order_of_rows(
    tmp_path: Path, firm: Pipeline
) -> None:
    firm.store.upsert([*LOUD, *CALM])
    first = gather_health(firm, ASKED)
    assert gather_health(firm, ASKED) == first
    with a_firm(tmp_path / "the other way round") as other:
        other.store.upsert(reversed([*LOUD, *CALM]))
        assert gather_health(other, ASKED) == first


def test_what_is_asked_wrongly_is_told(firm: Pipeline) -> None:
    with pytest.raises(NotFound, match="no brand 'Nimbus'"):
        gather_health(firm, replace(ASKED, brand="Nimbus"))
    with pytest.raises(UntaggedError, match="leave the team out"):
        gather_health(firm, replace(ASKED, team="care"))
    with pytest.raises(UntaggedError, match="a period that began"):
        gather_health(firm, replace(ASKED, now=MONDAY))


def test_one_person_who_writes_thirty_angry_posts_makes_no_change(firm: Pipeline) -> None:
    calm = weeks("Acme", [(20, 4), (20, 4), (20, 4), (20, 4)], first=0)
    step = WEEK / 30
    loud = [
        said(5_000 + n, MONDAY + n * step, "negative", author={"handle": "grumpy"})
        for n in range(30)
    ]
    firm.store.upsert([*calm, *loud])
    (only,) = gather_health(firm, replace(ASKED, brand="Acme")).records
    assert only["negative"] == pytest.approx(34 / 50)
    assert not only["negative_changed"]


def test_a_topic_that_rose_is_told_with_its_shares_and_a_link(firm: Pipeline) -> None:
    before = a_week(MONDAY - WEEK, 100, topics=("price",))
    now = [*a_week(MONDAY, 70, first=3_000), *a_week(MONDAY, 30, first=4_000, topics=("delay",))]
    firm.store.upsert([*before, *now])
    digest = gather_health(firm, replace(ASKED, brand="Acme"))
    assert digest.records[0]["topics_up"] == ["delay"]
    assert digest.records[0]["topics_down"] == ["price"]
    topics = {entry.id: entry for section in digest.sections for entry in section.entries}
    assert topics["delay"].facts == (
        *("30 % of the mentions, 0 % before",),
        *("30 mentions, 0 before",),
    )
    assert topics["delay"].href == "/search?q=brand%3A%22Acme%22+AND+topic%3A%22delay%22"


def test_notable_posts_say_why_and_tell_each_story_once(firm: Pipeline) -> None:
    star = {"handle": "star", "followers": 200_000, "verified": True}
    firm.store.upsert(
        [
            *a_week(MONDAY, 20),
            said(1_001, MONDAY + HOUR, text="Acme, I will write to the FAA", author=star),
            said(1_002, MONDAY + 2 * HOUR, "negative", severity=1, reasons={"severity": "fire"}),
            said(1_003, MONDAY + 3 * HOUR, engagement={"likes": 50}),
            said(1_004, MONDAY + 4 * HOUR, cluster="board:1003", engagement={"likes": 49}),
            said(1_005, MONDAY, author={"handle": "acme", "followers": 900_000}),
        ]
    )
    digest = gather_health(firm, replace(ASKED, brand="Acme"))
    notable = next(one for one in digest.sections if one.title == "Acme: posts to know").entries
    why = {entry.id: entry.title for entry in notable}
    assert why["board:1001"] == (
        "names FAA; a voice that many hear: @star (200,000 followers) on board, verified; "
        "seen by up to 200,000"
    )
    assert why["board:1002"] == "severity 1: fire"
    assert why["board:1003"] == "50 reactions"
    assert {"board:1004", "board:1005"}.isdisjoint(why)


def test_who_took_an_alert_on_and_after_how_long_is_told_as_of_now(firm: Pipeline) -> None:
    firm.store.upsert(CALM)
    with firm.begin() as connection:
        for number, after in enumerate((4, 8, None)):
            at = MONDAY + number * DAY
            fired = firing(key=f"spike:{number}", brand="Bolt Bank", at=at, began=at)
            told = record(connection, fired, repeat=HOUR, now=at)
            if after is not None:
                taken = at + timedelta(minutes=after)
                life.acknowledge(connection, told.alert_id, who="farah", now=taken)
    digest = gather_health(firm, replace(ASKED, brand="Bolt Bank"))
    figures = {figure.name: figure for figure in digest.sections[0].figures}
    assert figures["alerts"].value == "3"
    assert figures["alerts"].note == (
        "3 spikes; 2 taken on after 6 min at the median (farah 2); 1 taken on by nobody"
    )
    assert digest.lead[0] == (
        "Nobody took on 1 grave alert of Bolt Bank that was told, the first on 25 Feb 00:00 UTC."
    )
    early = replace(ASKED, brand="Bolt Bank", until=MONDAY + HOUR, now=MONDAY + HOUR / 30)
    assert gather_health(firm, early).records[0]["alerts_taken"] == 0


def test_a_crisis_leads_with_its_end_and_whoever_took_it_on(firm: Pipeline) -> None:
    firm.store.upsert([*LOUD, *CALM])
    at = MONDAY + 3 * DAY
    decide(firm, crisis(at, at), now=at)
    digest = gather_health(firm, ASKED)
    assert digest.lead[0] == ("Acme has had a crisis since 26 Feb 00:00 UTC; nobody took it on.")
    assert digest.records[0]["incidents"] == 1


def test_a_crisis_that_began_before_and_goes_on_is_told(firm: Pipeline) -> None:
    firm.store.upsert([*LOUD, *CALM])
    at = MONDAY - DAY
    decide(firm, crisis(at, at), now=at)
    assert gather_health(firm, ASKED).lead[0].startswith("Acme has had a crisis since 22 Feb 00:00")
    early = replace(ASKED, since=MONDAY - 6 * DAY, until=MONDAY - 2 * DAY)
    assert gather_health(firm, early).records[0]["incidents"] == 0


def test_a_silent_source_is_said_before_any_figure_that_it_spoils(firm: Pipeline) -> None:
    loud = weeks("Acme", [(60, 4), (60, 4), (60, 4), (20, 4)], first=0)
    firm.store.upsert(loud)
    digest = gather_health(firm, replace(ASKED, brand="Acme"))
    assert any("33 % of what was expected" in sentence for sentence in digest.lead)
    from untagged.digests import health

    scene = health._Scene(firm, MONDAY - WEEK, MONDAY, NEXT, NEXT, ())
    found = health._health(scene, firm.settings.brands[0])
    silence = Silence("board", MONDAY + DAY, None, 0.6)
    doubted = replace(found, silences=(silence,))
    assert lead([doubted])[0] == (
        "The figures of Acme are too low: source board, which brought 60 % of the mentions in the "
        "week before, was silent since 24 Feb 00:00 UTC."
    )
    assert not any("what was expected" in one and "33 %" in one for one in lead([doubted]))
    assert not doubted.fell
    assert found.fell


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 10_000)), max_size=20))
def test_reach_counts_each_author_once_by_their_widest_post(posts: list[tuple[str, int]]) -> None:
    found = [
        said(number, MONDAY, author={"handle": handle, "followers": followers})
        for number, (handle, followers) in enumerate(posts)
    ]
    widest: dict[str, int] = {}
    for handle, followers in posts:
        widest[handle] = max(followers, widest.get(handle, 0))
    assert reach(tuple(found)) == sum(widest.values())


def test_a_day_of_the_chart_is_a_day_of_the_calendar_when_the_period_begins_in_the_evening(
    firm: Pipeline,
) -> None:
    evening = replace(
        ASKED, brand="Acme", since=MONDAY + 20 * HOUR, until=MONDAY + WEEK + 20 * HOUR
    )
    evening = replace(evening, now=evening.until)
    early = [said(n, MONDAY + 2 * DAY + 2 * HOUR + timedelta(minutes=n)) for n in range(5)]
    late = [said(10, MONDAY + 21 * HOUR), said(11, MONDAY + WEEK + HOUR)]
    firm.store.upsert([*early, *late, said(20, MONDAY + 19 * HOUR)])
    chart = gather_health(firm, evening).sections[0].chart
    assert chart is not None
    wednesday = MONDAY + 2 * DAY
    assert f"0 to 5, most on {wednesday.day} {wednesday:%b}, 0 of them negative" in chart.words
    assert chart.words.endswith("; the first and the last day are not whole.")
    bars = chart.spec["layer"][0]["data"]["values"]
    assert sum(bar["mentions"] for bar in bars) == 7
    assert {bar["at"][-9:] for bar in bars} == {"00:00:00Z"}
    assert len(bars) == 2 * 8


def test_a_post_to_know_is_not_told_again_in_nearly_the_same_words(firm: Pipeline) -> None:
    asked = "I gave up on {} and went to the ombudsman about my refund."
    posts = [
        said(
            1, MONDAY + HOUR, text=asked.format("Acme"), author={"handle": "s1", "followers": 900}
        ),
        said(
            2,
            MONDAY + 2 * HOUR,
            text=asked.format("Acme Air"),
            author={"handle": "s2", "followers": 800},
        ),
        said(
            3,
            MONDAY + 3 * HOUR,
            text="The ombudsman opened a file on Acme",
            author={"handle": "s3", "followers": 700},
        ),
    ]
    firm.store.upsert(posts)
    (told,) = gather_health(firm, replace(ASKED, brand="Acme")).records
    assert told["notable"][:2] == ["board:1", "board:3"]

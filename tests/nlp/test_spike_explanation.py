"""An explanation names what is new, and neither a loud person nor a copied text makes it up."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions.mention import Author, Intent, Mention, Sentiment
from nlp import spike_phrases
from nlp import spike_terms as spike_terms_module
from nlp.spike_carriers import carriers, largest_story
from nlp.spike_explanation import Explanation, Told, explained, said_share
from nlp.spike_phrases import Gram, grams, spelt, written
from nlp.spike_shares import Mood, grown_shares
from nlp.spike_terms import spike_terms

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
USUAL = [
    "my bag arrived late from {} again",
    "seat upgrade on the flight to {} was fine",
    "the crew to {} was friendly, thank you",
    "coffee on board to {} tastes of nothing",
    "boarding in {} took for ever today",
]
PLACES = ["Leeds", "Porto", "Vienna", "Turin", "Oslo", "Bergen", "Nantes"]


def post(name: str, text: str, at: datetime = NOON, **more: Any) -> Mention:
    given: dict[str, Any] = {
        "source": "s",
        "native_id": name,
        "platform": "board",
        "lang": "en",
        "text": text,
    }
    given |= {"published": at, "collected": at, "author": Author(handle=f"by-{name}")}
    return Mention(**given | more)


def usual(day: int, count: int = 20, **more: Any) -> list[Mention]:
    """What is said on an ordinary day."""
    return [
        post(f"d{day}-{n}", USUAL[n % 5].format(PLACES[(n + day) % 7]), NOON - DAY * day, **more)
        for n in range(count)
    ]


def before(days: int = 5, **more: Any) -> list[Told]:
    return [
        Told(posts, Mood.of(posts)) for posts in (usual(day, **more) for day in range(days, 0, -1))
    ]


def said_now(texts: Sequence[str], **more: Any) -> list[Mention]:
    return [post(f"n{n}", text, NOON + n * MINUTE, **more) for n, text in enumerate(texts)]


def explanation(
    now: list[Mention], days: Sequence[Told] = (), everything: Sequence[Mention] = (), **more: Any
) -> Explanation:
    return explained(
        brand="Heron",
        signal="all",
        since=NOON,
        until=NOON + DAY / 24,
        now=Told(now, Mood.of(everything or now)),
        before=days,
        **more,
    )


OUTAGE = [
    f"is the heron app down? can't check in at {place}, error {n}"
    for n, place in enumerate(PLACES * 2)
]


def test_what_is_new_is_named_and_what_is_always_said_is_not() -> None:
    now = said_now([*OUTAGE, *(post.text for post in usual(0, 10))])
    terms = [term.text for term in explanation(now, before(), ignoring=["heron"]).terms]
    assert "app down" in terms
    assert "can't check in" in terms
    assert not {"bag", "crew", "heron", "the", "is", "coffee"} & set(" ".join(terms).split())


def test_a_day_like_any_other_has_nothing_that_stands_out() -> None:
    told = explanation(usual(0, 30), before(7))
    assert told.terms == ()
    assert told.shares == ()
    # There are posts to look at all the same, but nobody began anything.
    assert [carrier.reason for carrier in told.carriers] == ["the most typical"]


def test_every_term_is_surer_than_chance_and_said_by_several() -> None:
    found = spike_terms(said_now(OUTAGE), usual(1, 40), ignoring=())
    assert found
    assert all(term.z >= 1.96 and term.voices >= 3 for _, term in found)
    assert [term.z for _, term in found] == sorted((t.z for _, t in found), reverse=True)


def test_where_people_stand_is_no_name_of_what_they_stand_in() -> None:
    lines = [f"two hours in the line in {place}, no end" for place in PLACES[:3]]
    other = [f"this line is endless, {n} people before me" for n in range(9)]
    terms = explanation(said_now([*lines, *other]), before()).terms
    assert any("line" in term.text for term in terms)
    assert not any(term.text.endswith("line in") for term in terms)


def test_where_the_same_hours_are_quiet_words_are_set_against_whole_days() -> None:
    hour, days = before(1), [post for day in range(1, 8) for post in usual(day, 40)]
    alone = explanation(said_now(OUTAGE[:4]), [Told(side.posts[:2], Mood(0, 0)) for side in hour])
    told = explanation(
        said_now(OUTAGE[:4]), [Told(side.posts[:2], Mood(0, 0)) for side in hour], whole_days=days
    )
    assert (alone.is_same_hours, told.is_same_hours) == (True, False)
    assert alone.terms == ()
    assert any("app down" in term.text for term in told.terms)


def test_copies_of_one_text_do_not_make_the_terms() -> None:
    text = "boycott them over the terrible penguin advert they ran last night"
    copies = [post("c0", text)] + [
        post(f"c{n}", text, NOON + n * MINUTE, cluster="s:c0") for n in range(1, 30)
    ]
    told = explanation([*copies, *usual(0, 10)], before())
    assert not any("penguin" in term.text for term in told.terms)
    assert (told.posts, told.stories, told.largest_story_posts) == (40, 11, 30)
    assert told.largest_story == "s:c0"
    assert "tell 11 stories, one of them 30 times" in told.said()
    assert told.carriers[0].mention_id == "s:c0"
    assert "30 of 40 posts" in told.carriers[0].reason


def test_one_loud_person_does_not_make_the_terms_but_is_told() -> None:
    angry = [
        post(f"a{n}", f"penguin number {n} stole my sandwich", author=Author(handle="loud"))
        for n in range(12)
    ]
    told = explanation([*angry, *usual(0, 8)], before())
    assert not any("penguin" in term.text for term in told.terms)
    assert "1 author wrote 60 %" in told.said()


def test_shares_are_told_only_where_they_changed() -> None:
    now = [
        post(f"n{n}", f"words {n}", platform="mastodon" if n < 22 else "board") for n in range(30)
    ]
    usual_posts = [
        post(f"u{n}", f"words {n}", platform="mastodon" if n < 40 else "board") for n in range(100)
    ]
    (share,) = grown_shares(now, usual_posts)
    assert said_share(share) == "73 % on mastodon, usually 40 %"
    assert grown_shares(usual_posts, usual_posts) == []


def test_with_nothing_to_compare_with_no_share_is_called_unusual() -> None:
    told = explanation(said_now(OUTAGE))
    assert (told.days, told.terms, told.shares, told.negative) == (0, (), (), None)
    assert told.said() == "14 posts by 14 authors."


def test_the_mood_is_that_of_all_posts_and_the_intent_asked_for_is_no_news() -> None:
    bad = Sentiment(label="negative", score=-0.8, confidence=0.9, unsure=False, model="test")
    wish = (Intent(label="complaint", confidence=0.9),)
    now = said_now(OUTAGE, sentiment=bad, intents=wish)
    day = Told([], Mood.of(usual(1, 40)))
    told = explained(
        brand="Heron",
        signal="complaints",
        since=NOON,
        until=NOON + DAY / 24,
        now=Told(now, Mood.of([*now, *usual(0, 6)])),
        before=[Told(usual(1, 20), Mood.of(usual(1, 40))), day],
    )
    assert told.negative is not None
    assert told.negative.now == 0.7
    assert "70 % negative, usually 0 % of all posts" in told.said()
    assert all(share.what != "intent" for share in told.shares)


def test_the_carriers_are_the_first_the_widest_and_the_most_typical() -> None:
    posts = [
        post("calm", "a nice view from the window", NOON - 5 * MINUTE),
        *said_now(OUTAGE),
        post("star", "so the app down means we all walk", NOON + DAY / 30, author=famous()),
    ]
    told = explanation(posts, before(), ignoring=["heron"])
    assert [carrier.mention_id for carrier in told.carriers][:2] == ["s:n0", "s:star"]
    assert "first" in told.carriers[0].reason
    assert "90,000 may have seen it" in told.carriers[1].reason
    assert told.carriers[2].reason == "the most typical"
    assert "heron app down" in next(
        post.text for post in posts if post.id == told.carriers[2].mention_id
    )


def test_what_a_post_of_the_spike_says_is_read_twice_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once for the words that stand out, and once more for who carries them if none does."""
    read: list[str] = []

    def counted(post: Mention, *, ignoring: Collection[str]) -> set[Gram]:
        read.append(post.id)
        return grams(post, ignoring=ignoring)

    for module in (spike_terms_module, spike_phrases):
        monkeypatch.setattr(module, "grams", counted)
    several = " ".join(f"word{number}" for number in range(150))  # more grams than are looked for
    posts = said_now([several, f"{several} again"])
    assert explanation(posts).carriers
    assert Counter(read) == {post.id: 2 for post in posts}


def famous() -> Author:
    return Author(handle="star", followers=90_000)


def test_a_japanese_and_a_thai_spike_have_terms_too() -> None:
    japanese = said_now([f"アプリが停電で使えない {n}番" for n in range(12)], lang="ja")
    thai = said_now([f"แอปล่มเช็คอินไม่ได้ {n}" for n in range(12)], lang="th")
    usual_japanese = [
        post(f"j{n}", f"機内のコーヒーはおいしい {n}番", NOON - DAY, lang="ja") for n in range(40)
    ]
    usual_thai = [post(f"t{n}", f"กาแฟอร่อยมาก ขอบคุณ {n}", NOON - DAY, lang="th") for n in range(40)]
    said = explanation(japanese, [Told(usual_japanese, Mood.of(usual_japanese))])
    assert any("停電" in term.text for term in said.terms)
    said = explanation(thai, [Told(usual_thai, Mood.of(usual_thai))])
    assert any("เช็คอิน" in term.text for term in said.terms)


def test_pairs_of_characters_are_spelt_as_the_run_they_came_from() -> None:
    assert spelt(("停電", "電で")) == "停電で"
    assert ("停電", "電で") in grams(post("1", "停電で困る", lang="ja"), ignoring=())


def test_nothing_at_all_is_explained_by_nothing() -> None:
    told = explanation([])
    assert (told.posts, told.carriers, told.said()) == (0, (), "")


def test_an_explanation_survives_being_kept() -> None:
    told = explanation(said_now(OUTAGE), before(), ignoring=["heron"])
    assert Explanation.from_json(told.to_json()) == told


def test_no_text_and_no_name_is_kept() -> None:
    kept = str(explanation(said_now(OUTAGE), before()).to_json())
    assert "error 3" not in kept
    assert "by-n" not in kept


POSTS = st.lists(
    st.builds(
        lambda number, text, handle, minute, followers: post(
            f"{number}-{minute}",
            text + ".",
            NOON + minute * MINUTE,
            author=Author(handle=handle, followers=followers),
        ),
        st.integers(0, 10**6),
        st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=80),
        st.sampled_from(["", "a", "b", "{{7*7}}"]),
        st.integers(0, 59),
        st.none() | st.integers(0, 10**9),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


@settings(max_examples=60, deadline=None)
@given(POSTS, POSTS)
def test_whatever_is_posted_can_be_explained(now: list[Mention], day: list[Mention]) -> None:
    told = explanation(now, [Told(day, Mood.of(day))])
    ids = {one.id for one in now}
    assert all(carrier.mention_id in ids for carrier in told.carriers)
    assert len({carrier.mention_id for carrier in told.carriers}) == len(told.carriers) <= 3
    assert bool(told.carriers) == bool(now)
    assert Explanation.from_json(told.to_json()) == told


def test_the_largest_story_is_none_where_nobody_repeats_anything() -> None:
    assert largest_story(said_now(OUTAGE)) is None
    assert largest_story([]) is None
    assert carriers([], [], [], None) == []


def test_terms_are_written_as_people_write_them() -> None:
    posts = said_now(["Zieht das Update zurück!", "zieht das update ZURÜCK", "check-in, dead"])
    assert written(("update", "zuruck"), posts) == "update zurück"
    assert written(("check", "in"), posts) == "check-in"
    assert written(("停電", "電で"), [post("1", "急な停電で困る")]) == "停電で"
    # Nothing but words comes along, whatever stands between them.
    assert written(("app", "down"), [post("1", "app <b>\u202e down")]) == "app down"
    assert written(("never", "said"), posts) == "never said"

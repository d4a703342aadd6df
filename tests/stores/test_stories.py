"""What every store promises about near copies: counted apart, found by their story, kept apart."""

import random

import pytest

from mentions.query.parser import parse_query
from tests.stores.posts import ALL, HOUR, NOON, flagged, ids, post, where


def copies(count: int, of: str = "board:first", **fields):
    """Copies 'c0', 'c1', … an hour apart from an hour after noon on."""
    return [
        post(f"c{number}", cluster=of, published=NOON + (number + 1) * HOUR, **fields)
        for number in range(count)
    ]


def test_a_story_is_counted_once_whichever_of_its_mentions_match(store):
    store.upsert([post("first"), *copies(3, lang="de"), post("alone"), post("short")])
    assert (store.count(ALL), store.stories(ALL)) == (6, 3)
    assert store.stories(where("lang", "de")) == 1
    assert store.stories(ALL, since=NOON + HOUR, until=NOON + 3 * HOUR) == 1
    assert store.stories(ALL, until=NOON) == 0


def test_all_of_a_story_are_found_by_the_id_of_its_first_mention(store):
    store.upsert([post("first"), *copies(2), post("First", lang="de"), post("c9", cluster="x:1")])
    story = parse_query('cluster:"board:first"')
    assert sorted(ids(store.iterate(story))) == ["c0", "c1", "first"]
    for sort in ("published", "reach"):
        assert store.search(story, sort=sort).total == 3
    assert ids(store.search(parse_query('cluster:"board:c0"')).mentions) == []
    assert ids(store.search(parse_query("cluster:x*")).mentions) == ["c9"]
    assert store.search(parse_query('NOT cluster:"board:first"')).total == 2


def test_copies_can_be_left_out(store):
    store.upsert([post("first"), *copies(2), post("alone")])
    assert sorted(ids(store.iterate(flagged("copy", False)))) == ["alone", "first"]
    assert store.count(flagged("copy")) == 2


def test_the_largest_stories_are_a_facet(store):
    store.upsert([post("first"), *copies(2), post("alone"), post("c7", cluster="board:gone")])
    found = store.search(ALL, limit=0, facets=("cluster",)).facets["cluster"]
    assert list(found) == [("board:first", 3), ("board:alone", 1), ("board:gone", 1)]


def test_without_its_first_mention_a_story_stays_together(store):
    store.upsert([post("first"), *copies(3)])
    store.delete(["board:first"])
    assert (store.count(ALL), store.stories(ALL)) == (3, 1)
    assert store.search(where("cluster", "board:first")).total == 3


def test_a_mention_stays_in_the_story_it_was_first_found_to_tell(store):
    store.upsert([post("first"), *copies(1)])
    again = [copy.model_copy(update={"cluster": "", "text": "Edited."}) for copy in copies(1)]
    store.upsert([*again, post("first", cluster="board:c0")])
    assert store.stories(ALL) == 1
    assert store.search(where("cluster", "board:first")).total == 2


@pytest.mark.parametrize("seed", range(3))
def test_stories_are_counted_as_one_counts_them_by_hand(store, seed):
    chance = random.Random(seed)
    written = []
    for number in range(300):
        of = chance.choice(["", "", f"board:{chance.randrange(40)}"])
        fields = {"lang": chance.choice(["en", "de"]), "needs_reply": chance.random() < 0.3}
        at = NOON + chance.randrange(48) * HOUR
        written.append(post(str(number), cluster=of, published=at, **fields))
    store.upsert(written)
    window = {"since": NOON + 5 * HOUR, "until": NOON + 30 * HOUR}
    matching = [
        each
        for each in written
        if each.lang == "de" and window["since"] <= each.published < window["until"]
    ]
    assert store.stories(where("lang", "de"), **window) == len({each.story for each in matching})
    assert store.stories(ALL) == len({each.story for each in written})
    page = store.search(where("lang", "de"), limit=0, facets=("cluster",), **window)
    assert dict(page.facets["cluster"]) == {
        story: sum(each.story == story for each in matching)
        for story in {each.story for each in matching}
    }

"""Near copies are told from other posts, and whoever asks gets the same answer."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sql
from rensa import RMinHash

from mentions.mention import Mention
from mentions.signature import compared_words
from spiders.copies import clusters, copies, forget, forget_old
from tests.spiders.posts import NOW, post
from untagged.wiring import open_database, transactions

SAID = (
    "Nimbus Air cancelled our flight from Lisbon an hour before boarding and left forty people "
    "at the gate without a word, without water and without a hotel for the night"
)
OTHER = (
    "The union says that pilots of Nimbus Air will strike on Monday and on Tuesday unless the "
    "company comes back to the table with an offer about rest times and night shifts"
)


def said(number: int | str, text: str, **fields: object) -> Mention:
    return post(native_id=str(number), text=text, **fields)


def together(first: str, second: str, conn: sql.Connection) -> bool:
    one, other = said(1, first), said(2, second)
    return clusters(conn, [one, other]) == {other.id: one.id}


@pytest.mark.parametrize(
    "copy",
    [
        f"RT @somebody: {SAID} https://t.example/x9",
        f"Good morning! {SAID} Please share",
        SAID.replace("forty", "fifty"),
        SAID.upper(),
        f"@nimbusair @ana @ben {SAID}",
    ],
)
def test_a_near_copy_is_of_the_cluster_of_the_first(conn: sql.Connection, copy: str) -> None:
    assert together(SAID, copy, conn)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (SAID, OTHER),
        ("Nimbus is down again", "Nimbus is down again"),
        ("@a @b @c @d @e @f @g @h Nimbus", "@a @b @c @d @e @f @g @h Nimbus"),
        (
            "https://nimbus.example/a/b/c/d/e/f/g/h/i look at Nimbus",
            "https://nimbus.example/a/b/c/d/e/f/g/h/i hey Nimbus",
        ),
        (
            "my Nimbus flight to Oslo today was late again",
            "my Nimbus flight to Rome today was late again",
        ),
        (
            "Flight NA12 from Lisbon to Oslo is 40 minutes late because of a storm, sorry for it",
            "Flight NA9 from Leeds to Cork is 180 minutes late because of a strike, sorry for it",
        ),
    ],
)
def test_what_only_looks_alike_is_no_copy(conn: sql.Connection, first: str, second: str) -> None:
    assert not clusters(conn, [said(1, first), said(2, second)])


def test_a_post_of_eight_words_is_a_copy_of_the_same_words_alone(conn: sql.Connection) -> None:
    text = "the Nimbus app is down again since noon"
    assert together(text, f"{text}!!! @nimbus", conn)


def test_handles_and_links_are_no_words_and_a_brands_name_is_one_like_any_other() -> None:
    words = compared_words(said(1, "RT @ana: Nimbus lost it https://t.example/1 via @ben #fail"))
    assert words == ["nimbus", "lost", "it", "via", "#fail"]


def test_the_same_posts_again_are_answered_the_same(conn: sql.Connection) -> None:
    posts = [said(1, SAID), said(2, SAID), said(3, OTHER), said(4, f"{SAID} indeed")]
    first = clusters(conn, posts)
    assert first == {posts[1].id: posts[0].id, posts[3].id: posts[0].id}
    for again in (posts, list(reversed(posts)), posts[1:2], [*posts, *posts]):
        answered = clusters(conn, again)
        assert answered == {key: first[key] for key in first if key in {p.id for p in again}}
    assert conn.execute(sql.select(sql.func.count()).select_from(copies)).scalar() == 4


def test_a_copy_of_a_copy_is_compared_with_the_first_alone(conn: sql.Connection) -> None:
    words = SAID.split()
    steps = [words]
    for number in range(0, len(words), 3):  # each differs from the one before by one word
        steps.append([*steps[-1][:number], f"changed{number}", *steps[-1][number + 1 :]])
    posts = [said(number, " ".join(step)) for number, step in enumerate(steps)]
    found = clusters(conn, posts)
    assert posts[1].id in found
    assert found.get(posts[-1].id) != posts[0].id


def test_without_the_first_its_oldest_copy_keeps_the_cluster_together(
    conn: sql.Connection,
) -> None:
    posts = [said(number, SAID) for number in range(3)]
    clusters(conn, posts)
    forget(conn, [posts[0].id, posts[1].id])
    later = said(9, f"{SAID} indeed")
    assert clusters(conn, [later]) == {later.id: posts[0].id}
    forget(conn, [posts[2].id, later.id])
    assert conn.execute(sql.select(copies)).all() == []
    assert clusters(conn, [said(10, SAID)]) == {}


def test_a_story_goes_on_under_its_name_while_signatures_are_forgotten_by_age(
    conn: sql.Connection,
) -> None:
    days = [NOW + number * timedelta(days=1) for number in range(10)]
    first, second = said(1, SAID), said(2, SAID, published=days[3], collected=days[3])
    clusters(conn, [first, second])
    assert forget_old(conn, before=first.published) == 0
    assert forget_old(conn, before=days[1]) == 1
    third = said(3, SAID, published=days[9], collected=days[9])
    assert clusters(conn, [third]) == {third.id: first.id}
    assert forget_old(conn, before=days[9]) == 1
    assert clusters(conn, [third]) == {third.id: first.id}


def test_many_posts_are_looked_up_at_once(conn: sql.Connection) -> None:
    texts = [f"{SAID} {' '.join(f'{n}w{i}' for i in range(60))}" for n in range(500)]
    first = [said(n, text) for n, text in enumerate(texts)]
    second = [said(f"again {n}", f"Please read: {text}") for n, text in enumerate(texts)]
    assert clusters(conn, first) == {}
    assert clusters(conn, second) == {
        copy.id: of.id for of, copy in zip(first, second, strict=True)
    }


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_at_once_agree_on_one_first(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/ops.db"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine = open_database(url)
    begin = transactions(engine)
    start = threading.Barrier(4)
    found: list[dict[str, str]] = []

    def ask(number: int) -> None:
        start.wait()
        for step in range(5):
            with begin() as connection:
                posts = [said(f"{number} {step}", f"{SAID} {step * 'indeed '}")]
                found.append(clusters(connection, posts))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    assert len({cluster for answer in found for cluster in answer.values()}) == 1
    assert sum(not answer for answer in found) == 1


def test_the_library_makes_the_signatures_that_databases_hold() -> None:
    """If a new version fails here, near copies are not told for a week after it: say so."""
    digest = RMinHash.digests_from_token_sets([["one two three", "two three four"]], 4, 7)
    assert digest == [[1387910062, 873169612, 239314276, 2424745611]]

"""The best answer to a question is looked for among a few posts, however many ask and answer."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cases import desk
from mentions.errors import UntaggedError
from tests.cases.world import opened
from tests.untagged.conftest import Run
from tests.untagged.digests.heard import DAY, HOUR, MONDAY, NEXT, a_firm, said
from tests.untagged.digests.test_questions import question
from tests.untagged.entered import entered
from untagged.digests import best_answer
from untagged.digests.keeping import keep, keepable
from untagged.pipeline import Pipeline

THINGS = ("meal", "seat", "bag", "dog", "bike", "visa", "wifi", "gate", "lounge", "upgrade")
ASKED = "Acme, how do I change my meal?"
MEALS = "https://help.example/meal"


class Grouping:
    """Groups by the thing that a text names, and remembers what it was asked to compare."""

    def __init__(self) -> None:
        self.compared: list[str] = []

    def __call__(self, texts: Sequence[str], *, langs: Sequence[str] | None = None) -> list[int]:
        self.compared += texts
        return [next(n for n, one in enumerate(THINGS) if one in text) for text in texts]


def settled(pipeline: Pipeline, number: int, text: str, url: str) -> None:
    """A question that a help page answered."""
    pipeline.store.upsert([question(number, text)])
    brand = ({"name": "Acme"},)
    at = MONDAY + DAY + HOUR
    with pipeline.begin() as connection:
        made = opened(connection, str(number), text=text, brands=brand, published=MONDAY + DAY)
        desk.resolve_with(connection, made.id, url, now=at, actor="ana")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Pipeline]:
    """Ten different questions, each answered; and one more that asks what the first does."""
    with a_firm(tmp_path) as pipeline:
        pipeline.store.upsert([question(99, ASKED)])
        for number, thing in enumerate(THINGS):
            text = f"Acme, can I have another {thing}?"
            settled(pipeline, number, text, f"https://help.example/{thing}")
        yield pipeline


def test_what_nobody_answered_is_not_compared(firm: Pipeline) -> None:
    firm.store.upsert([question(100 + n, f"Acme, meal {n}?") for n in range(300)])
    grouping = Grouping()
    found = keepable(firm, "board:99", now=NEXT, grouping=grouping)
    assert found.best is not None
    assert (found.best.url, found.is_partial) == (MEALS, False)
    assert len(grouping.compared) == 1 + len(THINGS)


def test_of_many_the_most_like_in_words_are_compared(
    firm: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(best_answer, "MOST_COMPARED", 3)
    grouping = Grouping()
    found = keepable(firm, "board:99", now=NEXT, grouping=grouping)
    assert found.best is not None
    assert (found.best.url, found.is_partial) == (MEALS, True)
    assert len(grouping.compared) == 1 + 3
    with entered(firm, role="lead") as browser:
        page = browser.get("/questions/keep?id=board:99").text
    assert "there may be a better answer" in page


def test_the_same_words_again_are_one_wording(
    firm: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(best_answer, "MOST_COMPARED", len(THINGS))
    settled(firm, 50, "ACME: can I have another meal", "https://help.example/diets")
    settled(firm, 51, "Acme - can I have another meal", "https://help.example/diets")
    found = keepable(firm, "board:99", now=NEXT, grouping=Grouping())
    assert found.best is not None
    assert (found.best.url, found.best.times) == ("https://help.example/diets", 2)
    assert not found.is_partial


def test_of_many_answered_ones_the_newest_are_read(
    firm: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(best_answer, "MOST_READ", 2)
    grouping = Grouping()
    found = keepable(firm, "board:99", now=NEXT, grouping=grouping)
    assert (found.best, found.is_partial) == (None, True)
    assert len(grouping.compared) == 1 + 2
    with pytest.raises(UntaggedError, match="none of the 20 answered questions most like this"):
        keep(firm, found, now=NEXT, actor="ana")


def test_what_the_brand_answered_below_a_post_counts(firm: Pipeline) -> None:
    at = MONDAY + 2 * DAY
    account = {"handle": "acme"}
    firm.store.upsert(
        [
            question(60, "Acme: which meal is best?", days=1.5, answered_at=at),
            question(61, "Acme, do own posts ask for a meal?", answered_at=at, author=account),
            *(
                said(70 + n, at, text=text, author=account, reply_to=f"board:{60 + n}")
                for n, text in enumerate(("The soup.", "They do."))
            ),
        ]
    )
    grouping = Grouping()
    found = keepable(firm, "board:60", now=NEXT, grouping=grouping)
    assert found.best is not None
    assert found.best.text == "The soup."
    assert not any("own posts" in text for text in grouping.compared)


def test_the_command_says_that_others_were_not_compared(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(best_answer, "MOST_COMPARED", 1)
    with a_firm(tmp_path) as pipeline:
        pipeline.store.upsert([question(99, ASKED)])
        settled(pipeline, 0, "Acme, how do I change a meal?", MEALS)
        settled(pipeline, 1, "Acme, do bikes fly?", "https://help.example/bike")
    now = ("--now", f"{NEXT:%Y-%m-%dT%H:%MZ}")
    status, _, told = run("cases", "keep", "board:99", *now)
    assert status == 0
    assert f"is answered by {MEALS}" in told
    assert "most like this one in words were compared" in told

"""Mentions that older models have read are read again, and nothing a person said is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mentions.mention import BrandMatch, Mention, Sentiment
from tests.untagged.world import HOUR, NOON, mention, settings_file
from untagged import rereading
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

OF_OLD = Sentiment(label="neutral", score=0, confidence=0, unsure=True, model="of old")
ACME = (BrandMatch(name="Acme"),)


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with open_pipeline(settings_file(tmp_path)) as opened:
        yield opened


def old(number: int, text: str = "Acme is terrible, I hate it", **more: object) -> Mention:
    read = {"brands": ACME, "sentiment": OF_OLD, "lang": "xx"}
    return mention(number, text, NOON - number * HOUR, **(read | more))


def stored(pipeline: Pipeline, number: int) -> Mention:
    found = pipeline.store.get(f"board:{number}")
    assert found is not None
    return found


def test_what_an_older_model_read_is_read_again_once(pipeline: Pipeline) -> None:
    pipeline.store.upsert([old(1), old(2)])
    assert pipeline.process(now=NOON).reread == 2
    again = stored(pipeline, 1)
    assert again.sentiment is not None
    assert (again.sentiment.label, again.lang) == ("negative", "en")
    assert again.sentiment.model != "of old"
    assert pipeline.process(now=NOON + HOUR).reread == 0


def test_what_is_indexed_by_the_models_in_use_is_not_read_again(pipeline: Pipeline) -> None:
    assert pipeline.process(now=NOON).reread == 0
    pipeline.store.upsert([old(1)])
    assert pipeline.process(now=NOON).reread == 0


def test_corrections_and_brands_that_come_from_the_conversation_stay(pipeline: Pipeline) -> None:
    corrected = old(1, corrections={"sentiment": "positive", "severity": "1"})
    going_on = old(2, "It still does not work")
    pipeline.store.upsert([corrected, going_on])
    pipeline.process(now=NOON)
    by_person = stored(pipeline, 1)
    assert by_person.sentiment is not None
    assert (by_person.sentiment.label, by_person.severity) == ("positive", 1)
    assert stored(pipeline, 2).brands == ACME


def test_a_call_does_a_little_and_the_next_goes_on_newest_first(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rereading, "PAGE", 2)
    monkeypatch.setattr(rereading, "PAGES", 1)
    pipeline.store.upsert([old(number) for number in range(5)])
    assert [pipeline.process(now=NOON).reread for _ in range(4)] == [2, 2, 1, 0]


def test_newest_mentions_are_read_again_first(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rereading, "PAGE", 2)
    monkeypatch.setattr(rereading, "PAGES", 1)
    pipeline.store.upsert([old(number) for number in range(5)])
    pipeline.process(now=NOON)
    models = [stored(pipeline, number).sentiment.model for number in range(5)]  # type: ignore[union-attr]
    assert [model == "of old" for model in models] == [False, False, True, True, True]


def test_other_models_begin_anew(pipeline: Pipeline) -> None:
    pipeline.store.upsert([old(1)])
    for models, expected in (("one", 1), ("one", 0), ("two", 1), ("two", 0), ("one", 0)):
        done = rereading.reread(
            pipeline.store, pipeline.reader, pipeline.begin, models=models, now=NOON
        )
        assert done == expected, models

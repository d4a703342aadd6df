"""What was to be said to somebody who deleted their post is neither kept nor sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts import outbox
from cases import desk
from mentions.collected import Deletion
from tests.untagged.test_short_transactions import HUB
from tests.untagged.world import HOUR, NOON, import_rows, post, settings_file
from untagged import replying
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    path = settings_file(tmp_path / "a firm", more="\nreplies: {channels: [hub]}\n")
    path.write_text(path.read_text().replace("rules:\n", HUB + "rules:\n", 1))
    with open_pipeline(path) as opened:
        rows = [post(number, f"Acme lost my bag {number}, where is it?") for number in (1, 2, 3)]
        opened.import_file(import_rows(tmp_path, rows), columns=None, source="import", now=NOON)
        opened.process(now=NOON)
        opened.respond(now=NOON + HOUR)
        yield opened


def replied(pipeline: Pipeline, number: int) -> int:
    """The number of the case, with a reply on its way."""
    with pipeline.read() as connection:
        case = desk.case_of_mention(connection, f"import:{number}")
    assert case
    reply = replying.keep(pipeline, case.id, f"Sorry, {number}", now=NOON + HOUR, actor="ana")
    replying.hand_over(pipeline, reply.id, to="hub", now=NOON + HOUR, actor="ana")
    return case.id


def waiting(pipeline: Pipeline) -> set[str]:
    with pipeline.read() as connection:
        return {one.payload["text"] for one in outbox.letters(connection) if one.kind == "reply"}


def test_a_reply_to_a_deleted_post_leaves_the_outbox_also_from_a_case_merged_away(
    pipeline: Pipeline,
) -> None:
    first, second, third = (replied(pipeline, number) for number in (1, 2, 3))
    with pipeline.begin() as connection:
        desk.merge(connection, first, into=second, now=NOON + HOUR, actor="ana")
    assert waiting(pipeline) == {"Sorry, 1", "Sorry, 2", "Sorry, 3"}
    pipeline.journal.write("import", [Deletion("import:1")], at=NOON + HOUR)
    pipeline.process(now=NOON + HOUR)
    assert waiting(pipeline) == {"Sorry, 3"}
    assert third


def test_replies_of_a_case_that_was_merged_stand_with_the_one_that_took_over(
    pipeline: Pipeline,
) -> None:
    first, second = replied(pipeline, 1), replied(pipeline, 2)
    with pipeline.begin() as connection:
        desk.merge(connection, first, into=second, now=NOON + HOUR, actor="ana")
        file = desk.show_case(connection, second)
    mention = replying.mention_of(pipeline, file.case)
    with pipeline.read() as connection:
        box = replying.reply_box(pipeline, connection, file, mention)
    assert [(one.case_id, one.text) for one in box.replies] == [
        (first, "Sorry, 1"),
        (second, "Sorry, 2"),
    ]

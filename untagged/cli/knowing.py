"""`untagged cases keep, known, unkeep`: frequent questions with the answer that agents get."""

from dataclasses import asdict
from typing import Annotated

import typer

from cases import desk
from untagged.cli.opened import now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell
from untagged.digests.best_answer import MOST_COMPARED
from untagged.digests.keeping import keep as keep_it
from untagged.digests.keeping import keepable, named


def register(app: typer.Typer) -> None:
    """Put these commands beside the others about cases."""
    app.command()(keep)
    app.command()(known)
    app.command()(unkeep)


def keep(
    context: typer.Context,
    question_id: Annotated[
        str, typer.Argument(metavar="ID", help="The id that the digest of questions shows.")
    ],
    *,
    answer: Annotated[str, typer.Option(help="The address that answers it.")] = "",
    text: Annotated[str, typer.Option(help="The words that answer it.")] = "",
    question: Annotated[str, typer.Option(help="The question in your own words.")] = "",
    brand: Annotated[str | None, typer.Option(help="Where the post names several.")] = None,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Keep a question with its answer, by default the best that was given so far."""
    at = now_or(now)
    with opened(context) as pipeline:
        if answer or text:  # nothing need be looked for
            found = named(pipeline, question_id, brand=brand)
        else:
            found = keepable(pipeline, question_id, brand=brand, now=at)
        kept = keep_it(
            pipeline, found, question=question, url=answer, text=text, now=at, actor=actor
        )
        with pipeline.read() as connection:
            answers = {one.id: one for one in desk.known_answers(connection)}
    one = answers[kept.answer_id]
    tell(f"kept as {kept.id}: “{kept.question}” is answered by {one.url or one.text}")
    if found.is_partial:
        tell(
            f"of the newest answered questions, the {MOST_COMPARED} most like this one in words "
            "were compared: there may be a better answer"
        )


def known(
    context: typer.Context,
    *,
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
    as_json: AsJson = False,
) -> None:
    """The questions that were kept, with their answers."""
    with opened(context) as pipeline, pipeline.read() as connection:
        kept = desk.kept_questions(connection, brand=brand)
        answers = {one.id: one for one in desk.known_answers(connection)}
    if as_json:
        for one in kept:
            answer = answers[one.answer_id]
            print_json({**asdict(one), "url": answer.url, "text": answer.text})
        return
    rows = [
        (one.id, one.brand, one.question, answers[one.answer_id].url or answers[one.answer_id].text)
        for one in kept
    ]
    print_table(("number", "brand", "question", "answer"), rows, title=f"{len(rows)} questions")


def unkeep(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The number that `known` shows.")],
) -> None:
    """Forget a question that was kept; what cases were settled by stays."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        desk.drop_question(connection, number)
    tell(f"question {number} is not known any more")

"""Known questions: a question of a digest is kept with the answer that agents get suggested."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from cases import desk
from cases.keeping import MAX_ANSWER_CHARACTERS, MAX_QUESTION_CHARACTERS, not_kept
from mentions.errors import NotFound, UntaggedError
from mentions.mention import MAX_ID_CHARACTERS
from untagged.digests.best_answer import MOST_COMPARED
from untagged.digests.keeping import Keepable, keep, keepable, named
from untagged.web.doors import needs
from untagged.web.numbers import Number
from untagged.web.page import agent_of, clock_now, pipeline_of, render
from untagged.web.visitor import scope_of

router = APIRouter()
Id = Annotated[str, Form(max_length=MAX_ID_CHARACTERS)]


@router.get("/questions/keep", dependencies=[needs("work")])
def keep_form(request: Request, id: str = "", brand: str = "") -> Response:  # noqa: A002  the address
    """The question in the post's words with the best answer so far, to be kept by one click."""
    pipeline = pipeline_of(request)
    named = _named(request, id, brand)
    return _page(request, keepable(pipeline, id, brand=named.brand.name, now=clock_now()))


@router.post("/questions/keep", dependencies=[needs("work")])
def keep_it(
    request: Request,
    *,
    id: Id,  # noqa: A002  as in the address
    brand: Annotated[str, Form(max_length=200)],
    question: Annotated[str, Form(max_length=MAX_QUESTION_CHARACTERS)] = "",
    url: Annotated[str, Form(max_length=2_000)] = "",
    text: Annotated[str, Form(max_length=MAX_ANSWER_CHARACTERS)] = "",
) -> Response:
    """Keep it; the post's own words stay the post's, and go when it goes."""
    pipeline = pipeline_of(request)
    one = _named(request, id, brand)
    given = " ".join(question.split())
    own = "" if given == one.question else given
    try:
        keep(
            pipeline,
            one,
            question=own,
            url=url.strip(),
            text=text.strip(),
            now=clock_now(),
            actor=agent_of(request),
        )
    except UntaggedError as error:
        typed = {"question": given, "url": url, "text": text}
        return _page(request, one, problem=str(error), typed=typed, status=400)
    return RedirectResponse("/questions/known", status_code=303)


@router.get("/questions/known", dependencies=[needs("look")])
def known(request: Request) -> Response:
    """The questions that were kept, with their answers."""
    scope = scope_of(request)
    with pipeline_of(request).read() as connection:
        kept = [one for one in desk.kept_questions(connection) if scope.has_brand(one.brand)]
        answers = {one.id: one for one in desk.known_answers(connection)}
    rows = [(one, answers[one.answer_id]) for one in kept]
    return render(request, "known_questions.html", {"rows": rows})


@router.post("/questions/known/{number}/drop", dependencies=[needs("work")])
def drop(request: Request, number: Number) -> Response:
    """Forget one that was kept."""
    scope = scope_of(request)
    with pipeline_of(request).begin() as connection:
        kept = {one.id: one for one in desk.kept_questions(connection)}
        if number in kept and not scope.has_brand(kept[number].brand):
            raise NotFound(not_kept(number))
        desk.drop_question(connection, number)
    return RedirectResponse("/questions/known", status_code=303)


def _named(request: Request, mention_id: str, brand: str) -> Keepable:
    """The question of a post, of the only brand of it that is seen unless one is said.

    Raises NotFound with the same words whether the post is not there or not seen.
    """
    pipeline, scope = pipeline_of(request), scope_of(request)
    post = pipeline.store.get(mention_id)
    seen = [one.name for one in post.brands if scope.has_brand(one.name)] if post else []
    if not seen or (brand and brand not in seen):
        raise NotFound(f"there is no post {mention_id[:200]!r}; a digest shows the id of each")
    only = seen[0] if len(seen) == 1 else None
    return named(pipeline, mention_id, brand=brand or only)


def _page(
    request: Request,
    one: Keepable,
    *,
    problem: str = "",
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    best = one.best
    filled = {
        "question": one.question[:MAX_QUESTION_CHARACTERS],
        "url": best.url if best else "",
        "text": best.text if best and not best.url else "",
    }
    context = {"one": one, "problem": problem, **(typed or filled)}
    limits = {
        "most_question": MAX_QUESTION_CHARACTERS,
        "most_text": MAX_ANSWER_CHARACTERS,
        "most_compared": MOST_COMPARED,
    }
    return render(request, "keep_question.html", context | limits, status=status)

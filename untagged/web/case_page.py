"""The page of one case: conversation, reasons, trail, and the box to answer in."""

from typing import Any

from fastapi import Request, Response

from cases import desk, survey
from cases.case import CaseFile
from cases.playbook import playbook_of
from cases.tickets import tickets_of
from cases.tone import Checked
from mentions.mention import Mention
from untagged import replying
from untagged.beside import beside
from untagged.history import SHOWN
from untagged.pipeline import Pipeline
from untagged.web.case_teamwork import teamwork_of
from untagged.web.page import agent_of, clock_now, marked, pipeline_of, render
from untagged.web.seen import seen_history
from untagged.web.seen_store import seen_store
from untagged.web.visitor import scope_of

SNOOZES = ("1h", "4h", "1d")


def case_page(
    request: Request,
    number: int,
    *,
    text: str | None = None,
    template: str = "",
    is_private: bool | None = None,
    survey_link: str = "",
    noted: int = 0,
    doubted: tuple[int, str] = (0, ""),
) -> Response:
    """The case; with a text it is looked over, with a template alone the box is filled by it.

    `doubted` is a reply that was not handed over, and why one should look again.
    """
    pipeline, now = pipeline_of(request), clock_now()
    with pipeline.read() as connection:
        file = desk.show_case(connection, number)
        mention = replying.mention_of(pipeline, file.case)
        box = replying.reply_box(pipeline, connection, file, mention)
        context: dict[str, Any] = {
            "file": file,
            "case": file.case,
            "clock": desk.clock(file.case, now),
            "teams": pipeline.settings.teams,
            "snoozes": SNOOZES,
            "box": box,
            "playbook": playbook_of(file.case),
            "steps": desk.steps_of(connection, file.case),
            "answer": desk.answer_of(connection, number),
            "survey": survey.survey_of(connection, number),
            "survey_link": survey_link,
            "tickets": tickets_of(connection, number),
            "help_desks": [one.name for one in pipeline.settings.help_desks],
            "can_ask": bool(pipeline.settings.surveys.url),
            "reply_channels": pipeline.settings.replies.channels,
            "doubted": doubted,
            **teamwork_of(request, connection, file, noted),
        }
    known = beside(pipeline, file, mention, now=now, store=seen_store(request))
    history = seen_history(known.history, scope_of(request))
    context |= {"history": history, "record": known.record, "shown_posts": SHOWN}
    context["mentions"] = _mentions(pipeline, file)
    if text is None and template:
        agent = agent_of(request)
        text = replying.filled(pipeline.settings, file.case, mention, template, agent)
        is_private = replying.is_for_private(pipeline.settings, template)
    if is_private is None:
        is_private = box.advice is not None and box.advice.where == "private"
    context |= {"text": text or "", "template": template, "is_private": is_private}
    context |= {"checked": None, "marked_text": ""}
    if text:
        checked = replying.looked_over(
            file.case, mention, text, is_private=is_private, customer=known.customer
        )
        context |= checked_context(text, checked)
    page = render(request, "case.html", context, status=409 if doubted[0] else 200)
    if known.record is not None:
        page.headers["Cache-Control"] = "no-store"  # what a record says is kept on no disk
    return page


def _mentions(pipeline: Pipeline, file: CaseFile) -> dict[str, Mention | None]:
    """The posts of the case as they are in the store, but for deleted ones."""
    there = [post.mention_id for post in file.posts if post.deleted_at is None]
    return {mention_id: pipeline.store.get(mention_id) for mention_id in there}


def known_words(request: Request, number: int) -> str | None:
    """The words of a known answer; None for one that is an address, or is gone."""
    with pipeline_of(request).read() as connection:
        known = desk.known_answers(connection)
    return next((one.text for one in known if one.id == number and one.text), None)


def checked_context(text: str, checked: Checked) -> dict[str, Any]:
    """What `reply_check.html` shows."""
    spans = [(one.start, one.end) for one in checked.findings if one.end > one.start]
    return {"checked": checked, "marked_text": marked(text, spans)}

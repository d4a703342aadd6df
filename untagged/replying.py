"""Replying: what the case room needs of the store, the reading and the outbox to answer a post."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from alerts import outbox
from cases import desk, survey
from cases.case import Case, CaseFile, Priority
from cases.customers.port import Customer
from cases.drafts import COPIED, Reply
from cases.playbook import playbook_of
from cases.policy import SlaPolicy
from cases.replies import ReplyTemplate, fill, find_template, handle_of, load_templates, name_of
from cases.reply_policy import SURVEY_SECRET
from cases.suggesting import Suggestion, suggested
from cases.tone import Checked, Personal, Situation, check
from cases.venue import Advice, advised
from mentions.errors import NotFound, SettingsError, TryAgain
from mentions.mention import Mention
from nlp.personal_places import places_of_personal_data
from untagged.customers import facts_in
from untagged.escalating import agents_of
from untagged.pipeline import Pipeline
from untagged.reply_letters import letter_key
from untagged.settings import Settings

Mentions = Mapping[str, Mention]
"""Posts that are still there, by their ids."""
Decision = TypeVar("Decision")
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class ReplyBox:
    """What an agent has at hand to answer a case; without its post there is little.

    `problem` is what to mend before templates can be suggested, '' if they can.
    """

    mention: Mention | None
    suggestions: tuple[Suggestion, ...]
    advice: Advice | None
    answers: tuple[desk.KnownAnswer, ...]
    replies: tuple[Reply, ...]
    problem: str = ""


def mention_of(pipeline: Pipeline, case: Case) -> Mention | None:
    """The post that the case is about; None for an alert's, and once it was deleted."""
    return pipeline.store.get(case.mention_id) if case.mention_id else None


def reply_box(
    pipeline: Pipeline, connection: Any, file: CaseFile, mention: Mention | None
) -> ReplyBox:
    """Templates, advice, answers to like questions, and the replies so far."""
    case = file.case
    replies = tuple(desk.replies_of(connection, case.id, *file.merged))
    if mention is None:
        return ReplyBox(None, (), None, (), replies)
    # Posts without a name are not one author's.
    turns = sum(post.author == case.author for post in file.posts) if case.author else 1
    advice = advised(mention, turns=turns)
    templates, problem = _templates(pipeline.settings)
    playbook = playbook_of(case)
    best = suggested(
        templates,
        mention,
        tags=[*case.tags, advice.where],
        preferred=playbook.templates if playbook else (),
        uses=desk.template_uses(connection),
    )
    question = f"{mention.title} {mention.text}"
    answers = desk.suggested_answers(connection, question, brand=case.brand)
    return ReplyBox(mention, tuple(best), advice, tuple(answers), replies, problem)


def _templates(settings: Settings) -> tuple[tuple[ReplyTemplate, ...], str]:
    """The templates; a slip in a file that somebody is editing must not close the desk."""
    try:
        return load_templates(settings.reply_folder), ""
    except SettingsError as error:
        return (), str(error)


def filled(settings: Settings, case: Case, mention: Mention | None, name: str, agent: str) -> str:
    """The template called `name` for this case. Raises NotFound, SettingsError.

    Agents of the settings sign it; the name of a login or of the cockpit is nobody's signature.
    """
    template = find_template(load_templates(settings.reply_folder), name)
    signed = agent if agent in agents_of(settings) else ""
    return fill(template, _values(case, mention, signed))


def is_for_private(settings: Settings, name: str) -> bool:
    """Whether the template called `name` is made for private messages. Raises NotFound."""
    return "private" in find_template(load_templates(settings.reply_folder), name).about.tags


def looked_over(
    case: Case,
    mention: Mention | None,
    text: str,
    *,
    is_private: bool,
    customer: Customer | None = None,
) -> Checked:
    """The reply as its author and all who read along would take it.

    A public one that tells what the customer's record says gives it away.
    """
    situation = Situation(is_public=not is_private)
    if mention is not None:
        situation = Situation.of(mention, is_public=not is_private)
    personal = [Personal(*place) for place in places_of_personal_data(text)]
    personal += list(facts_in(text, customer, mention, besides=personal))
    playbook = playbook_of(case)
    if playbook is not None and playbook.voice == "serious":
        situation = replace(situation, is_serious=True)
    return check(
        text,
        lang=mention.lang if mention else case.lang,
        platform=mention.platform if mention and not is_private else "",
        situation=situation,
        personal=personal,
    )


def keep(
    pipeline: Pipeline,
    case_id: int,
    text: str,
    *,
    template: str = "",
    is_private: bool = False,
    now: datetime,
    actor: str,
) -> Reply:
    """Keep a reply; one that the template or the settings want a second yes for waits for it."""
    settings = pipeline.settings
    by_template = ""
    if template and find_template(load_templates(settings.reply_folder), template).about.approval:
        by_template = f"template {template!r} asks for it"

    def written(connection: Any, file: CaseFile, mentions: Mentions) -> Reply:
        mention, playbook = mentions.get(file.case.mention_id or ""), playbook_of(file.case)
        asks = playbook is not None and playbook.approval
        needs = f"playbook {file.case.playbook!r} asks for it" if asks else ""
        needs = needs or settings.replies.approval_for(mention) or by_template
        return desk.write(
            connection,
            case_id,
            text,
            template=template,
            is_private=is_private,
            needs=needs,
            teams=settings.teams,
            now=now,
            actor=actor,
        )

    return _decided(pipeline, case_id, written)


def hand_over(
    pipeline: Pipeline,
    number: int,
    *,
    to: str = COPIED,
    now: datetime,
    actor: str,
    anyway: bool = False,
) -> Reply:
    """Give the reply out: to be copied, or to a channel through the outbox, once.

    Raises Meanwhile if a colleague writes an answer, too, or has given one; not if `anyway`.
    """
    channels = pipeline.settings.replies.channels
    if to != COPIED and to not in channels:
        there = ", ".join((COPIED, *channels))
        raise NotFound(f"replies do not go to {to!r}; the settings have {there}")
    with pipeline.read() as connection:
        case = desk.show_case(connection, desk.read_reply(connection, number).case_id).case
    mention = mention_of(pipeline, case)
    with pipeline.begin() as connection:
        kept = desk.read_reply(connection, number)
        if kept.state != "handed" and not anyway:  # locks the case first, as whoever forgets does
            desk.refuse_collision(connection, kept.case_id, actor, now=now, since=kept.written_at)
        was = desk.read_reply(connection, number, for_change=True).state
        reply = desk.hand_over(connection, number, to=to, now=now, actor=actor)
        # The outbox forgets what it sent after a while, and would send it again.
        if to != COPIED and was != "handed":
            case = desk.show_case(connection, reply.case_id).case
            payload = _payload(pipeline.settings, case, mention, reply)
            key = letter_key(number, to)
            outbox.enqueue(connection, key=key, channel=to, kind="reply", payload=payload, now=now)
        return reply


def questions(
    pipeline: Pipeline, *, since: datetime, until: datetime, among: int | None = None
) -> list[tuple[Case, Mention]]:
    """Questions that were settled in the window without an answer to link to, the newest first.

    Of the `among` cases settled last, or of all.
    """
    with pipeline.read() as connection:
        settled = desk.resolved_without_answer(connection, since=since, until=until, limit=among)
    pairs = ((case, mention_of(pipeline, case)) for case in settled)
    return [
        (case, mention)
        for case, mention in pairs
        if mention and any(intent.label == "question" for intent in mention.intents)
    ]


def survey_link(pipeline: Pipeline, case_id: int, *, now: datetime, actor: str) -> str:
    """The address of the case's survey, made once. Raises Conflict, SettingsError."""
    policy = pipeline.settings.surveys
    if not policy.url:
        raise SettingsError(
            "there is no address for surveys; add `surveys: {url: https://…}`, where authors reach "
            "the page /survey of the cockpit"
        )

    def asked(connection: Any, file: CaseFile, mentions: Mentions) -> str:
        there = [mentions[post.mention_id] for post in file.posts if post.mention_id in mentions]
        return survey.ask(
            connection,
            case_id,
            secret=survey_secret(),
            topics=list(dict.fromkeys(topic for post in there for topic in post.topics)),
            troll=max((post.troll for post in there), default=0.0),
            valid=policy.valid,
            now=now,
            actor=actor,
        )

    return f"{policy.url.rstrip('/')}/survey/{_decided(pipeline, case_id, asked)}"


def _decided(
    pipeline: Pipeline, case_id: int, decide: Callable[[Any, CaseFile, Mentions], Decision]
) -> Decision:
    """What `decide` does in a transaction, with the case's posts, which were read before it.

    On SQLite all other writers wait for a transaction, and need not for the store as well.
    """
    for _ in range(_ATTEMPTS):
        with pipeline.read() as connection:
            seen = desk.show_case(connection, case_id).posts
        found = (pipeline.store.get(post.mention_id) for post in seen)
        mentions = {mention.id: mention for mention in found if mention is not None}
        with pipeline.begin() as connection:
            file = desk.show_case(connection, case_id)
            if file.posts == seen:
                return decide(connection, file, mentions)
    raise TryAgain(f"the conversation of case {case_id} is changing; try it again")


def survey_secret(environ: Mapping[str, str] = os.environ) -> str:
    """The secret that signs survey links. Raises SettingsError where it is not set."""
    if secret := environ.get(SURVEY_SECRET, ""):
        return secret
    raise SettingsError(f"set the environment variable {SURVEY_SECRET} where Untagged runs")


def _values(case: Case, mention: Mention | None, agent: str) -> dict[str, str]:
    orders = (
        [entity.text for entity in mention.entities if entity.label == "order"] if mention else []
    )
    return {
        "author": name_of(mention.author) if mention else "",
        "handle": handle_of(mention.author) if mention else "",
        "brand": case.brand,
        "agent": agent,
        "case": str(case.id),
        "expect": expected(SlaPolicy.from_terms(case.terms), case.priority),
        "order": orders[0] if orders else "",
    }


def expected(policy: SlaPolicy, priority: Priority) -> str:
    """'within 2 hours', from what is promised for the next response; '' without a promise.

    'within 2 working hours' where the clocks run in working time alone: no author is to wait for
    an answer at night that nobody promised.
    """
    promise = policy.promise("next_response", priority)
    if promise is None:
        return ""
    minutes = round(promise.total_seconds() / 60)
    sizes = ((1440, "day"), (60, "hour"), (1, "minute"))
    for size, word in sizes if policy.worked is None else sizes[1:]:
        if minutes and minutes % size == 0:
            number = minutes // size
            kind = "" if policy.worked is None else "working "
            return f"within {number} {kind}{word}{'s' if number != 1 else ''}"
    return ""


def _payload(
    settings: Settings, case: Case, mention: Mention | None, reply: Reply
) -> dict[str, Any]:
    return {
        "reply": reply.id,
        "case": case.id,
        "brand": case.brand,
        "platform": mention.platform if mention else "",
        "text": reply.text,
        "to": handle_of(mention.author) if mention else "",
        "in_reply_to": case.url,
        "mention_id": case.mention_id or "",
        "is_private": reply.is_private,
        "agent": reply.written_by,
        "approved_by": reply.approved_by,
        "link": f"{settings.cockpit.url}/cases/{case.id}",
        "team": case.team,
    }

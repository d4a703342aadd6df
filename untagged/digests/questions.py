"""Questions: what people ask most, what answered it, and what nobody has answered yet.

For whoever writes the help pages and the known answers: a question is kept with its best answer by
`untagged cases keep ID`, and from then on it is suggested to agents, and known here.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from alerts.digests.digest import Digest, Entry, Quote, Section
from mentions.brand import Brand
from mentions.errors import NotFound, UntaggedError
from mentions.mention import Mention
from mentions.times import said_duration
from nlp.clusters import cluster
from nlp.growth import growth
from nlp.wish_titles import sentence_among
from untagged.digests.asked import Asked
from untagged.digests.question_asking import Asking, Window, asking
from untagged.digests.question_groups import Cluster, QuestionGroup, Used
from untagged.digests.question_words import asking_sentence, without_tags
from untagged.digests.tallying import NEARLY_SAME, in_common
from untagged.digests.wording import said_count, said_period, said_share
from untagged.pipeline import Pipeline

SHOWN = 15
"""Groups of a section; the records hold all."""
QUOTED = 2
LEAST_PEOPLE = 2
"""What one person alone asked is no frequent question."""
ANSWERS_SHOWN = 3
TITLED_BY = 200
"""Texts of a group among which its title is looked for."""
TITLE_CHARACTERS, ANSWER_CHARACTERS = 140, 200
RISING = 2.0
"""One in a hundred questions rises so far by chance."""


def gather_questions(pipeline: Pipeline, asked: Asked, *, grouping: Cluster = cluster) -> Digest:
    """What was asked about a brand, or about all of them.

    Raises NotFound for an unknown brand, UntaggedError for a period that has not begun.
    """
    window = window_of(asked)
    found = [
        asking(pipeline, brand, window, team=asked.team, grouping=grouping)
        for brand in _brands(pipeline, asked.brand)
    ]
    every = sorted(
        (group for one in found for group in one.groups),
        key=lambda one: (not one.is_unanswered, -one.people, -len(one.posts), one.brand, one.id),
    )
    titles = {(one.brand, one.id): title_of_group(one) for one in every}
    told = [(titles[one.brand, one.id], one) for one in every if one.people >= LEAST_PEOPLE] or [
        (titles[one.brand, one.id], one) for one in every
    ]
    return Digest(
        kind="questions",
        title=f"Questions{f' about {asked.brand}' if asked.brand else ''}",
        since=asked.since,
        until=asked.until,
        lead=tuple(_lead(asked, found, told)),
        brand=asked.brand,
        team=asked.team,
        sections=tuple(_sections(told, window)) if every else (),
        records=tuple(_record(titles[one.brand, one.id], one, window) for one in every),
    )


def window_of(asked: Asked) -> Window:
    """The period, as far as it has come, and the one before. Raises UntaggedError."""
    until = min(asked.until, asked.now)
    if until <= asked.since:
        raise UntaggedError("there is no time between since and until; ask for a period that began")
    return Window(asked.since - (until - asked.since), asked.since, until, asked.now)


def title_of_group(group: QuestionGroup) -> str:
    """The one of its questions that says most clearly what they all ask, whole."""
    if len(group.posts) == 1:
        return _as_title(without_tags(asking_sentence(group.posts[0])))
    step = max(1, len(group.posts) // TITLED_BY)
    texts = [without_tags(asking_sentence(post)) for post in group.posts[::step]]
    lang = group.posts[0].lang
    said = sentence_among(texts, "en" if lang in ("", "und") else lang)
    return _as_title(said)


def _as_title(said: str) -> str:
    return _cut(said[:1].upper() + said[1:], TITLE_CHARACTERS)


def _brands(pipeline: Pipeline, asked: str | None) -> list[Brand]:
    brands = {one.name: one for one in pipeline.settings.brands}
    if asked is not None and asked not in brands:
        raise NotFound(f"there is no brand {asked!r}; the settings have {', '.join(brands)}")
    return [brands[asked]] if asked is not None else list(brands.values())


Told = Sequence[tuple[str, QuestionGroup]]


def _lead(asked: Asked, found: Sequence[Asking], told: Told) -> Iterator[str]:
    count = sum(one.questions for one in found)
    before = _before(found)
    of = f" about {asked.brand}" if asked.brand else ""
    if not count:
        was = f"; {said_count(before, 'question')} in the period before" if before else ""
        yield f"No questions{of} in {said_period(asked.since, asked.until)}{was}."
        return
    open_ones = [(title, one) for title, one in told if one.is_unanswered]
    if open_ones:
        title, first = open_ones[0]
        asked_by = said_count(first.people, "person asks", "people ask")
        number = said_count(len(open_ones), "frequent question")
        yield f"Nobody has answered {number} yet; {asked_by} “{title}”."
    waiting = sum(len(one.waiting) for group in found for one in group.groups)
    people = said_count(sum(one.people for one in found), "person", "people")
    was = f" ({before:,} in the period before)" if before is not None else ""
    wait = f"{waiting:,} of them wait for an answer"
    groups = sum(len(one.groups) for one in found)
    different = f", {groups:,} different ones" if groups < count else ""
    yield f"{said_count(count, 'question')}{of}{was} by {people}{different}; {wait}."
    rising = [(title, one) for title, one in told if is_rising(one)]
    if rising:
        title, first = max(rising, key=lambda one: (one[1].people, one[0]))
        people = f"by {first.people:,} people, {first.before:,} before"
        yield f"Asked more than before: “{title}”, {people}."
    known = sum(len(one.posts) for _, one in told if one.known is not None)
    if known:
        yield f"{said_share(known / count)} of the questions have a known answer."
    if left_out := sum(one.left_out for one in found):
        yield f"{left_out:,} questions were too many to be read; ask for a shorter period."


def _before(found: Sequence[Asking]) -> int | None:
    """Questions of the period before; None where one of the brands was not listened to then."""
    counts = [one.questions_before for one in found]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def is_rising(group: QuestionGroup) -> bool:
    """Whether more people ask it than before, by more than chance explains."""
    if group.before is None or group.people <= group.before:
        return False
    return growth(group.people, [group.before]).score >= RISING


def _sections(told: Told, window: Window) -> Iterator[Section]:
    several = len({one.brand for _, one in told}) > 1
    parts = (
        (
            "Nobody has answered yet",
            "Write the answer, then keep it with the question: the entry leads there.",
            [one for one in told if one[1].is_unanswered],
        ),
        (
            "Answered, and not known yet",
            "Keep the best answer, and agents get it suggested: the entry leads there.",
            [one for one in told if not one[1].is_unanswered and one[1].known is None],
        ),
        ("Known", "", [one for one in told if one[1].known is not None]),
    )
    for number, (title, text, some) in enumerate(parts):
        if some or number == 0:
            yield Section(
                title,
                text=(text if some else "") + _rest(len(some)),
                entries=tuple(
                    _entry(name, one, window, with_brand=several) for name, one in some[:SHOWN]
                ),
            )


def _rest(count: int) -> str:
    if not count:
        return "Every frequent question has an answer."
    return f" Shown are {SHOWN} of {count:,}." if count > SHOWN else ""


def _entry(title: str, group: QuestionGroup, window: Window, *, with_brand: bool) -> Entry:
    words = title.rstrip("…").casefold()
    says_it = [post for post in group.posts if words in f"{post.title} {post.text}".casefold()]
    # The plainest first: "who else? 'Does Acme take pets?' (via @bea)" quotes another's question.
    plainest = sorted(says_it, key=lambda post: len(post.text))[:1]
    shown: list[Mention] = []
    for post in (*plainest, *group.waiting, *group.posts):
        is_new = all(in_common(post.text, one.text) <= NEARLY_SAME for one in shown)
        if is_new and len(shown) < QUOTED:
            shown.append(post)
    return Entry(
        title,
        facts=tuple(_facts(group, window, with_brand=with_brand)),
        quotes=tuple(Quote.of(post) for post in shown),
        id=group.id,
        status=status_of(group),
        href="" if group.known else f"/questions/keep?{_address(group)}",
    )


def _address(group: QuestionGroup) -> str:
    return urlencode({"id": group.id, "brand": group.brand})


def status_of(group: QuestionGroup) -> str:
    """'known', 'unanswered' or 'answered'."""
    if group.known is not None:
        return "known"
    return "unanswered" if group.is_unanswered else "answered"


def _facts(group: QuestionGroup, window: Window, *, with_brand: bool) -> Iterator[str]:
    rising = ", more than chance explains" if is_rising(group) else ""
    was = "" if group.before is None else f", {group.before:,} before{rising}"
    yield f"{said_count(group.people, 'person', 'people')}{was}"
    if with_brand:
        yield group.brand
    wait = group.longest_wait(window.now)
    if wait is not None:
        count, whole = len(group.waiting), len(group.posts)
        many = "nobody has answered" if group.is_unanswered else f"{count:,} of {whole:,} wait"
        yield f"{many}, the first has waited {said_duration(wait)}"
    if group.known is not None:
        yield f"known answer: {_said(group.known.url, group.known.text, group.known.title)}"
    # Answers to the questions of the period before count as well, and help who asks now.
    earlier = " in the period before" if len(group.waiting) == len(group.posts) else ""
    for one in group.used[:ANSWERS_SHOWN]:
        yield f"answered {said_count(one.times, 'time')}{earlier}: {_used(one)}"


def _used(one: Used) -> str:
    said = _said(one.url, one.text, one.title)
    return f"{said} (template {one.template})" if one.template else said


def _said(url: str, text: str, title: str) -> str:
    if url:
        return f"{title}, {url}" if title else url
    return f"“{_cut(' '.join(text.split()), ANSWER_CHARACTERS)}”"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


def _record(title: str, group: QuestionGroup, window: Window) -> dict[str, Any]:
    wait, best, known = group.longest_wait(window.now), group.best, group.known
    return {
        "id": group.id,
        "brand": group.brand,
        "question": title,
        "status": status_of(group),
        "people": group.people,
        "people_before": group.before,
        "rising": is_rising(group),
        "questions": len(group.posts),
        "waiting": len(group.waiting),
        "longest_wait_seconds": None if wait is None else wait.total_seconds(),
        "lang": group.posts[0].lang,
        "known_answer": None if known is None else known.url or known.text,
        "best_answer": None if best is None else best.url or best.text,
        "answers_used": [
            {"url": one.url, "text": one.text, "template": one.template, "times": one.times}
            for one in group.used
        ],
        "mentions": [post.id for post in group.posts],
    }

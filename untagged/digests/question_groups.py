"""Groups of questions that ask the same, with who asked, what answered them and who still waits."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.answered import Settled
from cases.desk import KnownAnswer
from mentions.facets import author_key
from mentions.mention import Mention
from untagged.digests.question_words import unnamed

AGREED = 0.5
"""A group is known where at least half of its questions get the same answer first."""
ASKED_OF = 9
"""Questions of a group that are asked for their answer, spread evenly."""


@dataclass(frozen=True, slots=True)
class Used:
    """An answer that was given to questions of a group: an address, or the words of a reply.

    `template` is the one that the words came from, '' if none.
    """

    url: str
    text: str
    title: str
    template: str
    times: int


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Questions of a brand that ask the same: those of the period, oldest first.

    `id` is that of the first of them, the period before included. `before` counts the people who
    asked it then, None where that was not listened to. `waiting` are the questions that nobody has
    answered.
    """

    id: str
    brand: str
    posts: tuple[Mention, ...]
    before: int | None
    waiting: tuple[Mention, ...]
    used: tuple[Used, ...]
    known: KnownAnswer | None

    @property
    def people(self) -> int:
        """Distinct authors of the period."""
        return _people(self.posts)

    @property
    def is_unanswered(self) -> bool:
        """Nobody has ever answered one of them, and no answer is known."""
        is_waiting = len(self.waiting) == len(self.posts)
        return is_waiting and not self.used and self.known is None

    @property
    def best(self) -> Used | None:
        """The answer to keep."""
        return best_of(self.used)

    def longest_wait(self, now: datetime) -> timedelta | None:
        """How long the first of those who wait has waited."""
        return now - self.waiting[0].published if self.waiting else None


Cluster = Callable[..., list[int]]
"""(texts, langs=…) -> the group of each; see nlp.clusters."""
Suggested = Callable[[str], Sequence[KnownAnswer]]
"""The known answers to a question, the best first."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What is known of how questions were answered, by their ids."""

    settled: Mapping[str, Settled]
    public: Mapping[str, Sequence[Mention]]


@dataclass(frozen=True, slots=True)
class Span:
    """Since when questions are told, and the moment they are looked at.

    `is_comparable` says whether the time before was listened to.
    """

    since: datetime
    now: datetime
    is_comparable: bool = True


def best_of(used: Iterable[Used]) -> Used | None:
    """The answer to keep: the most used address, else the most used words."""
    return next(iter(sorted(used, key=lambda one: (not one.url, -one.times))), None)


def groups(
    brand: str,
    posts: Sequence[Mention],
    labels: Sequence[int],
    answered: Answered,
    span: Span,
    *,
    suggested: Suggested,
) -> list[QuestionGroup]:
    """The groups with a question of the period, the one that most people ask first."""
    together: dict[int, list[Mention]] = defaultdict(list)
    for post, label in zip(posts, labels, strict=True):
        together[label].append(post)
    ordered = (
        sorted(some, key=lambda post: (post.published, post.id)) for some in together.values()
    )
    made = (_group(brand, some, answered, span, suggested) for some in ordered)
    found = [one for one in made if one is not None]
    return sorted(found, key=lambda one: (-one.people, -len(one.posts), one.id))


def is_answered(post: Mention, settled: Settled | None, *, now: datetime) -> bool:
    """Whether somebody answered the post by `now`, in public or in its case."""
    at = settled.after(post.published) if settled is not None else None
    return any(moment is not None and moment <= now for moment in (post.answered_at, at))


def _group(
    brand: str,
    posts: Sequence[Mention],
    answered: Answered,
    span: Span,
    suggested: Suggested,
) -> QuestionGroup | None:
    """The group of some posts, oldest first; None where nobody asked it since then."""
    asked = [post for post in posts if post.published >= span.since]
    if not asked:
        return None
    settled = answered.settled
    return QuestionGroup(
        id=posts[0].id,
        brand=brand,
        posts=tuple(asked),
        before=_people(posts[: len(posts) - len(asked)]) if span.is_comparable else None,
        waiting=tuple(
            one for one in asked if not is_answered(one, settled.get(one.id), now=span.now)
        ),
        used=tuple(used_answers(posts, answered, now=span.now)),
        known=_known(asked, suggested),
    )


def used_answers(posts: Sequence[Mention], answered: Answered, *, now: datetime) -> list[Used]:
    """Each answer that was given by `now`, the most used first; a case counts once."""
    given: Counter[tuple[str, str, str, str]] = Counter()
    seen: set[int] = set()
    for post in posts:
        settled = answered.settled.get(post.id)
        if settled is not None and settled.case_id not in seen:
            seen.add(settled.case_id)
            given.update(_of_case(settled, post, now))
        given.update(
            ("", unnamed(reply.text, post.author), "", "")
            for reply in answered.public.get(post.id, ())
            if reply.published <= now
        )
    found = [Used(*parts, times) for parts, times in given.items()]
    return sorted(found, key=lambda one: (-one.times, one.url, one.text))


def _of_case(settled: Settled, post: Mention, now: datetime) -> Iterable[tuple[str, str, str, str]]:
    """The address that settled it, or else the words that were handed over."""
    answer, resolved_at = settled.answer, settled.resolved_at
    if answer is not None and resolved_at is not None and resolved_at <= now:
        return [(answer.url, answer.text, answer.title, "")]
    return [
        ("", unnamed(reply.text, post.author), "", reply.template)
        for reply in settled.replies
        if reply.handed_at is not None and reply.handed_at <= now
    ]


def _known(posts: Sequence[Mention], suggested: Suggested) -> KnownAnswer | None:
    """What is suggested first for most of them; one that is suggested for a few is not meant."""
    step = max(1, len(posts) // ASKED_OF)
    sample = posts[::step][:ASKED_OF]
    first = [next(iter(suggested(f"{post.title} {post.text}")), None) for post in sample]
    answers = {one.id: one for one in first if one is not None}
    if not answers:
        return None
    times = Counter(one.id for one in first if one is not None)
    number, count = min(times.items(), key=lambda one: (-one[1], one[0]))
    return answers[number] if count >= AGREED * len(sample) else None


def _people(posts: Iterable[Mention]) -> int:
    return len({author_key(post) for post in posts})

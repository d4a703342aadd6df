"""Sarcasm: a hint that the praise in a post is none, from cheap signs. A hint, not a verdict."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from nlp.cues import Hit, together
from nlp.plain import Plain
from nlp.post import extend, post_of

SAID_FROM = 0.5
IDIOM_FROM = 0.5
"""A phrase that weighs less is plain praise, and needs a trouble after it."""
TROUBLE_REACH = 8
"""Words between praise and the trouble it mocks: "great job, my bag is in Oslo and I am not"."""
_TURNS_LISTED = """
    but after despite although though fixed resolved sorted handled handling helped fixing
    resolving restoring solving sorting quick quickly thanks with when during aber nach trotz
    pero tras aunque mais après malgré ma dopo nonostante mas depois apesar
"""
TURNS = frozenset(_TURNS_LISTED.split())
"""Words between the two that make the praise meant: "great help after my delay"."""

_QUOTED = re.compile(
    r'"(?:great|good|best|customer|premium|priority|express|fast|quick|free|service|help|support'
    r"|helpful|quality|luxury|super|guten?|toller?|schnelle?|servicio|atención|service"
    r'|servizio|atendimento|serviço)\b[^"\n]{0,20}"',
    re.IGNORECASE,
)
_TONE_TAG = re.compile(r"(?:^|\s)/s\s*$")
_FACES = "🙄🙃👏"


@dataclass(frozen=True, slots=True)
class Hint:
    """How likely sarcasm is, and the signs of it."""

    likelihood: float
    reason: str

    @property
    def is_likely(self) -> bool:
        """Whether it is worth telling."""
        return self.likelihood >= SAID_FROM


def hint_of_sarcasm(found: Mapping[str, Sequence[Hit]], post: Plain) -> Hint:
    """The hint for a post, given what the list of sarcasm found in its words."""
    signs = [*_tagged(found, post.prose), *_said(found, post.words), *_written(post.text)]
    return Hint(
        round(together(weight for weight, _ in signs), 3),
        ", ".join([said for _, said in signs][:3]),
    )


def _tagged(found: Mapping[str, Sequence[Hit]], prose: str) -> Iterator[tuple[float, str]]:
    tags = found.get("hashtag")
    if tags:
        lowered = prose.casefold()
        yield from ((tag.cue.weight, f"#{tag.said}") for tag in tags if tag.said not in lowered)


def _said(found: Mapping[str, Sequence[Hit]], words: Sequence[str]) -> Iterator[tuple[float, str]]:
    troubles = found.get("trouble", ())
    told: list[Hit] = []
    for hit in (*found.get("praised", ()), *found.get("said", ())):
        if any(hit.start < other.end and other.start < hit.end for other in told):
            continue
        if hit.cue.weight >= IDIOM_FROM:
            told.append(hit)
            yield hit.cue.weight, f"'{hit.said}'"
        elif trouble := _mocked(hit, troubles, words):
            told.append(hit)
            yield (
                together((hit.cue.weight, trouble.cue.weight)),
                f"'{hit.said}' for '{trouble.said}'",
            )


def _mocked(praise: Hit, troubles: Sequence[Hit], words: Sequence[str]) -> Hit | None:
    for trouble in troubles:
        between = words[praise.end : trouble.start]
        if (
            trouble.start >= praise.end
            and len(between) <= TROUBLE_REACH
            and TURNS.isdisjoint(between)
        ):
            return trouble
    return None


def _written(text: str) -> Iterator[tuple[float, str]]:
    if _TONE_TAG.search(text[-8:]):
        yield 0.9, "'/s'"
    if '"' in text and (quoted := _QUOTED.search(text)):
        yield 0.4, f"in quotes: {quoted.group()}"
    if not text.isascii() and (faces := [face for face in _FACES if face in text]):
        yield 0.3, faces[0]


class SarcasmComponent:
    """Marks documents whose praise may be none."""

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.sarcastic`."""
        post = post_of(doc)
        plain = post.plain
        text, found = plain.text, post.signals.get("sarcasm")
        # Nearly every post stops here: no phrase, plain signs only.
        if not found and text.isascii() and '"' not in text and "/s" not in text[-8:]:
            return doc
        hint = hint_of_sarcasm(found or {}, plain)
        if hint.is_likely:
            post.sarcastic = True
            post.reasons["sarcastic"] = hint.reason
        return doc


extend("sarcastic", default=False)


@Language.factory("sarcasm", assigns=["doc._.sarcastic"], requires=["doc._.plain", "doc._.signals"])
def make_sarcasm(nlp: Language, name: str) -> SarcasmComponent:  # noqa: ARG001  spaCy's factory signature
    """A hint of sarcasm from phrases and signs."""
    return SarcasmComponent()

"""Reader: mentions in, mentions out with what was read in them, one for one.

Importing this loads no spaCy: who only names a Reader should not wait two seconds.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from mentions.collected import MAX_RAW_CHARACTERS, Reject
from mentions.mention import Mention
from mentions.merge import corrected
from nlp.post import KEY, Post, post_of
from nlp.record import answer, answer_unread, as_mention

NAMES_BRANDS = "brand"
"""The component after which it is known which brands a post names."""

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

BATCH = 128
"""Mentions read together. A component's tables come into the processor's cache once a batch: 32
take 8 % longer a post, 512 next to nothing less."""


class Reader:
    """Reads mentions with a pipeline of components."""

    def __init__(self, pipeline: "Language") -> None:
        self.pipeline = pipeline
        self._spare: list[Doc] = []

    def read(
        self, mentions: Iterable[Mention], *, batch_size: int = BATCH, only_named: bool = False
    ) -> Iterator[Mention | Reject]:
        """Each mention with its read fields, or why it could not be read; in order, one for one.

        A mention that names no brand comes back with no `brands`; with `only_named` nothing but its
        language is read besides, which is most of the work on a stream about everything. What a
        person corrected stays.
        """
        waiting = iter(mentions)
        while batch := list(islice(waiting, batch_size)):
            yield from self._read_batch(batch, only_named=only_named)

    def read_text(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """What came in, with what was read in its `text`. Every text gets an answer.

        Of what came in, `title`, `lang`, `platform`, `author`, `reply_to`, `kind` and `rating`
        are heeded as far as they make sense.
        """
        mention = as_mention(record)
        if mention is None:
            return {**record, **answer_unread("holds no text")}
        (read,) = self.read([mention])
        if isinstance(read, Reject):
            return {**record, **answer_unread(read.reason)}
        return {**record, **answer(read)}

    def _read_batch(
        self, batch: Sequence[Mention], *, only_named: bool
    ) -> Iterator[Mention | Reject]:
        docs = self._documents(batch)
        failed: dict[int, str] = {}
        places = list(range(len(docs)))
        # One component after the other over the batch, not one post after the other as
        # `Language.pipe` goes: each component's tables stay in the processor's cache, a quarter
        # faster (bench/reading.py).
        for name, component in self.pipeline.pipeline:
            failures = _failures(name, component, [docs[place] for place in places])
            if failures:
                failed |= {places[at]: reason for at, reason in failures.items()}
                places = [place for place in places if place not in failed]
            if only_named and name == NAMES_BRANDS:
                places = [place for place in places if _is_about_a_brand(docs[place])]
        for place, (mention, doc) in enumerate(zip(batch, docs, strict=True)):
            reason = failed.get(place)
            yield _rejected(mention, reason) if reason else _with_reading(mention, doc)
        if len(self._spare) < BATCH:
            self._spare += [doc for doc in docs if not len(doc)]

    def _documents(self, batch: "Sequence[Mention]") -> "list[Doc]":
        """The mentions ready for the first component, tokenised if any of them reads tokens."""
        from nlp.tokeniser import reads_tokens  # noqa: PLC0415  see above

        if reads_tokens(self.pipeline):
            docs = [self.pipeline.make_doc(_raw(mention)) for mention in batch]
        else:
            docs = [self._blank() for _ in batch]
        for doc, mention in zip(docs, batch, strict=True):
            doc.user_data = {KEY: _post(mention)}
        return docs

    def _blank(self) -> "Doc":
        """A document without tokens, one that was read before where there is any.

        Without tokens one is like another, and to build and free one takes 7 µs of a post's 270.
        """
        from spacy.tokens import Doc  # noqa: PLC0415  see above

        try:
            return self._spare.pop()
        except IndexError:
            return Doc(self.pipeline.vocab)


def _is_about_a_brand(doc: "Doc") -> bool:
    post = post_of(doc)
    return bool(post.brands or post.mention.corrections)


def _raw(mention: Mention) -> str:
    return f"{mention.title}\n{mention.text}" if mention.title else mention.text


def _post(mention: Mention) -> Post:
    """What components find on a document before the first of them has read it.

    `doc._.mention` is the mention as it came, `doc._.raw` its title and text (`doc.text` puts them
    together from tokens at every call), `doc._.reasons` what each component decided on.
    """
    post = Post()
    post.mention, post.raw, post.reasons = mention, _raw(mention), {}
    return post


def _failures(
    name: str, component: "Callable[[Doc], Doc]", docs: "Sequence[Doc]"
) -> dict[int, str]:
    """Run a component on documents; which of them it could not read, and why.

    One that has a `pipe`, as spaCy has it, gets all at once. Where that fails each is read alone.
    """
    pipe = getattr(component, "pipe", None)
    if pipe is not None:
        try:
            for _ in pipe(docs, batch_size=len(docs)):
                pass
        except Exception:  # noqa: BLE001  which post it was is found below
            pipe = None
    failures: dict[int, str] = {}
    if pipe is None:
        for at, doc in enumerate(docs):
            try:
                component(doc)
            except Exception as error:  # noqa: BLE001  whatever it trips over costs one post only
                failures[at] = f"{name} could not read it: {type(error).__name__}: {error}"
    return failures


def _rejected(mention: Mention, reason: str) -> Reject:
    raw = json.dumps(mention.to_json(), ensure_ascii=False)[:MAX_RAW_CHARACTERS]
    return Reject(source=mention.source, reason=reason, raw=raw)


def _with_reading(mention: Mention, doc: "Doc") -> Mention:
    said = post_of(doc)
    return corrected(
        mention.model_copy(
            update={
                "lang": said.lang,
                "brands": said.brands,
                "sentiment": said.sentiment,
                "intents": said.intents,
                "topics": said.topics,
                "entities": said.entities,
                "contains_personal_data": said.contains_personal_data,
                "abusive": said.abusive,
                "troll": said.troll,
                "sarcastic": said.sarcastic,
                "needs_reply": said.needs_reply,
                "severity": said.severity,
                "reasons": dict(said.reasons),
            }
        )
    )

"""Brand: which brands a post names, where, and whether it addresses them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from mentions.answer import Answer
from mentions.brand import Brand
from mentions.mention import BrandMatch, Mention
from mentions.query.matcher import QueryMatcher
from mentions.query.parser import parse_query
from mentions.query.reading import Reading, holds
from mentions.query.spans import spans_in
from mentions.query.tree import And, Exists, Node, Not, Or, Range, Value
from mentions.tokens import Token
from nlp.brand_context import Context, Span
from nlp.brand_owned import Owned
from nlp.brand_rewriting import chosen, rewritten
from nlp.brand_spelling import Spellings
from nlp.post import extend, post_of
from nlp.record import as_mention
from nlp.relevance import Evidence, Judge, learnt

QUOTED = 3
"""Places of a name that a reason quotes."""


@dataclass(frozen=True, slots=True)
class Named:
    """The brands that a post names, and a short sentence about each decision."""

    brands: tuple[BrandMatch, ...]
    reason: str
    is_own_account: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a brand's name stands, and what was written otherwise (as written -> the name)."""

    spans: tuple[Span, ...]
    otherwise: Mapping[str, str]


class BrandReader:
    """Finds any number of brands in a post at once."""

    def __init__(self, brands: Sequence[Brand], answers: Sequence[Answer] = ()) -> None:
        queries = {brand.name: parse_query(brand.query) for brand in brands}
        self._names = list(queries)
        self._trees = [query.tree for query in queries.values()]
        self._matcher = QueryMatcher(queries)
        self._order = {name: place for place, name in enumerate(self._names)}
        self._contexts = {brand.name: Context(brand) for brand in brands}
        self._owned = Owned(brands)
        self._spellings = Spellings(brands, self._trees)
        self.asks_lang = any(map(_asks_lang, self._trees))
        self._answered: dict[tuple[str, ...], dict[str, bool]] = {}
        self._judges = self._learn(answers)

    def read(self, mention: Mention, handles: Iterable[str]) -> Named:
        """The brands of a mention whose text addresses `handles`, in the order of settings."""
        reading = Reading(mention)
        found = {
            name: _Found(tuple(spans), {})
            for name, spans in self._matcher.match_in(reading).items()
        }
        self._add_otherwise_written(found, reading)
        addressed = self._owned.addressed(mention, handles, mention.text)
        own = self._owned.by(mention)
        said = self._said_by_people(reading)
        if not (found or addressed or own or said):
            return _NOBODY
        named, reasons = [], []
        every = {*found, *addressed, *own, *(name for name, is_meant in said.items() if is_meant)}
        for name in sorted(every, key=self._order.__getitem__):
            where = found.get(name, _NOWHERE)
            if name in said:
                is_meant, why = said[name], "as a person said of this text"
            elif name in own:
                is_meant, why = True, "is the author"
            elif name in addressed:
                is_meant, why = True, f"addressed as {addressed[name]}"
            else:
                is_meant, why = self._is_meant(name, reading, where)
            reasons.append(f"{name} {why}" if is_meant else f"{name} left out: {why}")
            if is_meant:
                named.append(BrandMatch(name=name, tagged=name in addressed, spans=where.spans))
        return Named(tuple(named), "; ".join(reasons), bool(own))

    def _add_otherwise_written(self, found: dict[str, _Found], reading: Reading) -> None:
        """Names that the queries did not find, since they are written otherwise."""
        likely = {
            word: spelt
            for word in self._spellings.unknown(reading.vocabulary)
            if (spelt := self._spellings.stands_for(word))
        }
        if not likely:
            return
        text = reading.mention.text
        instead: dict[int, dict[Token, str]] = {}
        for token in reading.tokens:
            for meant in chosen(token, text, likely.get(token.text, ()), self._spellings):
                instead.setdefault(meant.brand, {})[token] = meant.written_out
        for number, names in instead.items():
            again = rewritten(text, reading.tokens, names)
            asked = Reading(reading.mention.model_copy(update={"text": again.text}))
            if not holds(self._trees[number], asked):
                continue
            name = self._names[number]
            spans = [again.original(*span) for span in self._spans(number, asked)]
            known = found.get(name, _NOWHERE).spans
            otherwise = {text[token.start : token.end]: names[token] for token in names}
            found[name] = _Found(tuple(_joined((*known, *spans))), otherwise)

    def _spans(self, number: int, reading: Reading) -> list[Span]:
        return spans_in(self._trees[number], reading.mention.text, reading.tokens)

    def _is_meant(self, name: str, reading: Reading, where: _Found) -> tuple[bool, str]:
        context, judge = self._contexts[name], self._judges.get(name)
        text = reading.mention.text
        texts = list(dict.fromkeys(text[start:end] for start, end in where.spans[:QUOTED]))
        quoted = ", ".join(f"'{one}'" for one in texts)
        why = f"named as {quoted}" if quoted else "matched by its query"
        if where.otherwise:
            read = [f"'{had}' read as '{meant}'" for had, meant in where.otherwise.items()]
            why += f" ({', '.join(read[:QUOTED])})"
        if judge is not None:
            return _judged(judge, self._evidence(name, reading, where.spans), quoted, why)
        if not context.has_other or not texts:
            return True, why
        around = context.around(reading.mention.title, reading.tokens, where.spans)
        if around.within:
            return False, f"{quoted} within '{around.within}'"
        if not around.other or any(context.is_whole(text[s:e]) for s, e in where.spans):
            return True, why
        if around.own:
            return True, f"{why}, near '{around.own[0]}'"
        return False, f"{quoted} near '{around.other[0]}'"

    def _evidence(self, name: str, reading: Reading, spans: Sequence[Span]) -> Evidence:
        context, text = self._contexts[name], reading.mention.text
        around = context.around(reading.mention.title, reading.tokens, spans)
        return Evidence(
            own=around.own,
            other=(*around.other, around.within) if around.within else around.other,
            words=tuple(dict.fromkeys(word for word in around.near if not word.startswith("\n"))),
            is_named=bool(spans),
            is_whole=any(context.is_whole(text[start:end]) for start, end in spans),
            links=text.count("://"),
            handles=text.count("@"),
            hashtags=text.count("#"),
        )

    def _said_by_people(self, reading: Reading) -> Mapping[str, bool]:
        """Brand -> whether a person said that this very text means it."""
        if not self._answered or not reading.text_row:  # a text of signs is like any other
            return {}
        return self._answered.get(tuple(reading.text_row), {})

    def _learn(self, answers: Sequence[Answer]) -> dict[str, Judge]:
        """Answers about brands that the settings do not have are left alone: they may come back."""
        examples: dict[str, list[tuple[Evidence, bool]]] = {}
        for answer in sorted(answers, key=lambda each: (each.brand, each.text)):  # rounding's sake
            mention = as_mention({"text": answer.text})
            if mention is None or answer.brand not in self._order:
                continue
            reading = Reading(mention)
            self._answered.setdefault(tuple(reading.text_row), {})[answer.brand] = (
                answer.is_relevant
            )
            spans = self._spans(self._order[answer.brand], reading)
            evidence = self._evidence(answer.brand, reading, spans)
            examples.setdefault(answer.brand, []).append((evidence, answer.is_relevant))
        judges = {name: learnt(given) for name, given in examples.items()}
        return {name: judge for name, judge in judges.items() if judge is not None}


def _judged(judge: Judge, evidence: Evidence, quoted: str, why: str) -> tuple[bool, str]:
    judged = judge.judge(evidence)
    said = ", ".join(judged.because) or "the kind of post"
    doubt = f", unsure ({judged.chance:.0%})" if judged.is_unsure else ""
    learning = f"learnt from {judge.answers} answers ({said}){doubt}"
    if judged.is_relevant:
        return True, f"{why}, {learning}"
    return False, f"{quoted}, {learning}" if quoted else learning


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _asks_lang(node: Node) -> bool:
    match node:
        case And(parts) | Or(parts):
            return any(map(_asks_lang, parts))
        case Not(part):
            return _asks_lang(part)
        case Value(field) | Exists(field) | Range(field):
            return field == "lang"
    return False


_NOWHERE = _Found((), {})
_NOBODY = Named((), "")


class BrandComponent:
    """Says which brands each document names."""

    def __init__(self, reader: BrandReader) -> None:
        self._reader = reader

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.brands` and `doc._.is_own_account`."""
        post = post_of(doc)
        mention = post.mention
        if self._reader.asks_lang:  # a copy costs a fifth of the whole component
            mention = mention.model_copy(update={"lang": post.lang})
        named = self._reader.read(mention, post.plain.handles)
        post.brands = named.brands
        post.is_own_account = named.is_own_account
        if named.reason:
            post.reasons["brands"] = named.reason
        return doc


extend("brands", default=())
extend("is_own_account", default=False)


@Language.factory(
    "brand",
    assigns=["doc._.brands", "doc._.is_own_account"],
    requires=["doc._.plain", "doc._.lang"],
)
def make_brand(
    nlp: Language,  # noqa: ARG001  spaCy's factory signature
    name: str,  # noqa: ARG001  the same
    brands: list[dict[str, Any]],
    answers: list[dict[str, Any]],
) -> BrandComponent:
    """Brand matching for `brands`, each as its JSON: spaCy's settings hold nothing else.

    `answers` are those of people, as mappings.
    """
    return BrandComponent(
        BrandReader(
            [Brand.model_validate(brand) for brand in brands],
            [Answer(**answer) for answer in answers],
        )
    )

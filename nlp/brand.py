"""Brand: which brands a post names, where, and whether it addresses them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from mentions.brand import Brand
from mentions.mention import BrandMatch, Mention
from mentions.query.matcher import QueryMatcher
from mentions.query.parser import parse_query
from mentions.tokens import words

Span = tuple[int, int]
ANYWHERE = ""
"""Where a handle is owned that names no platform."""


@dataclass(frozen=True, slots=True)
class Named:
    """The brands that a post names, and a short sentence about each decision."""

    brands: tuple[BrandMatch, ...]
    reason: str
    is_own_account: bool = False


@dataclass(frozen=True, slots=True)
class _Listened:
    """A brand with its words as the token lists that they are compared as."""

    brand: Brand
    context: tuple[tuple[str, ...], ...]
    not_context: tuple[tuple[str, ...], ...]

    @classmethod
    def to(cls, brand: Brand) -> "_Listened":
        return cls(brand, _phrases(brand.context), _phrases(brand.not_context))

    def is_unmistakable(self, text: str) -> bool:
        """A handle, several words or a name of several run together: no fruit and no river."""
        name = words(self.brand.name)
        run_together = len(name) > 1 and "".join(name) in text.casefold()
        return text.startswith("@") or len(text.split()) > 1 or run_together


class BrandReader:
    """Finds any number of brands in a post at once."""

    def __init__(self, brands: Sequence[Brand]) -> None:
        self._listened = {brand.name: _Listened.to(brand) for brand in brands}
        self._matcher = QueryMatcher({brand.name: parse_query(brand.query) for brand in brands})
        self._order = {brand.name: place for place, brand in enumerate(brands)}
        self._owned = {where: _owned(brands, where) for where in _platforms(brands)}

    def read(self, mention: Mention, handles: Iterable[str]) -> Named:
        """The brands of a mention whose text addresses `handles`, in the order of settings."""
        owned = self._owned.get(mention.platform, self._owned[ANYWHERE])
        addressed = _addressed(mention, handles, owned)
        matched = self._matcher.match(mention)
        author = mention.author.handle.removeprefix("@").casefold()
        own = owned.get(author, []) if author else []
        named, said = [], []
        for name in sorted({*matched, *addressed, *own}, key=self._order.__getitem__):
            spans = tuple(matched.get(name, ()))
            is_meant, why = True, f"addressed as @{addressed.get(name)}"
            if name in own:
                why = "is the author"
            elif name not in addressed:
                is_meant, why = self._is_meant(name, mention, spans)
            said.append(f"{name} {why}")
            if is_meant:
                named.append(BrandMatch(name=name, tagged=name in addressed, spans=spans))
        return Named(tuple(named), "; ".join(said), bool(own))

    def _is_meant(self, name: str, mention: Mention, spans: Sequence[Span]) -> tuple[bool, str]:
        listened = self._listened[name]
        found = [mention.text[start:end] for start, end in spans]
        quoted = ", ".join(dict.fromkeys(f"'{text}'" for text in found[:3]))
        why = f"named as {quoted}" if quoted else "matched by its query"
        if not listened.not_context or not found or any(map(listened.is_unmistakable, found)):
            return True, why
        tokens = words(f"{mention.title}\n{mention.text}")
        other = _first_of(listened.not_context, tokens)
        if other is None:
            return True, why
        own = _first_of(listened.context, tokens)
        if own is not None:
            return True, f"{why}, near '{own}'"
        return False, f"left out: {quoted} stands near '{other}'"


def _platforms(brands: Iterable[Brand]) -> set[str]:
    return {ANYWHERE, *(platform for brand in brands for platform in brand.platforms)}


def _owned(brands: Iterable[Brand], platform: str) -> dict[str, list[str]]:
    """Owned handle -> the brands that own it, on this platform."""
    owned: dict[str, list[str]] = {}
    for brand in brands:
        for handle in brand.handles_on(platform):
            # Mastodon shows '@acme@example.social' as '@acme' in the text of a post.
            for shown in {handle, handle.partition("@")[0]}:
                owned.setdefault(shown, []).append(brand.name)
    return owned


def _addressed(
    mention: Mention, handles: Iterable[str], owned: Mapping[str, list[str]]
) -> dict[str, str]:
    """Brand -> the owned handle that the post addresses, by name or as the one replied to."""
    if not owned:
        return {}
    replied = mention.reply_to.removeprefix("@").casefold()
    addressed: dict[str, str] = {}
    for handle in (*handles, replied):
        for name in owned.get(handle, ()):
            addressed.setdefault(name, handle)
    return addressed


def _phrases(listed: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(phrase for phrase in (tuple(words(text)) for text in listed) if phrase)


def _first_of(phrases: Iterable[tuple[str, ...]], tokens: Sequence[str]) -> str | None:
    present = set(tokens)
    for phrase in phrases:
        if present.issuperset(phrase) and _stands_in(phrase, tokens):
            return " ".join(phrase)
    return None


def _stands_in(phrase: tuple[str, ...], tokens: Sequence[str]) -> bool:
    size = len(phrase)
    return size == 1 or any(
        tuple(tokens[at : at + size]) == phrase for at in range(len(tokens) - size + 1)
    )


class BrandComponent:
    """Says which brands each document names."""

    def __init__(self, reader: BrandReader) -> None:
        self._reader = reader

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.brands` and `doc._.is_own_account`."""
        post = doc._
        mention = post.mention.model_copy(update={"lang": post.lang})
        named = self._reader.read(mention, post.plain.handles)
        post.brands = named.brands
        post.is_own_account = named.is_own_account
        if named.reason:
            post.reasons["brands"] = named.reason
        return doc


Doc.set_extension("brands", default=(), force=True)
Doc.set_extension("is_own_account", default=False, force=True)


@Language.factory(
    "brand",
    assigns=["doc._.brands", "doc._.is_own_account"],
    requires=["doc._.plain", "doc._.lang"],
)
def make_brand(nlp: Language, name: str, brands: list[dict[str, Any]]) -> BrandComponent:  # noqa: ARG001  spaCy's factory signature
    """Brand matching for `brands`, each as its JSON: spaCy's settings hold nothing else."""
    return BrandComponent(BrandReader([Brand.model_validate(brand) for brand in brands]))

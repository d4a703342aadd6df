"""Going on: posts in which somebody who named a brand says more, without naming it again.

"Still nothing, and now they charged me twice" under one's own complaint, or under the brand's
answer to it, is about the brand, too. A conversation that was answered waits again with it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from mentions.mention import BrandMatch, Mention
from mentions.query.tree import Or, Query, Value
from mentions.store import MentionStore


def going_on(
    unnamed: Iterable[Mention],
    named: Iterable[Mention],
    *,
    store: MentionStore,
    is_owned: Callable[[Mention], bool],
) -> list[Mention]:
    """Those of the `unnamed` posts that go on what their author said, with its brands.

    What they answer is looked for among the `named` ones of the same chunk and in the store.
    """
    posts = sorted(filter(_above, unnamed), key=lambda mention: (mention.published, mention.id))
    if not posts:
        return []
    known = {mention.id: mention for mention in named}
    _look_up(known, store, [name for post in posts for name in _above(post)])
    answers = [mention for mention in known.values() if is_owned(mention)]
    _look_up(known, store, [name for answer in answers for name in _above(answer)])
    found = []
    for post in posts:
        begun = next((each for each in _begun(post, known) if _is_by_the_same(post, each)), None)
        if begun is not None and not is_owned(begun):
            known[post.id] = _about_the_same(post, begun)
            found.append(known[post.id])
    return found


def _above(post: Mention) -> list[str]:
    """The ids of what it answers and of what its conversation began with."""
    prefix = f"{post.source}:"
    names = [name for name in (post.reply_to, post.thread) if name]
    ids = [name if name.startswith(prefix) else prefix + name for name in names]
    return [name for name in dict.fromkeys(ids) if name != post.id]


def _begun(post: Mention, known: dict[str, Mention]) -> Iterator[Mention]:
    """What stands above it, and above that: its author's own words may be either."""
    above = [known[name] for name in _above(post) if name in known]
    yield from above
    yield from (known[name] for each in above for name in _above(each) if name in known)


def _look_up(known: dict[str, Mention], store: MentionStore, ids: Iterable[str]) -> None:
    missing = [one for one in dict.fromkeys(ids) if one not in known]
    if missing:
        wanted = Query("what they answer", Or(tuple(Value("id", one) for one in missing)))
        known |= {mention.id: mention for mention in store.iterate(wanted)}


def _is_by_the_same(post: Mention, other: Mention) -> bool:
    its, others = _names(post), _names(other)
    return any(one and one == another for one, another in zip(its, others, strict=True))


def _names(post: Mention) -> Sequence[str]:
    return post.author.id, post.author.handle.casefold()


def _about_the_same(post: Mention, begun: Mention) -> Mention:
    brands = tuple(BrandMatch(name=brand.name) for brand in begun.brands)
    said = f"goes on what its author said about {', '.join(brand.name for brand in brands)}"
    return post.model_copy(
        update={
            "brands": brands,
            # So that it joins the case of its conversation, where the platform names none.
            "thread": post.thread or begun.thread or begun.reply_to or begun.native_id,
            "reasons": {**post.reasons, "brands": said},
        }
    )

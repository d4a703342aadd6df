"""Addressing: a reply to a post of an owned account addresses the brand, as a handle in it would.

Most platforms name in a reply the post that it answers, not its author, so only the store knows.
"""

from collections.abc import Iterable, Sequence

from mentions.brand import Brand
from mentions.mention import Mention
from mentions.query.tree import Or, Query, Value
from mentions.store import MentionStore


def addressing(
    named: Sequence[Mention], *, brands: Sequence[Brand], store: MentionStore
) -> list[Mention]:
    """The mentions, tagged where they reply to a post of an account of a brand that they name.

    What they reply to is looked for among themselves and in the store.
    """
    replies = [post for post in named if post.reply_to and not all(b.tagged for b in post.brands)]
    if not replies:
        return list(named)
    known = {mention.id: mention for mention in named}
    _look_up(known, store, (_answered(post) for post in replies))
    owners = {
        mention_id: {b.name for b in brands if b.owns(mention.author.handle, mention.platform)}
        for mention_id, mention in known.items()
    }
    # An account that goes on below its own post addresses nobody.
    return [_tagged(post, owners.get(_answered(post), set()) - owners[post.id]) for post in named]


def _answered(post: Mention) -> str:
    prefix = f"{post.source}:"
    return post.reply_to if post.reply_to.startswith(prefix) else prefix + post.reply_to


def _look_up(known: dict[str, Mention], store: MentionStore, ids: Iterable[str]) -> None:
    missing = [one for one in dict.fromkeys(ids) if one not in known]
    if missing:
        wanted = Query("what they answer", Or(tuple(Value("id", one) for one in missing)))
        known |= {mention.id: mention for mention in store.iterate(wanted)}


def _tagged(post: Mention, owners: set[str]) -> Mention:
    new = [brand.name for brand in post.brands if brand.name in owners and not brand.tagged]
    if not new:
        return post
    brands = tuple(
        brand.model_copy(update={"tagged": True}) if brand.name in new else brand
        for brand in post.brands
    )
    said = f"{post.reasons.get('brands', '')}; replies to {', '.join(new)}".removeprefix("; ")
    return post.model_copy(update={"brands": brands, "reasons": {**post.reasons, "brands": said}})

"""Marking: tags that mentions get as they come in, so that routing and search can ask for them."""

from collections.abc import Sequence

from mentions.mention import Mention
from untagged.watches.regulators import regulators_in

REGULATOR = "regulator"
SAID = 3
"""Names that a reason says; more is no reason any more."""


def marked(mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions, `tag:regulator` on those that name a body of the list of regulators.

    A tag stays, as tags do, also when an edit takes the name out.
    """
    return [
        _with_tag(mention, names) if names else mention
        for mention, names in zip(mentions, regulators_in(mentions), strict=True)
    ]


def _with_tag(mention: Mention, names: Sequence[str]) -> Mention:
    tags = tuple(dict.fromkeys((*mention.tags, REGULATOR)))
    reasons = {**mention.reasons, REGULATOR: f"names {', '.join(names[:SAID])}"}
    return mention.model_copy(update={"tags": tags, "reasons": reasons})

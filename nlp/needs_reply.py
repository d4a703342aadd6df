"""Needs reply: whether somebody should answer a post, and why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from spacy.language import Language
from spacy.tokens import Doc

from mentions.mention import BrandMatch, Sentiment
from nlp.danger import Danger
from nlp.post import extend, post_of
from nlp.severity import LIKELY_FROM
from nlp.unread import OWN_ACCOUNT

ANSWERED_INTENTS: Mapping[str, str] = MappingProxyType(
    {
        "incident": "reports an incident",
        "complaint": "complains",
        "bug_report": "reports a fault",
        "churn_risk": "may leave",
        "question": "asks",
        "purchase_intent": "wants to buy",
    }
)
"""What gets an answer, most urgent first, and how it is said."""

_ANSWERED = frozenset(ANSWERED_INTENTS)

ANSWERED_DANGERS: Mapping[str, str] = MappingProxyType(
    {
        "people": "tells of danger",
        "data": "tells of lost data",
        "money": "tells of lost money",
        "law": "names the law",
        "press": "names the press",
    }
)


@dataclass(frozen=True, slots=True)
class Reply:
    """Whether a post needs a reply, and what that was decided on."""

    is_needed: bool
    reason: str


NOTHING_ASKED = Reply(False, "asks for nothing")


def reply_needed(
    intents: Collection[str],
    dangers: Sequence[Danger] = (),
    *,
    is_angry_address: bool = False,
    is_article: bool = False,
    is_own_account: bool = False,
) -> Reply:
    """A post by somebody else who complains, asks, reports, tells of danger, may leave or buy.

    One that addresses the brand in anger is answered whatever it wants. An article is not: nobody
    waits below it.
    """
    if is_own_account:
        return Reply(False, OWN_ACCOUNT)
    if "spam" in intents:
        return Reply(False, "looks like spam")
    if is_article:
        return Reply(False, "an article, which nobody answers")
    if not dangers and not is_angry_address and _ANSWERED.isdisjoint(intents):
        return NOTHING_ASKED
    said = [why for label, why in ANSWERED_INTENTS.items() if label in intents]
    if dangers:
        told = {danger.kind for danger in dangers if danger.confidence >= LIKELY_FROM}
        said += [why for kind, why in ANSWERED_DANGERS.items() if kind in told]
    if is_angry_address:
        said.append("addresses the brand and is unhappy")
    return Reply(True, " and ".join(said[:3])) if said else NOTHING_ASKED


class NeedsReplyComponent:
    """Says whether somebody should answer each document."""

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.needs_reply`."""
        post = post_of(doc)
        reply = reply_needed(
            [intent.label for intent in post.intents],
            post.dangers,
            is_angry_address=_is_tagged(post.brands) and _is_unhappy(post.sentiment),
            is_article=post.mention.kind == "article",
            is_own_account=post.is_own_account,
        )
        if reply.is_needed:
            post.needs_reply = True
        post.reasons["needs_reply"] = reply.reason
        return doc


def _is_tagged(brands: Sequence[BrandMatch]) -> bool:
    return any(brand.tagged for brand in brands) if brands else False


def _is_unhappy(sentiment: Sentiment) -> bool:
    return sentiment.label == "negative" and not sentiment.unsure


extend("needs_reply", default=False)


@Language.factory(
    "needs_reply",
    assigns=["doc._.needs_reply"],
    requires=["doc._.intents", "doc._.dangers", "doc._.sentiment", "doc._.is_own_account"],
)
def make_needs_reply(nlp: Language, name: str) -> NeedsReplyComponent:  # noqa: ARG001  spaCy's factory signature
    """Needs-reply from intents, dangers, mood and author."""
    return NeedsReplyComponent()

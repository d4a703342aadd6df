"""Needs reply: whether somebody should answer a post, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from spacy.language import Language
from spacy.tokens import Doc

from mentions.mention import Intent

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


@dataclass(frozen=True, slots=True)
class Reply:
    """Whether a post needs a reply, and what that was decided on."""

    is_needed: bool
    reason: str


def reply_needed(intents: tuple[Intent, ...], *, is_own_account: bool) -> Reply:
    """A post by somebody else that complains, asks, reports or is about to leave or to buy."""
    if is_own_account:
        return Reply(False, "own account")
    wanted = {intent.label for intent in intents}
    if "spam" in wanted:
        return Reply(False, "looks like spam")
    said = [why for label, why in ANSWERED_INTENTS.items() if label in wanted]
    if not said:
        return Reply(False, "asks for nothing")
    return Reply(True, " and ".join(said[:3]))


class NeedsReplyComponent:
    """Says whether somebody should answer each document."""

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.needs_reply`."""
        post = doc._
        reply = reply_needed(post.intents, is_own_account=post.is_own_account)
        post.needs_reply = reply.is_needed
        post.reasons["needs_reply"] = reply.reason
        return doc


Doc.set_extension("needs_reply", default=False, force=True)


@Language.factory(
    "needs_reply",
    assigns=["doc._.needs_reply"],
    requires=["doc._.intents", "doc._.is_own_account"],
)
def make_needs_reply(nlp: Language, name: str) -> NeedsReplyComponent:  # noqa: ARG001  spaCy's factory signature
    """Needs-reply from intents and author."""
    return NeedsReplyComponent()

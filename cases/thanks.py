"""Thanks: what somebody says when all is well, which needs no answer. Pure."""

import re

from mentions.mention import Mention

LONGEST_THANKS = 120
"""Characters. Who writes more says more than thanks."""
_THANKS = re.compile(
    r"""\b(?: thanks | thank\s+(?:you|u) | thx | tysm | cheers | appreciated? | got\s+it
      | all\s+(?:good|sorted) | solved | danke\w* | vielen\s+dank | merci | gracias | grazie
      | obrigad[oa] | dank\s+(?:je|u) | bedankt | tack | tak | takk | kiitos | dziękuj\w+ | dzięki
      | děkuj\w+ | teşekkür\w* | спасибо | дякую )\b
      | 谢谢 | 謝謝 | ありがとう | 감사 | شكرا | תודה | धन्यवाद | ขอบคุณ
      | [\U0001f64f\U0001f44d\u2764]""",
    re.IGNORECASE | re.VERBOSE,
)


def no_reply_needed(mention: Mention) -> str:
    """Why nobody has to answer what the author goes on to say, '' if somebody has.

    Only what was read as needing no answer, and is thanks or praise: "my booking is LH123" asks
    for nothing either, and waits.
    """
    if mention.needs_reply or "?" in mention.text or _is_unhappy(mention):
        return ""
    if any(intent.label in ("praise", "spam") for intent in mention.intents[:1]):
        return f"reads as {mention.intents[0].label}"
    words = mention.text.strip()
    if len(words) <= LONGEST_THANKS and _THANKS.search(words):
        return "says thanks"
    return ""


def _is_unhappy(mention: Mention) -> bool:
    return mention.sentiment is not None and mention.sentiment.label == "negative"

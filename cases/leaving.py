"""Leaving: an author who was answered once as if sincere, and goes on without anything concrete."""

from cases.case import Case
from cases.conversation import words_of
from cases.playbook import Playbook, playbook_of
from mentions.mention import Mention

CONCRETE_BELOW = 0.3
"""Likelihood of a troll below which a post is answered again. Of two that shout or insult, the one
that names a flight, an order and a topic has 0.2 of the other's (nlp/abuse.py)."""
LEFT = "answered once; leave it"
WORST = 1


def left_alone(case: Case, mention: Mention) -> str:
    """Why nobody answers what the author goes on to say, '' if somebody does.

    Danger is looked at whoever tells of it: insults come with smoke in the cabin, too.
    """
    playbook = playbook_of(case)
    if playbook is None or not playbook.answer_once or case.first_reply_at is None:
        return ""
    goes_on = _is_theirs(case, mention) and mention.published > case.first_reply_at
    is_vague = mention.troll >= CONCRETE_BELOW and not _is_danger(mention)
    return LEFT if goes_on and is_vague else ""


def is_of_another(playbook: Playbook | None, case: Case, mention: Mention) -> bool:
    """Whether it is for a troll who has a word in somebody else's case: these are answered."""
    return playbook is not None and playbook.answer_once and not _is_theirs(case, mention)


def _is_theirs(case: Case, mention: Mention) -> bool:
    return case.author != "" and words_of(mention)["author"] == case.author


def _is_danger(mention: Mention) -> bool:
    is_incident = any(intent.label == "incident" for intent in mention.intents)
    return is_incident or mention.severity == WORST

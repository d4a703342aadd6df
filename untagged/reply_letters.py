"""Letters of replies: what the outbox holds of the words that went to a channel."""

from typing import Any

from alerts import outbox
from cases import desk


def letter_key(reply: int, channel: str) -> str:
    """The key of the one letter that takes the reply to the channel."""
    return f"reply:{reply}:{channel}"


def forget_letters(connection: Any, case_id: int) -> None:
    """Delete the letters of the case's replies whose words were forgotten with a post.

    What was still to be sent is not sent any more: whoever it was for has gone.
    """
    merged = desk.show_case(connection, case_id).merged
    keys = [
        letter_key(reply.id, reply.handed_to)
        for reply in desk.replies_of(connection, case_id, *merged)
        if reply.handed_to and not reply.text
    ]
    outbox.forget(connection, keys)

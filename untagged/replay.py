"""Replay: respond at every step of a past window, as if live, into a database thrown away after."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Protocol

from untagged.events import Event
from untagged.responding import Moment


class Responds(Protocol):
    """What a replay drives: the same responder that runs live."""

    def respond(self, moment: Moment) -> Iterator[Event]:
        """Everything that is due at the moment."""


def replayed(
    responder: Responds,
    *,
    since: datetime,
    until: datetime,
    step: timedelta,
    looked: Callable[[datetime], None] = lambda _now: None,
) -> Iterator[Event]:
    """Events at since+step, since+2*step, … up to and including `until`, in order.

    Nothing that was published or answered at or after a step is seen at it. `looked` is called
    after each step.
    """
    previous, now = since, since + step
    while now <= until:
        yield from responder.respond(Moment(now, previous))
        looked(now)
        previous, now = now, now + step

"""Every error the project raises on purpose, in one tree.

What may be tried again is a type (`TryAgain`), never a message. An adapter translates its
driver's errors into these and chains the cause. A message says what to do next.
"""

from dataclasses import dataclass, fields


class UntaggedError(Exception):
    """The root: anything below it has a message written for the person who reads it."""


class TryAgain(UntaggedError):
    """The same call may succeed later; nothing was half done."""

    def __init__(self, message: str, *, after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds


class StoreUnavailable(TryAgain):
    """The mention store or the operations database did not answer, or is full."""


class SourceUnavailable(TryAgain):
    """A source did not answer, refused for now, or answered something unreadable."""


class SourceBusy(SourceUnavailable):
    """A source has had too many requests; asking it for more now makes it worse."""


class SourceResting(SourceUnavailable):
    """A source was not asked, as its host wants to be left alone."""


class PassEnded(SourceResting):
    """The pass has no time left; the next one goes on."""


class DeliveryDelayed(TryAgain):
    """A notification could not be sent now."""


class DeliveryRefused(UntaggedError):
    """A notification will never be accepted as it is; it becomes a dead letter."""


class StoreError(UntaggedError):
    """The store refused: wrong mapping, wrong version, damaged file."""


class NotFound(UntaggedError):
    """There is no such mention, case or alert."""


class NotAllowed(UntaggedError):
    """Who asks may not do this, or is nobody we know."""


class Conflict(UntaggedError):
    """Somebody else changed it first, or its state does not allow this."""


class Outdated(Conflict):
    """It is no longer what was decided on; whoever looks again may decide again."""


class SettingsError(UntaggedError):
    """The settings are wrong; the message names file, line and what was expected."""


class SourceRefused(UntaggedError):
    """A source will not serve us until somebody changes its settings or credentials."""


class PostGone(SourceRefused):
    """A source has nothing at this address any more, or never had."""


class BadPost(UntaggedError):
    """One post cannot be read; it goes to quarantine with this reason."""


@dataclass(eq=False)
class QueryError(UntaggedError):
    """A query cannot be understood.

    `position` and `length` are in characters of `query`; `expected` says what would do.
    `suggestion` is what was probably meant to stand there. `is_open` says that something which
    begins there was never closed.
    """

    query: str
    position: int
    message: str
    length: int = 1
    expected: str = ""
    suggestion: str = ""
    is_open: bool = False

    def __post_init__(self) -> None:
        super().__init__(str(self))

    def __str__(self) -> str:
        said = f"{self.message} at character {self.position + 1}"
        return f"{said}; expected {self.expected}" if self.expected else said

    def __reduce__(self) -> tuple[type["QueryError"], tuple[object, ...]]:
        """A copy for another process holds the same fields."""
        return QueryError, tuple(getattr(self, field.name) for field in fields(self))

    @property
    def is_unfinished(self) -> bool:
        """Whether what is typed next, behind the query, may still mend it."""
        return self.is_open or self.position + self.length >= len(self.query.rstrip())

    @property
    def mended(self) -> str:
        """The query with the suggestion in its place, or nothing."""
        behind = self.query[self.position + self.length :]
        return self.query[: self.position] + self.suggestion + behind if self.suggestion else ""

    def pointed(self) -> str:
        """The query with a caret under the place, on two lines."""
        line = self.query.replace("\n", " ").replace("\t", " ")
        return f"{line}\n{' ' * self.position}{'^' * max(1, self.length)}"

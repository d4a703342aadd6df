"""Sentences in parts: English as they stand, and for a page to say in its reader's language.

What is found deep in a room is told in letters and commands in English, and on pages by their
reader's language. Both are the same text with places (`%(name)s`), which is what is translated.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Union

from mentions.times import said_duration


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, said in percent."""

    part: float


Value = Union["Sentence", Share, timedelta, date, int, str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """`many` is the form of other counts than one, '' where nothing is counted by `number`."""

    text: str
    values: tuple[tuple[str, Value], ...] = ()
    many: str = ""
    number: int = 0

    def __str__(self) -> str:
        text = self.many if self.many and self.number != 1 else self.text
        return text % {name: _english(value) for name, value in self.values}


def sentence(text: str, **values: Value) -> Sentence:
    """The sentence with these values; `make messages` takes the text to be translated from here."""
    return Sentence(text, tuple(values.items()))


def counted_sentence(one: str, many: str, number: int, **values: Value) -> Sentence:
    """The same, in the form that goes with the number, which is `%(n)s` in it."""
    return Sentence(one, (("n", number), *values.items()), many, number)


def in_english(several: Iterable[Sentence]) -> str:
    """One behind the other."""
    return " ".join(map(str, several))


def _english(value: Value) -> str:
    match value:
        case Share(part):
            return f"{part:.0%}"
        case timedelta():
            return said_duration(value)
        case date():
            return f"{value:%A} {value.day} {value:%b}"
        case int():
            return f"{value:,}"
        case _:
            return str(value)

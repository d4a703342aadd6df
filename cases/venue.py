"""Venue: whether to answer in public or in a private message, and why.

In public, unless account details are needed, the post holds personal data, or the matter has
taken more than a few turns already: what is answered in public helps all who read along.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from mentions.mention import Mention

FEW_TURNS = 3
"""Posts of the author in one case; from so many on, the matter is not settled in passing."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Where to answer, and the reasons."""

    where: Literal["public", "private"]
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.where}: {'; '.join(self.reasons)}"


def advised(mention: Mention, *, turns: int = 1) -> Advice:
    """Where to answer a post; `turns` is how many posts its author wrote in the case."""
    reasons = []
    if mention.contains_personal_data:
        kinds = mention.reasons.get("contains_personal_data", "")
        reasons.append(f"the post holds personal data{f' ({kinds})' if kinds else ''}")
    if any(entity.label == "order" for entity in mention.entities):
        reasons.append("it names an order or booking, which you will have to look up")
    elif words := account_words(mention):
        reasons.append(f"account details are needed (“{words[0]}”)")
    if turns >= FEW_TURNS:
        reasons.append(f"the author has written {turns} times: it will take more turns")
    if reasons:
        return Advice("private", tuple(reasons))
    return Advice("public", ("no account details are needed, and others may have the question",))


def account_words(mention: Mention) -> list[str]:
    """The words of the post by which it asks to look into an account."""
    pattern = _patterns().get(mention.lang)
    return pattern.findall(f"{mention.title} {mention.text}") if pattern else []


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    path = Path(__file__).with_name("lexicon") / "account.yaml"
    by_lang = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        lang: re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
        for lang, words in by_lang.items()
    }

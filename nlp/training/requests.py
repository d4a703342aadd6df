"""The requests of our own (requests_en.txt): groups of texts that ask for the same thing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from nlp.training.data import Row
from nlp.training.intent_rows import OWN

Kind = Literal["feature", "bug", "churn", "none", "service"]
REQUESTS_FILE = Path(__file__).with_name("requests_en.txt")
HEADING, COMMENT = "== ", "//"
SAID_OF: dict[Kind, dict[str, bool]] = {
    "feature": {"feature_request": True},
    "bug": {"feature_request": False, "bug_report": True},
    "churn": {"feature_request": False},
    "none": {"feature_request": False, "bug_report": False},
    "service": {"feature_request": False},
}
"""Of which intents a group's kind says whether its texts have them."""


@dataclass(frozen=True, slots=True)
class Group:
    """Texts that ask for one thing of one trade; of kind none and service they ask for no one."""

    trade: str
    name: str
    kind: Kind
    texts: list[str] = field(default_factory=list)

    @property
    def is_one_thing(self) -> bool:
        """Whether its texts belong together."""
        return self.kind not in {"none", "service"}


def groups(file: Path = REQUESTS_FILE) -> list[Group]:
    """All groups, in the order of the file."""
    found: list[Group] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith(HEADING):
            trade, _, name = line.removeprefix(HEADING).partition(" | ")
            found.append(Group(trade.strip(), name.strip(), _kind(name.strip())))
        elif not line.startswith(COMMENT):
            found[-1].texts.append(line)
    return found


def rows(known: Iterable[Group]) -> list[Row]:
    """The texts as rows of `nlp.training.intent_rows`; `says` is what is known of their intents."""
    return [
        {"text": text, "source": OWN, "app": f"own {group.trade}", "says": SAID_OF[group.kind]}
        for group in known
        for text in group.texts
    ]


def _kind(name: str) -> Kind:
    match name.partition(":"):
        case "none" | "service" as kind, "", "":
            return kind
        case "bug" | "churn" as kind, ":", _:
            return kind
        case _:
            return "feature"

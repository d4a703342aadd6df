"""Sentences of free software in many languages: what its translators wrote.

For languages in which no labelled posts may be used, this is what a language model learns from.
Read from unpacked wheels: gettext catalogues (Django and its kin) and JSON translations (Home
Assistant's frontend). The model card names the packages and their licences.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CODES = {
    **dict.fromkeys(("nb", "nn"), "no"),
    "ckb": "ku",
    "zh_Hans": "zh",
    "zh_Hant": "zh",
}
"""Where a package's name for a language is not the part before '_' or '-'."""
SHORTEST = 8

_MESSAGE = re.compile(r'msgstr(?:\[\d\])? "(.*)"')
_NOT_SAID = re.compile(
    r"%\([^)]*\)[sd]|%[sd]|\{[^{}]*\}|</?[^<>]*>|\\n|\\\"|&[a-z]+;|https?://\S+|`[^`]*`|[\\{}]"
)
_HASH = re.compile(r"-[0-9a-f]{32}\Z")


def sentences(folder: Path) -> Iterator[tuple[str, str]]:
    """(language, sentence) of every catalogue below `folder`, each once, in a fixed order.

    Sentences that stand in an English catalogue too were never translated and are English only.
    """
    found: dict[tuple[str, str], None] = {}
    for path in sorted(folder.rglob("*.po")) + sorted(folder.rglob("translations/**/*.json")):
        lang = language_of(path)
        said = _gettext(path) if path.suffix == ".po" else _strings(json.loads(path.read_bytes()))
        for sentence in map(_plain, said):
            if len(sentence) >= SHORTEST:
                found[lang, sentence] = None
    for lang, sentence in found:
        if lang == "en" or ("en", sentence) not in found:
            yield lang, sentence


def language_of(path: Path) -> str:
    """The language of a catalogue by its place: '…/locale/pt_BR/…' or '…/pt-BR-<hash>.json'."""
    if path.suffix == ".po":
        name = path.parts[path.parts.index("locale") + 1]
    else:
        name = _HASH.sub("", path.stem)
    return CODES.get(name) or re.split("[_-]", name)[0]


def _gettext(path: Path) -> Iterator[str]:
    said = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if opened := _MESSAGE.fullmatch(line):
            yield said
            said = opened[1]
        elif line.startswith('"'):
            said += line[1:-1]
        else:
            yield said
            said = ""
    yield said


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)


def _plain(sentence: str) -> str:
    # A catalogue's first message is its header.
    return "" if "Content-Type:" in sentence else " ".join(_NOT_SAID.sub(" ", sentence).split())

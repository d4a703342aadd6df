"""The languages that the cockpit speaks, and the mark of what there is to translate."""

from types import MappingProxyType

ENGLISH = "en"
LANGUAGES = MappingProxyType({ENGLISH: "English", "ar": "العربية"})
"""Each language that is complete, by its code, as its own readers call it."""


def msgid(text: str) -> str:
    """The text as it is; the mark tells the extractor that it is translated where it is shown."""
    return text


def msgid_about(_about: str, text: str) -> str:
    """The same for a word that other languages tell apart by what it is about."""
    return text

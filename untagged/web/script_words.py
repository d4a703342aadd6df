"""What the scripts of the pages say, handed to them as data: no script is written into a page."""

from babel import Locale

from untagged.languages import ENGLISH, msgid
from untagged.web.reader import Reader, catalog

SAID = (
    msgid("Case %(number)s is shown beside the list"),
    msgid("There is something newer; it is shown when you are done."),
    msgid("The cockpit could not look at this just now; press Check to try again."),
    msgid("The cockpit could not look at this query just now; Search may still answer."),
    msgid("You are logged out."),
    msgid("Log in"),
    msgid("What may stand here"),
    msgid("It was not corrected (%(why)s). Try again."),
    msgid("no answer"),
    msgid("With the ticked cases"),
)


SAMPLES = range(101)
"""Among these every category of a language is met that whole numbers have."""


def ngettext(one: str, many: str) -> tuple[str, str]:
    """The two English forms as they are; the name is what the extractor looks for."""
    return one, many


COUNTED = (
    ngettext("With %(n)s ticked", "With %(n)s ticked"),
    ngettext("%(n)s suggestion, arrow down to choose", "%(n)s suggestions, arrow down to choose"),
)


def script_words(reader: Reader) -> dict[str, str | dict[str, str]]:
    """By the English text what `words.js` shows; of what is counted a form for each of CLDR's
    categories, as `Intl.PluralRules` names them.
    """
    known = catalog(reader.language)
    counted: dict[str, str | dict[str, str]] = {
        many: _forms(reader.language, one, many) for one, many in COUNTED
    }
    if reader.language == ENGLISH:
        return counted
    return counted | {text: known.gettext(text) for text in SAID}


def _forms(language: str, one: str, many: str) -> dict[str, str]:
    known, category = catalog(language), Locale.parse(language).plural_form
    return {category(number): known.ngettext(one, many, number) for number in SAMPLES}

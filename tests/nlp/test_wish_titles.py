"""Titles say what is wanted, whole and not turned round."""

import pytest

from nlp.wish_titles import is_poor, sentence_among, title_of


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Still no dark mode. Come on, how hard can it be", "Dark mode"),
        ("Why is there no gift wrapping?", "Gift wrapping"),
        ("No more plastic bags please", "No more plastic bags"),
        ("An option for no substitutions would be nice", "No substitutions"),
        ("no ads please", "No ads"),
    ],
)
def test_what_is_only_lacking_is_not_said_to_be_unwanted(text: str, title: str) -> None:
    assert title_of([text]) == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("I'd love to see Kestrel on my apple watch", "Kestrel on my apple watch"),
        ("Please raise the savings rate", "Raise the savings rate"),
        ("Please add a family plan", "Family plan"),
        ("a dark mode please", "Dark mode"),
    ],
)
def test_the_last_word_of_a_name_is_not_cut(text: str, title: str) -> None:
    assert title_of([text]) == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Kestrel should add a map of cash machines", "Map of cash machines"),
        ("Kestrel Bank should let us share a bill", "Share a bill"),
        ("Kestrel please support applepay, I never carry a wallet", "Applepay"),
        ("Font size should be adjustable", "Font size should be adjustable"),
        ("THE HOTSPOT DIES AFTER TEN MINUTES", "Hotspot dies after ten minutes"),
        ("PDF export please", "PDF export"),
    ],
)
def test_who_should_give_it_is_left_out_and_nothing_is_shouted(text: str, title: str) -> None:
    assert title_of([text]) == title


def test_a_single_word_gives_way_to_one_that_says_what_is_wanted() -> None:
    texts = ["I want receipts", "receipts!!", "Please let me scan receipts", "scan my receipts"]
    assert title_of(texts) in {"Scan receipts", "Scan my receipts"}


ACME = frozenset({"acme", "air", "acmeair", "#acme"})


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Could Acme Air offer a plant-based breakfast?", "Plant-based breakfast"),
        ("Could Acme please seat families together?", "Seat families together"),
        ("Acme should show the logo of each shop", "Show the logo of each shop"),
        ("Would it kill Acme to let us resize widgets on the Acme 7?", "Resize widgets"),
        ("A widget for the tide tables on my Acme 7 please", "Widget for the tide tables"),
        (
            "Suggestion for Acme Air: seat children next to a parent",
            "Seat children next to a parent",
        ),
        ("Why does my Acme 7 ask for the PIN every morning?", "Ask for the PIN every morning"),
        ("The Acme app needs a dark mode", "Dark mode"),
        ("Acme Fold: voice memos crash on the bus", "Voice memos crash on the bus"),
        ("It would be great if Acme saved boarding passes", "Saved boarding passes"),
        ("Never again, Acme. Enough", "Never again, Acme."),
        ("Thinking about switching to Acme", "Thinking about switching to Acme"),
    ],
)
def test_the_brand_is_known_and_leads_to_no_wish(text: str, title: str) -> None:
    assert title_of([text], "en", ACME) == title


@pytest.mark.parametrize(
    ("text", "lang", "title"),
    [
        (
            "Acme, bitte zeigt in der App, wo mein Koffer ist.",
            "de",
            "Zeigt in der App, wo mein Koffer ist",
        ),
        ("Please let me see where the driver is", "en", "See where the driver is"),
        ("I'd love to see the maths", "en", "See the maths"),
        ("Please bring back the old design", "en", "Bring back the old design"),
        ("A phone like that would sell itself, Acme", "en", "Phone like that would sell itself"),
        ("What is the point of a hotline that hangs up?", "en", "Point of a hotline that hangs up"),
        ("Looking at €39 for a bag, please make that less", "en", "€39 for a bag"),
        ("Please support passkeys", "en", "Passkeys"),
    ],
)
def test_a_lone_word_is_said_with_what_makes_it_a_wish(text: str, lang: str, title: str) -> None:
    assert title_of([text], lang, ACME) == title


def test_a_slip_of_one_person_and_what_is_shouted_give_way() -> None:
    texts = [
        "Bring back the headdphone jack, my good headphones are old",
        "Please a headphone jack again",
        "I miss the headphone jack",
    ]
    assert "headphone jack" in title_of(texts, "en").casefold()
    assert title_of(["JUST GIVE US THE REAL NUMBER"], "en") == "Real number"
    assert title_of(["PDF export please"], "en") == "PDF export"


@pytest.mark.parametrize(
    ("title", "poor"),
    [
        ("Headdphone jack", True),
        ("Headphone jack", False),
        ("Jack", True),
        ("Acme Air", True),
        ("Wired headphones", False),
    ],
)
def test_a_title_is_poor_that_says_little_or_has_one_persons_slip(title: str, poor: bool) -> None:
    texts = [
        "Bring back the headdphone jack",
        "A headphone jack please",
        "I miss the headphone jack",
        "wired headphones",
    ]
    assert is_poor(title, texts, "en", ACME) is poor


def test_a_question_is_told_whole_and_is_the_one_most_like_them_all() -> None:
    asked = [
        "How long does a refund take with Acme these days, has anybody had one this year at all?",
        "How long does a refund take?",
        "how long doees the refund take??",
        "Is there wifi on board?",
    ]
    assert sentence_among(asked) == "How long does a refund take?"
    assert sentence_among([]) == ""

"""Titles say what is wanted, whole and not turned round."""

import pytest

from nlp.clusters import title_of


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

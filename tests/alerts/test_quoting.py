"""Whatever a post says, quoting it pings nobody, links nowhere and hides nothing."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.quoting import ELLIPSIS, Live, address, harmless, readable, shortened

NAUGHTY = Path(__file__).parents[2].parent / "shared/data/naughty-strings.json"

anything = st.text(st.characters(codec=None), max_size=300)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("@everyone look", "＠everyone look"),
        ("<!channel> <@U024BE7LH> <#C024>", "‹!channel› ‹＠U024BE7LH› ‹#C024›"),
        ("see https://evil.example/x", "see hxxps://evil[.]example/x"),
        ("see HTTP://EVIL.EXAMPLE", "see HxxP://EVIL[.]EXAMPLE"),
        ("tg://resolve?domain=x slack://x", "tg[:]//resolve?domain=x slack[:]//x"),
        ("www.evil.co.uk or evil.com", "www[.]evil[.]co[.]uk or evil[.]com"),
        ("http://192.168.0.1/admin", "hxxp://192[.]168[.]0[.]1/admin"),
        ("write to ana@evil.example", "write to ana＠evil[.]example"),
        ("[a gift](https://evil.example)", "[a gift] (hxxps://evil[.]example)"),
        ("pay \u202egro.live\u202c now", "pay gro[.]live now"),
        ("a\u200bb\ufeffc\u2060d", "abcd"),
        ("one\r\ntwo\u2028three\x0bfour", "one two three four"),
        ("red \x1b[31mtext\x07", "red [31mtext"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("z" + "\u0301" * 40, "z" + "\u0301" * 3),
        ("<script>alert(1)</script>", "‹script›alert(1)‹/script›"),
    ],
)
def test_hostile_text_is_shown_but_does_nothing(hostile: str, shown: str) -> None:
    assert harmless(hostile) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Flight 4.8 hours late, e.g. at 9.15. Thanks.",
        "Danke für nichts… 3,50 € für Wasser?!",
        "پرواز من نمی\u200cرسد",
        "家族 👨\u200d👩\u200d👧 がいる",
        "#acme broke my 📱",
    ],
)
def test_honest_text_is_left_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(anything)
@example("@" * 50)
@example("hthttpttp://x")
@example("<<!@here>>")
def test_nothing_shown_can_ping_link_or_hide(text: str) -> None:
    shown = harmless(text)
    assert not set(shown) & set("@<>\n\r\t")
    assert not re.search(r"(?i)https?:", shown)
    assert "](" not in shown
    hidden = {char for char in shown if unicodedata.category(char) in ("Cc", "Cs", "Cf")}
    assert hidden <= {"\u200c", "\u200d"}
    assert harmless(shown) == shown


@given(anything, st.integers(1, 60))
def test_shortened_text_is_never_longer_than_asked(text: str, characters: int) -> None:
    cut = shortened(text, characters)
    assert len(cut) <= characters
    if cut != text:
        assert cut.endswith(ELLIPSIS)
        assert text.startswith(cut.removesuffix(ELLIPSIS))


def test_text_is_cut_between_words_and_never_inside_a_character() -> None:
    assert shortened("my flight is very late", 15) == "my flight is…"
    family = "👨\u200d👩\u200d👧"
    assert shortened(f"ab{family}{family}", 9) == f"ab{family}…"


@pytest.mark.parametrize(
    ("url", "is_live"),
    [
        ("https://social.example/@ana/1?x=1#y", True),
        ("http://127.0.0.1:8000/alerts/5", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://bank.example@evil.example/", False),
        ("https://evil.example/\"onmouseover='x", False),
        ("https://evil.example/ <!here>", False),
        ("https://evil.example/\u202e", False),
        ("https://", False),
        ("http://[", False),
        ("https://a.example/" + "x" * 3_000, False),
        ("", False),
    ],
)
def test_only_plain_web_addresses_stay_live(url: str, *, is_live: bool) -> None:
    assert address(url) == (url if is_live else "")
    assert isinstance(address(url), Live)


@pytest.mark.skipif(
    not NAUGHTY.exists(), reason=f"NAUGHTY STRINGS WERE NOT TESTED: {NAUGHTY} is not there"
)
def test_strings_that_break_programs_do_not_break_quoting() -> None:
    for text in json.loads(NAUGHTY.read_text(encoding="utf-8")):
        shown = harmless(text)
        assert not set(shown) & set("@<>")
        assert readable(shown) == shown

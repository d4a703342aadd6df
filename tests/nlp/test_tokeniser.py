import spacy
from hypothesis import given
from hypothesis import strategies as st

from nlp.tokeniser import LONGEST_RUN, BoundedTokeniser

PLAIN = spacy.blank("xx")
TOKENISE = BoundedTokeniser(PLAIN.tokenizer)


def test_an_ordinary_post_is_tokenised_as_spacy_does():
    text = "Don't fly @NimbusAir!! see https://x.example/a (3.5 h late)"
    assert [token.text for token in TOKENISE(text)] == [token.text for token in PLAIN(text)]


@given(st.text() | st.text("a.é😀!-", min_size=LONGEST_RUN, max_size=3 * LONGEST_RUN))
def test_the_tokens_of_any_text_make_up_the_text(text):
    assert TOKENISE(text).text == text

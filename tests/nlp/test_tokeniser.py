import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from nlp.pipeline import build_pipeline
from nlp.reader import Reader
from nlp.tokeniser import LONGEST_RUN, BoundedTokeniser, reads_tokens
from tests.nlp.posts import post, reader

PLAIN = spacy.blank("xx")
TOKENISE = BoundedTokeniser(PLAIN.tokenizer)


class CountsTokens:
    def __call__(self, doc):
        doc._.reasons["tokens"] = str(len(doc))
        return doc


@Language.factory("says_nothing_of_itself")
def make_silent(nlp, name):
    return CountsTokens()


@Language.factory("counts", assigns=["doc._.reasons"], requires=["token.text"])
def make_counting(nlp, name):
    return CountsTokens()


def test_an_ordinary_post_is_tokenised_as_spacy_does():
    text = "Don't fly @NimbusAir!! see https://x.example/a (3.5 h late)"
    assert [token.text for token in TOKENISE(text)] == [token.text for token in PLAIN(text)]


def test_nothing_is_tokenised_for_components_that_read_no_tokens():
    assert not reads_tokens(reader().pipeline)


def test_a_component_that_may_read_tokens_gets_them():
    for name in ("says_nothing_of_itself", "counts"):
        pipeline = build_pipeline()
        pipeline.add_pipe(name, last=True)
        assert reads_tokens(pipeline)
        (read,) = Reader(pipeline).read([post("three little words")])
        assert read.reasons["tokens"] == "3"


@given(st.text() | st.text("a.é😀!-", min_size=LONGEST_RUN, max_size=3 * LONGEST_RUN))
def test_the_tokens_of_any_text_make_up_the_text(text):
    assert TOKENISE(text).text == text

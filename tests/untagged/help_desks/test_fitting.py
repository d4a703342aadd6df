"""Texts fit what a desk takes, whatever is in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.help_desks.fitting import SHORTENED, Size, as_bytes, as_utf16, fitted, readable
from cases.help_desks.jira import as_document
from cases.help_desks.zendesk import COMMENT_BYTES, as_html


@pytest.mark.parametrize("size", [as_bytes, as_utf16, len])
@given(text=st.text(max_size=300), most=st.integers(60, 200))
def test_a_fitted_text_fits_and_begins_as_it_did(size: Size, text: str, most: int) -> None:
    text = readable(text)
    short = fitted(text, most, size)
    assert size(short) <= most
    if short != text:
        assert size(text) > most
        assert text.startswith(short.removesuffix(SHORTENED))


def test_no_sign_is_cut_in_two() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    short = fitted(family * 20, 70, as_utf16)
    assert short.removesuffix(SHORTENED) in {family * many for many in range(20)}


@given(st.text(max_size=400))
def test_any_text_is_a_document_without_empty_nodes(text: str) -> None:
    for paragraph in as_document(readable(text))["content"]:
        texts = [node["text"] for node in paragraph["content"] if node["type"] == "text"]
        assert texts
        assert all(texts)


@given(st.text(alphabet="<>&{}\"'% \n\U0001f600a", max_size=400))
def test_any_text_is_markup_without_tags_and_placeholders(text: str) -> None:
    markup = as_html(text)
    assert "<" not in markup.replace("<br>", "")
    assert "{{" not in markup
    assert "{%" not in markup
    assert "}}" not in markup


def test_markup_counts_as_it_is_sent() -> None:
    assert len(as_html("&" * 60_000).encode()) <= COMMENT_BYTES

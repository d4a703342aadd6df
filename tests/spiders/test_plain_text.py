import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.plain_text import html_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>lines</p>", "One\n\nTwo\nlines"),
        ("<ul><li>a</li><li>b</li></ul>c", "a\nb\n\nc"),
        ("a   b\n\tc", "a b c"),
        ("Q&amp;A &lt;b&gt; &#8217;&#146;", "Q&A <b> ’’"),
        ("x<!-- c -->y<script>steal()</script><style>p{}</style>z", "xyz"),
        (
            '<a href="x"><span class="invisible">https://</span>a.example/b</a>',
            "https://a.example/b",
        ),
        ("<a>#<span>acme</span></a> <a>@<span>acme</span></a>", "#acme @acme"),
        ("<img class='emoji' alt='🙂'><img alt='a cat'>", "🙂"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<b>unclosed <i>tags", "unclosed tags"),
        ("", ""),
        ("<p> </p>", ""),
    ],
)
def test_html_reads_as_a_person_sees_it(html: str, text: str) -> None:
    assert html_text(html) == text


@pytest.mark.parametrize("html", ["<p>ding\x07dong</p>", "half \ud83d pair<br>", "nul\x00<b>"])
def test_what_no_text_may_hold_is_not_mended(html: str) -> None:
    assert html_text(html) == html


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))))
def test_text_that_was_escaped_comes_back(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert html_text(f"<p>{escaped}</p>") == re.sub(" +", " ", text).strip()


@given(st.text())
def test_any_text_at_all_is_read(html: str) -> None:
    assert isinstance(html_text(html), str)


def test_deep_nesting_neither_recurses_nor_takes_long() -> None:
    started = time.monotonic()
    html_text("<div>" * 200_000 + "deep")
    html_text("<b" * 200_000)
    html_text("<!--" * 200_000)
    assert time.monotonic() - started < 5

"""A digest as Markdown, for wikis, issues and notebooks. Post text in it stays text."""

import re
from collections.abc import Iterator

from alerts.digests.around import Around, byline, figure_line, period
from alerts.digests.digest import Digest, Entry, Quote, Section, Table
from alerts.digests.text import cell_text
from alerts.quoting import address, harmless

_SIGNS = re.compile(r"([\\`*_\[\]{}|~&$#])")
"""What CommonMark, its tables and the usual extensions (GFM, maths) give a meaning anywhere;
`harmless` has taken the angle brackets already."""
_AT_THE_START = re.compile(r"^(\d*)([-+.)=])(?=[\s=-]|$)")
"""What makes a list, a heading or a rule of a line."""


def markdown_document(digest: Digest, around: Around | None = None) -> str:
    """The whole digest."""
    around = around or Around()
    blocks = [f"# {plain(digest.title)}", f"*{_signs(period(digest))}*"]
    blocks += [plain(sentence) for sentence in digest.lead]
    for section in digest.sections:
        blocks += _section(section, around)
    if around.page:
        blocks.append(f"[In the cockpit](<{around.page}>)")
    return "\n\n".join(block for block in blocks if block) + "\n"


def plain(text: str) -> str:
    """The text with every sign of Markdown as itself."""
    return _signs(harmless(text))


def _signs(text: str) -> str:
    return _AT_THE_START.sub(r"\1\\\2", _SIGNS.sub(r"\\\1", text))


def _section(section: Section, around: Around) -> Iterator[str]:
    yield f"## {plain(section.title)}"
    yield plain(section.text)
    yield "\n".join(f"- {_signs(figure_line(figure))}" for figure in section.figures)
    if section.chart:
        yield f"*Chart:* {plain(section.chart.words)}"
    for number, entry in enumerate(section.entries, start=1):
        yield from _entry(entry, number, around)
    if section.table:
        yield _table(section.table)


def _entry(entry: Entry, number: int, around: Around) -> Iterator[str]:
    where = around.address(entry.href)
    title = f"[{plain(entry.title)}](<{where}>)" if where else plain(entry.title)
    status = f" ({plain(entry.status)})" if entry.status else ""
    yield f"### {number}\\. {title}{status}"
    yield " · ".join(plain(fact) for fact in entry.facts)
    yield from (_quote(quote) for quote in entry.quotes)


def _quote(quote: Quote) -> str:
    where = address(quote.url)
    said = f"> {plain(quote.text)}\n>\n> — {_signs(byline(quote))}"
    return f"{said}, [the post](<{where}>)" if where else said


def _table(table: Table) -> str:
    rows = [[plain(name) for name in table.columns], ["---"] * len(table.columns)]
    rows += [[_signs(cell_text(cell)) for cell in row] for row in table.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)

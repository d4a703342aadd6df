"""A digest as plain text, for terminals and as the part of a mail that every reader shows."""

from collections.abc import Iterator

from alerts.digests.around import Around, byline, figure_line, period
from alerts.digests.columns import WIDTH, broken, columns_of, padded
from alerts.digests.digest import Cell, Digest, Entry, Quote, Section, Table
from alerts.quoting import address, harmless

GAP = 2
"""Columns between two cells."""


def text_document(digest: Digest, around: Around | None = None) -> str:
    """The whole digest within 72 columns."""
    around = around or Around()
    lines = [*_underlined(harmless(digest.title), "="), *broken(period(digest)), ""]
    for sentence in digest.lead:
        lines += broken(harmless(sentence))
    for section in digest.sections:
        lines += ["", *_section(section, around)]
    ends = list(_ends(around))
    return "\n".join([*lines, *(["", "-- ", *ends] if ends else [])]) + "\n"


def _section(section: Section, around: Around) -> Iterator[str]:
    yield from _underlined(harmless(section.title), "-")
    yield from broken(harmless(section.text))
    for figure in section.figures:
        yield from broken(figure_line(figure), first="- ", rest="  ")
    if section.chart:
        yield from broken(f"Chart: {harmless(section.chart.words)}")
    for number, entry in enumerate(section.entries, start=1):
        yield from ("", *_entry(entry, number, around))
    if section.table:
        yield from ("", *table_lines(section.table))


def _entry(entry: Entry, number: int, around: Around) -> Iterator[str]:
    first = f"{number}. "
    status = f" [{harmless(entry.status)}]" if entry.status else ""
    inset = " " * len(first)
    yield from broken(f"{harmless(entry.title)}{status}", first=first, rest=inset)
    if entry.facts:
        facts = " · ".join(harmless(fact) for fact in entry.facts)
        yield from broken(facts, first=inset, rest=inset)
    for quote in entry.quotes:
        yield from _quote(quote, inset)
    if where := around.address(entry.href):
        yield f"{inset}{where}"


def _quote(quote: Quote, inset: str) -> Iterator[str]:
    yield from broken(harmless(quote.text), first=f"{inset}> ", rest=f"{inset}> ")
    yield from broken(f"— {byline(quote)}", first=f"{inset}  ", rest=f"{inset}  ")
    if where := address(quote.url):
        yield f"{inset}  {where}"


def table_lines(table: Table) -> list[str]:
    """The table in columns; where it is too wide, its rows one below the other."""
    said = [[cell_text(cell) for cell in row] for row in table.rows]
    names = [harmless(name) for name in table.columns]
    widths = [max(map(columns_of, column)) for column in zip(names, *said, strict=True)]
    if sum(widths) + GAP * (len(widths) - 1) <= WIDTH:
        rights = numeric(table)
        rule = "  ".join("-" * width for width in widths)
        return [padded(names, widths, rights=rights), rule] + [
            padded(row, widths, rights=rights) for row in said
        ]
    lines = list[str]()
    for row in said:
        for name, cell in zip(names, row, strict=True):
            lines += broken(f"{name}: {cell}", first="  " if name != names[0] else "", rest="    ")
    return lines


def numeric(table: Table) -> list[bool]:
    """Of each column, whether numbers are in it."""
    places = range(len(table.columns))
    return [any(isinstance(row[at], int | float) for row in table.rows) for at in places]


def cell_text(cell: Cell) -> str:
    """What a cell shows to people."""
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return harmless(cell) if isinstance(cell, str) else f"{cell:,}"


def _underlined(title: str, sign: str) -> list[str]:
    lines = broken(title)
    return [*lines, sign * min(WIDTH, max(map(columns_of, lines), default=0))]


def _ends(around: Around) -> Iterator[str]:
    if around.page:
        yield from broken(f"In the cockpit: {around.page}")
    yield from broken(harmless(around.why))
    if around.stop:
        yield from broken(f"Stop it: {around.stop}")

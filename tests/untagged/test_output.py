"""Tables for people, on whatever terminal they have."""

import pytest

from untagged.cli.output import print_table

COLUMNS = ("published (UTC)", "brand", "author", "sentiment", "intent", "text")
ROW = ("2026-02-21 12:00", "Nimbus Air", "ana", None, "complaint", "They lost my bag again")


@pytest.mark.parametrize("width", ["80", "160"])
def test_a_text_is_readable_on_any_terminal(
    width: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    print_table(COLUMNS, [ROW], title="1 mention")
    printed = capsys.readouterr().out
    assert "They lost my bag again" in printed
    assert "Nimbus Air" in printed
    assert max(map(len, printed.splitlines())) <= int(width)


def test_a_long_name_before_it_does_not_push_a_text_off_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    columns = ("at (UTC)", "author", "mention", "says")
    row = ("2026-02-21 12:00", "bram_biscuit37@social.example", f"board:{10**30}", "My bag is lost")
    print_table(columns, [row], title="FR-5")
    printed = capsys.readouterr().out
    assert "My bag is lost" in printed
    assert max(map(len, printed.splitlines())) <= 80


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("1 exports", "1 export"),
        ("1 entries", "1 entry"),
        ("1 help desks", "1 help desk"),
        ("11 cases", "11 cases"),
        ("1 of 3 posts in 2 days", "1 of 3 posts in 2 days"),
    ],
)
def test_one_row_is_not_told_as_several(
    title: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_table(COLUMNS, [ROW], title=title)
    assert capsys.readouterr().out.splitlines()[0].strip() == said

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

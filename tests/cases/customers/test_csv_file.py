"""A company's customers in a CSV file, as spreadsheets and people write them."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.customers import csv_file
from cases.customers.csv_file import CsvCustomers
from cases.customers.port import MAX_FIELDS, Account, account_of
from cases.customers.sources import CsvSource
from mentions.errors import Conflict, SettingsError

COLUMNS = {
    "id": "No",
    "name": "Full name",
    "link": "CRM",
    "handles": {"x": "Twitter", "mastodon": "Fediverse"},
    "fields": {"Tier": "Tier", "Since": "Customer since"},
}
HEADER = "No,Full name,CRM,Twitter,Fediverse,Tier,Customer since\n"
ADA = "17,Ada Lovelace,https://crm.example/17,@Ada_L,Ada@Mastodon.example,gold,2019\n"
BOB = "18,Bob,,bob99,,,\n"


def customers(
    folder: Path, content: str | bytes, *, encoding: str = "utf-8", **columns: object
) -> CsvCustomers:
    path = folder / "customers.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    said = {"kind": "csv", "file": str(path), "columns": COLUMNS | columns, "encoding": encoding}
    return CsvCustomers(CsvSource.model_validate(said))


def test_a_customer_is_found_however_the_handle_is_written(tmp_path: Path) -> None:
    book = customers(tmp_path, HEADER + ADA + BOB)
    for handle in ("ada_l", "@ada_l", "ADA_L", " @Ada_L "):
        found = book.look_up(handle, "x")
        assert found, handle
        assert (found.id, found.name) == ("17", "Ada Lovelace")
    assert found.fields == (("Tier", "gold"), ("Since", "2019"))
    assert found.link == "https://crm.example/17"
    assert found.accounts == (Account("x", "ada_l"), Account("mastodon", "ada@mastodon.example"))


def test_a_handle_is_somebody_on_its_platform_alone(tmp_path: Path) -> None:
    book = customers(tmp_path, HEADER + ADA + BOB)
    assert book.look_up("ada_l", "reddit") is None
    assert book.look_up("ada@mastodon.example", "mastodon") == book.look_up("ada_l", "x")
    assert book.look_up("ada@elsewhere.example", "mastodon") is None
    assert book.look_up("ada", "mastodon") is None
    assert book.look_up("", "x") is None
    assert book.look_up("bob99", "x").fields == ()


def test_without_a_platform_any_will_do(tmp_path: Path) -> None:
    book = customers(tmp_path, HEADER + ADA + "19,Eve,,,,,\n20,Al,,eve,,,\n")
    assert book.look_up("@Ada_L").id == "17"
    assert book.look_up("eve").id == "20"
    assert book.look_up("nobody") is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_a_byte_order_mark_are_seen(tmp_path: Path, delimiter: str) -> None:
    content = (HEADER + ADA).replace(",", delimiter)
    for codec in ("utf-8", "utf-8-sig"):
        assert customers(tmp_path, content.encode(codec)).look_up("ada_l", "x").id == "17"


def test_quotes_hold_delimiters_lines_and_quotes(tmp_path: Path) -> None:
    row = '17,"Ada ""the"" Countess, Lovelace",,ada_l,,"gold\nplus",2019\n'
    found = customers(tmp_path, HEADER + row).look_up("ada_l", "x")
    assert found.name == 'Ada "the" Countess, Lovelace'
    assert found.fields[0] == ("Tier", "gold plus")


def test_another_encoding_is_read_as_said_and_asked_for_where_it_is_not(tmp_path: Path) -> None:
    content = (HEADER + ADA.replace("Ada L", "Åda L")).encode("windows-1252")
    assert customers(tmp_path, content, encoding="windows-1252").look_up("ada_l", "x").name == (
        "Åda Lovelace"
    )
    with pytest.raises(SettingsError, match=r"line 2: is not utf-8; .*encoding: windows-1252"):
        customers(tmp_path, content).look_up("ada_l", "x")
    utf16 = (HEADER + ADA).encode("utf-16")
    assert customers(tmp_path, utf16, encoding="utf-16").look_up("ada_l", "x").id == "17"


def test_a_file_with_nul_bytes_and_controls_shows_none(tmp_path: Path) -> None:
    found = customers(tmp_path, HEADER + ADA.replace("gold", "go\x00\x1b[31mld")).look_up(
        "ada_l", "x"
    )
    assert found is None or found.fields[0] == ("Tier", "go[31mld")


def test_broken_rows_are_told_by_line_and_the_others_are_read(tmp_path: Path) -> None:
    rows = [
        "16,too,few\n",
        ADA,
        '30,"a\nname",,x30,,,\n',
        ",nobody,,x31,,,\n",
        "32,Al,,two words http://x.example/al,no_server,,\n",
        '33,"open"x,,x33,,,\n',
        BOB,
    ]
    book = customers(tmp_path, HEADER + "".join(rows))
    with pytest.raises(SettingsError) as told:
        book.check()
    said = str(told.value)
    assert "4 customers" in said
    for line in (
        "line 2: has 3 cells, the header 7",
        "line 6: has no No",
        "line 7: x is no handle; write it as the platform shows it, such as @ada",
        "line 7: mastodon has no server; write it whole, such as ada@mastodon.example",
        "line 8: cannot be read",
    ):
        assert line in said
    assert "Al" not in said.replace("Also", "")
    assert book.look_up("bob99", "x").id == "18"
    assert book.look_up("two", "x").id == "32"


def test_a_quote_that_never_ends_costs_no_more_than_its_rows(tmp_path: Path) -> None:
    book = customers(tmp_path, HEADER + ADA + '40,"open,,x40,,,\n' + BOB)
    assert book.look_up("ada_l", "x").id == "17"
    with pytest.raises(SettingsError, match="line 3: cannot be read"):
        book.check()


def test_a_handle_of_two_customers_is_nobodys(tmp_path: Path) -> None:
    book = customers(tmp_path, HEADER + ADA + "18,Bob,,@ADA_L,,,\n19,Cy,,ada_l,,,\n")
    with pytest.raises(Conflict, match=r"several customers .*lines 2, 3, 4"):
        book.look_up("ada_l", "x")
    assert book.look_up("ada@mastodon.example", "mastodon").accounts == (
        Account("mastodon", "ada@mastodon.example"),
    )
    with pytest.raises(SettingsError, match="line 3: has the x handle of another customer, line 2"):
        book.check()


def test_several_handles_and_rows_of_one_customer_are_one(tmp_path: Path) -> None:
    book = customers(tmp_path, HEADER + ADA + "17,ignored,,second; third,,iron,\n")
    found = book.look_up("third", "x")
    assert found.name == "Ada Lovelace"
    assert {one.name for one in found.accounts} == {
        *("ada_l", "ada@mastodon.example", "second", "third")
    }
    assert book.check() == "1 customers with 4 handles"


def test_missing_columns_and_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"line 1: has no column Tier, Customer since"):
        customers(tmp_path, "No;Full name;CRM;Twitter;Fediverse\n").look_up("a", "x")
    with pytest.raises(SettingsError, match="line 1: has no column No"):
        customers(tmp_path, "").look_up("a", "x")
    book = customers(tmp_path, HEADER)
    (tmp_path / "customers.csv").unlink()
    with pytest.raises(SettingsError, match=r"customers\.csv: No such file"):
        book.look_up("a", "x")


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    book = customers(tmp_path, HEADER + ADA)
    assert book.look_up("bob99", "x") is None
    path = tmp_path / "customers.csv"
    path.write_text(HEADER + BOB)
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 1_000_000_000))
    assert book.look_up("bob99", "x").id == "18"
    assert book.look_up("ada_l", "x") is None


def test_an_unchanged_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = customers(tmp_path, HEADER + ADA)
    first = book.look_up("ada_l", "x")
    monkeypatch.setattr(csv_file, "_read", lambda *_: pytest.fail("it was read again"))
    assert book.look_up("ada_l", "x") == first


def test_a_file_that_cannot_be_read_is_not_read_for_every_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = customers(tmp_path, "No,Nothing\n")
    with pytest.raises(SettingsError, match="has no column"):
        book.look_up("ada_l", "x")
    with monkeypatch.context() as patched:
        patched.setattr(csv_file, "_filled", lambda *_: pytest.fail("was read again"))
        with pytest.raises(SettingsError, match="has no column"):
            book.look_up("ada_l", "x")
    (tmp_path / "customers.csv").write_text(HEADER + ADA)
    assert book.look_up("ada_l", "x")


def test_too_large_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "MAX_ROWS", 1)
    with pytest.raises(SettingsError, match="over 1 rows; ask a service"):
        customers(tmp_path, HEADER + ADA + BOB).look_up("a", "x")
    monkeypatch.setattr(csv_file, "MAX_BYTES", 10)
    with pytest.raises(SettingsError, match="over 0 MB"):
        customers(tmp_path, HEADER + ADA).look_up("a", "x")


def test_long_values_and_odd_links_are_cut_and_it_is_said(tmp_path: Path) -> None:
    row = f"17,Ada,javascript:alert(1),ada_l,,{'g' * 400},2019\n"
    found = customers(tmp_path, HEADER + row).look_up("ada_l", "x")
    assert found.link == ""
    assert len(found.fields[0][1]) == 300
    assert found.cut == "the ends of long fields, a link that is no address of the web"


def test_the_settings_refuse_what_no_page_shows() -> None:
    fields = {f"field {number}": "Tier" for number in range(MAX_FIELDS + 1)}
    for columns in (COLUMNS | {"fields": fields}, COLUMNS | {"handles": {}}):
        with pytest.raises(ValueError, match=r"at (most|least)"):
            CsvSource.model_validate({"kind": "csv", "file": "a.csv", "columns": columns})
    with pytest.raises(ValueError, match="is no encoding"):
        CsvSource.model_validate(
            {"kind": "csv", "file": "a.csv", "columns": COLUMNS, "encoding": "excel"}
        )


@given(st.text("abcxyz019._-", min_size=1), st.sampled_from(["x", "reddit", "", "Own Forum"]))
def test_capitals_signs_and_spaces_make_no_other_account(name: str, platform: str) -> None:
    written = (name, name.upper(), f" @{name}\n", f"@{name}@")
    accounts = {account_of(one, platform) for one in written[:3]}
    assert accounts == {Account(platform.casefold(), name)}
    assert account_of(written[3], platform) not in accounts


@given(st.text(), st.sampled_from(["x", "mastodon"]))
def test_whatever_is_an_account_is_the_same_when_read_again(handle: str, platform: str) -> None:
    try:
        account = account_of(handle, platform)
    except ValueError:
        return
    assert account_of(account.name, platform) == account


@pytest.mark.slow
def test_two_hundred_thousand_rows_are_read_and_answered(tmp_path: Path) -> None:
    rows = (
        f"{n},Name {n},https://crm.example/{n},user_{n},user{n}@m.example,gold,2019\n"
        for n in range(200_000)
    )
    book = customers(tmp_path, HEADER + "".join(rows))
    assert book.look_up("USER_199999", "x").id == "199999"
    assert book.check() == "200,000 customers with 400,000 handles"

"""Cells that no spreadsheet runs: post text is hostile in a file, too."""

import re

FORMULA_SIGNS = "=+-@＝＋－＠"
"""What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), also at full
width, which some versions fold."""
_LIKE_A_FORMULA = re.compile(rf"\s*[{re.escape(FORMULA_SIGNS)}]|[\t\r\n]")


def harmless(text: str) -> str:
    """The text as no spreadsheet runs it: with an apostrophe before what begins like a formula."""
    return f"'{text}" if _LIKE_A_FORMULA.match(text) else text

"""CSV as people open it in a spreadsheet, which takes a cell that begins with one of a few signs for a formula and runs it.

See https://owasp.org/www-community/attacks/CSV_Injection. What a case says stands in some cells, and whoever sent it may have meant harm.
"""

import csv
import re
from io import StringIO
from typing import Final

# A cell that begins so, in quotation marks or not; most tables have none, and stay as they are, byte for byte.
_SUSPECT: Final = re.compile(r'(?:^|[,\n])"?[=+\-@\t\r]')
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def without_formulas(table: bytes) -> bytes:
    """Return the CSV ``table`` with an apostrophe before each cell that a spreadsheet would run; numbers stay numbers."""
    text = table.decode()
    if not _SUSPECT.search(text):
        return table
    written = StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerows([_as_text(cell) for cell in row] for row in csv.reader(StringIO(text, newline="")))
    return written.getvalue().encode()


def _as_text(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell

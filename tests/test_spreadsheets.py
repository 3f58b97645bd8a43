"""CSV for spreadsheets: what they would run is text, and all else stays as it was."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from conftest import IMR_2015
from served import client_of

from mtus.api.spreadsheets import without_formulas
from mtus.reasoner.case_loader import store_content
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.local_store import open_for_writing
from mtus.reasoner.stored_cases import put_knowledge


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://a.example","b")', "-", "=a\nb"])
def test_formulas_become_text(cell: str) -> None:
    written = StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([["a", "b"], [cell, "x"], ["x", cell]])
    made = without_formulas(written.getvalue().encode()).decode()
    assert list(csv.reader(StringIO(made, newline=""))) == [["a", "b"], [f"'{cell}", "x"], ["x", f"'{cell}"]]


@pytest.mark.parametrize("table", ["a,b\r\n-5,+1.5e-3\r\n.5,-2015\r\n", 'a\r\n"x, = y"\r\n', "a\r\n\r\n", "", "a\r\n2015-02-01\r\n"])
def test_all_else_stays(table: str) -> None:
    assert without_formulas(table.encode()) == table.encode()


def test_a_stored_query_as_csv(tmp_path: Path, knowledge: Knowledge) -> None:
    case = json.loads((IMR_2015 / "case.json").read_bytes())
    formula = '=HYPERLINK("http://a.example")'
    for treatment in case["treatments"]:
        treatment["label"] = formula
    for request in case["requests"]:
        request["label"] = formula
    with open_for_writing(tmp_path / "store") as writer:
        put_knowledge(writer, knowledge)
        store_content(writer, json.dumps(case).encode(), knowledge)
    with client_of(tmp_path / "store") as client:
        names = [query["name"] for query in client.get("/queries?format=json").json()["queries"]]
        found = 0
        for name in names:
            cells = [cell for row in csv.reader(StringIO(client.get(f"/queries/{name}.csv").text, newline="")) for cell in row]
            assert not [cell for cell in cells if cell.startswith("=")], name
            found += sum(cell == f"'{formula}" for cell in cells)
            # programs read what the case says
            assert f"'{formula}" not in [value for row in client.get(f"/queries/{name}.json").json()["rows"] for value in row.values()]
        assert found

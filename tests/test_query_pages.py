"""The stored queries over HTTP, and the pages: readable without JavaScript, and under a strict policy."""

import csv
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from served import CASES, client_of, fill, is_problem, kind_of

from mtus.api.charts import bar_chart
from mtus.api.pages import static_folder
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.stored_queries import read_stored_queries

QUERIES = read_stored_queries()
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Iterator[TestClient]:
    with client_of(fill(tmp_path_factory.mktemp("pages") / "store", knowledge)) as found:
        yield found


class Page(HTMLParser):
    """The elements of a page, and what would break the policy or need a script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        self._open = tag
        if any(name.startswith("on") or name == "style" for name in found) or (tag == "script" and "src" not in found) or tag == "style":
            self.inline.append(tag)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


# Stored queries


def test_the_list_as_json_and_as_a_page(client: TestClient) -> None:
    listed = client.get("/queries").json()["queries"]
    assert [query["name"] for query in listed] == list(QUERIES)
    assert all(query["question"] and query["denominator"] for query in listed)
    assert {p["name"] for q in listed if q["name"] == "items-by-month" for p in q["parameters"]} == {"from", "to"}
    shown = client.get("/queries", headers=HTML)
    assert kind_of(shown) == "text/html"
    assert all(f"/queries/{name}.html" in shown.text for name in QUERIES)
    is_problem(client.get("/queries", headers={"Accept": "image/png"}), 406, "not-acceptable")


@pytest.mark.parametrize("name", QUERIES)
def test_each_stored_query_has_a_page_and_its_files(name: str, client: TestClient) -> None:
    page = client.get(f"/queries/{name}.html")
    assert (page.status_code, kind_of(page)) == (200, "text/html")
    assert Page(page.text).inline == []
    table = client.get(f"/queries/{name}.csv")
    assert (table.status_code, kind_of(table)) == (200, "text/csv")
    rows = list(csv.reader(StringIO(table.text)))
    answer = client.get(f"/queries/{name}.json").json()
    assert answer["columns"] == rows[0]
    assert len(answer["rows"]) == len(rows) - 1
    assert (answer["denominator"], answer["isCut"]) == (QUERIES[name].denominator, False)
    chart = client.get(f"/queries/{name}.svg")
    if QUERIES[name].chart and answer["rows"]:
        assert (chart.status_code, kind_of(chart)) == (200, "image/svg+xml")
        ElementTree.fromstring(chart.text)
        assert "<svg" in page.text
    else:
        assert chart.status_code == 404
    assert client.get(f"/queries/{name}.rq").text == QUERIES[name].bound({})


def test_parameters_in_the_address(client: TestClient) -> None:
    assert client.get("/queries/items-by-month.json?from=2016-01-01").json()["rows"] == []
    (row,) = client.get("/queries/items-by-month", params={"to": "2015-12-31"}).json()["rows"]
    assert row == {"month": "2015-08", "cases": 2, "items": 6, "items_per_case": 3.0}
    page = client.get("/queries/items-by-month.html?to=2015-12-31").text
    assert 'value="2015-12-31"' in page
    assert "/queries/items-by-month.csv?to=2015-12-31" in page


def test_wrong_names_and_values(client: TestClient) -> None:
    assert "items-by-month" in is_problem(client.get("/queries/items-by-mnth.csv"), 404, "unknown-query")["problems"][0]["remedy"]
    is_problem(client.get("/queries/items-by-month.pdf"), 404, "no-form")
    is_problem(client.get("/queries/items-by-month.csv?from=yesterday"), 400, "bad-parameter-value")
    is_problem(client.get("/queries/items-by-month.csv?form=2015-01-01"), 400, "unknown-parameter")
    is_problem(client.get("/queries/items-by-month", headers={"Accept": "image/png"}), 406, "not-acceptable")
    page = client.get("/queries/items-by-month.html?from=<script>alert(1)</script>")
    assert page.status_code == 400
    assert "<script>alert" not in page.text
    assert "is no date" in page.text


# The query page


def test_the_query_page_works_without_scripts(client: TestClient) -> None:
    response = client.get("/sparql", headers=HTML)
    page = Page(response.text)
    (form,) = page.all("form")
    assert (form["method"], form["action"]) == ("post", "/sparql")
    assert [area["name"] for area in page.all("textarea")] == ["query"]
    assert {label.get("for") for label in page.all("label")} == {"query"}
    examples = [link for link in page.all("a") if link.get("class") == "example"]
    assert len(examples) == len(QUERIES)
    for example in examples[:3]:
        answered = client.get(str(example["href"]), headers=HTML)
        assert answered.status_code == 200
        assert "<h2>Answer</h2>" in answered.text


def test_a_posted_query_is_answered_on_the_page(client: TestClient) -> None:
    page = client.post("/sparql", data={"query": CASES}, headers=HTML)
    assert (page.status_code, kind_of(page)) == (200, "text/html")
    assert "case:imr-2015-two-counts" in page.text
    (csv_link,) = re.findall(r'href="(/sparql\?[^"]*format=csv)"', page.text)
    assert kind_of(client.get(csv_link.replace("&amp;", "&"))) == "text/csv"
    assert "Yes." in client.post("/sparql", data={"query": "ASK {}"}, headers=HTML).text
    graph = client.post("/sparql", data={"query": "CONSTRUCT { <a:a> <a:b> '<b>' } WHERE { }"}, headers=HTML)
    assert "&lt;b&gt;" in graph.text
    wrong = client.post("/sparql", data={"query": "SELECT * WHERE { ?s ?p <b> x }"}, headers=HTML)
    assert wrong.status_code == 400
    assert "line 1, column" in wrong.text
    assert "&lt;b&gt;" in wrong.text


def test_what_is_stored_cannot_become_markup(client: TestClient) -> None:
    query = 'SELECT ("<script>alert(1)</script>" AS ?x) (<http://a/"onload=alert> AS ?y) WHERE { }'.replace('"onload', "onload")
    page = client.post("/sparql", data={"query": query}, headers=HTML)
    assert page.status_code == 200
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("url", ["/sparql", "/queries", "/queries/answers-by-treatment.html", f"/sparql?query={CASES}"])
def test_pages_are_under_a_strict_policy_and_fetch_nothing_from_elsewhere(url: str, client: TestClient) -> None:
    response = client.get(url, headers=HTML)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    page = Page(response.text)
    assert page.inline == []
    fetched = [str(e["src"]) for e in page.all("script")] + [str(e["href"]) for e in page.all("link") if e["rel"] == "stylesheet"]
    for address in fetched:
        assert address.startswith("/static/")
        assert client.get(address).status_code == 200
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == 1


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour such as ``#1a1a1a`` (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_what_has_the_focus_is_seen() -> None:
    style = (static_folder() / "style.css").read_text("utf-8")
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style))
    assert ":focus-visible { outline: 3px solid var(--ring)" in style
    # WCAG 2.2, 1.4.11: at least three to one against what is around it
    assert (luminance(colours["paper"]) + 0.05) / (luminance(colours["ring"]) + 0.05) >= 3


def test_the_editor_ships_with_its_licences() -> None:
    folder = static_folder() / "yasgui"
    assert (folder / "yasgui.min.js").stat().st_size > 500_000
    licences = (folder / "LICENSES.txt").read_text("utf-8")
    for name in ("@zazuko/yasgui", "codemirror", "datatables.net", "dompurify", "MIT License", "Apache License"):
        assert name in licences


def test_own_scripts_name_no_other_site() -> None:
    for path in static_folder().glob("*.js"):
        for url in re.findall(r"https?://[^\s\"'`)]+", path.read_text("utf-8")):
            assert url.startswith(("http://www.w3.org/", "https://w3id.org/", "https://github.com/rdfjs/Yasgui")), f"{path.name}: {url}"


def test_other_files_of_the_service_are_not_served(client: TestClient) -> None:
    for path in ("/static/../main.py", "/static/%2e%2e/main.py", "/static/yasgui/../../main.py", "/static/"):
        assert client.get(path).status_code in (404, 405)


# Charts


def test_a_chart_holds_its_numbers_and_escapes_its_labels() -> None:
    svg = bar_chart("Items & more", ["<one>", "two", "x" * 80], [("supported", [1.0, 2.0, 0.0]), ("not_supported", [0.5, 0.0, 0.0])])
    root = ElementTree.fromstring(svg)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Items & more", "<one>", "1.5", "2", "0", "supported", "not supported"} <= set(texts)
    assert all(len(text or "") <= 60 for text in texts)
    bars = [e for e in root.iter("{http://www.w3.org/2000/svg}rect") if e.get("height") == "18"]
    widths = [float(bar.get("width", "0")) for bar in bars]
    assert len(widths) == 3
    assert widths[0] == pytest.approx(2 * widths[1], rel=0.01)
    assert "style" not in svg


def test_a_long_chart_says_what_it_leaves_out() -> None:
    svg = bar_chart("Many", [str(n) for n in range(55)], [("n", [1.0] * 55)])
    assert "15 more rows are in the table." in svg
    assert bar_chart("None", [], [("n", [])]).startswith("<svg")


def test_templates_are_in_the_package() -> None:
    folder = Path(static_folder()).parent / "templates"
    # what of them is in the wheel, tests/test_package.py says
    assert {"answer.html", "base.html", "determination.html", "determine.html", "guideline.html", "queries.html", "review.html",
            "sparql.html", "start.html", "stored_query.html"} <= {path.name for path in folder.glob("*.html")}  # fmt: skip

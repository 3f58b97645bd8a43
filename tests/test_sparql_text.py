"""What is said of a query from its words alone; above all that nothing that would be fetched gets past."""

import socket
import threading
from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from mtus.reasoner.errors import QueryError
from mtus.reasoner.settings import QuerySettings
from mtus.reasoner.sparql_text import bind, read_query


class Listener:
    """A server that counts who calls."""

    def __init__(self) -> None:
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()
        self.calls = 0
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/"
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.socket.close()


# EX stands for a declared prefix of the listener's address, URL for the address itself.
HIDDEN = [
    "SELECT * { SERVICE URL { ?a ?b ?c } }",
    "SELECT * { sErViCe SILENT URL { ?a ?b ?c } }",
    "EX SELECT * { SERVICE ex: { ?a ?b ?c } }",
    "EX SELECT * { SERVICEex:a { ?a ?b ?c } }",
    "EX SELECT * { SERVICESILENTex:a { ?a ?b ?c } }",
    "EX SELECT * { BIND (1 AS ?x)SERVICEex:a{?a ?b ?c} }",
    "EX SELECT * { VALUES ?x { 1 }SERVICEex:a{?a ?b ?c} }",
    "SELECT * { FILTER (1<2)SERVICEURL{ ?a ?b ?c } }",
    "SELECT * { VALUES ?x { 1 } FILTER (?x<2 && 3>?x) SERVICE URL { ?a ?b ?c } }",
    "SELECT * { VALUES ?x { <http://a\\u0041#> } SERVICE URL { ?a ?b ?c } }",
    'SELECT * { VALUES ?x { "it\'s" } SERVICE URL { ?a ?b ?c } }',
    "SELECT * { VALUES ?x { '''a'b''' } SERVICE URL { ?a ?b ?c } }",
    "SELECT * { VALUES ?x { 1e5 }SERVICEURL{ ?a ?b ?c } }",
    "SELECT * { # a comment }\n SERVICE URL { ?a ?b ?c } }",
    "SELECT * { SERVICE # a comment\n URL { ?a ?b ?c } }",
    "ASK { { SELECT * { SERVICE URL { ?a ?b ?c } } } }",
    "CONSTRUCT { ?a ?b ?c } WHERE { SERVICE URL { ?a ?b ?c } }",
    "SELECT * { FILTER NOT EXISTS { SERVICE URL { ?a ?b ?c } } }",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_service_is_refused_wherever_it_stands(text: str, listener: Listener) -> None:
    query = text.replace("EX", f"PREFIX ex: <{listener.url}>").replace("URL", f"<{listener.url}>")
    with pytest.raises(QueryError, match=r"query-service at query, line \d, column \d+: .*nothing is ever fetched"):
        read_query(query)


def test_the_engine_would_have_called(listener: Listener) -> None:
    """The test above would prove nothing if the engine did not fetch what SERVICE names."""
    before = listener.calls
    with pytest.raises(OSError, match=r".+"):
        list(ox.Store().query(f"SELECT * {{ SERVICE <{listener.url}> {{ ?a ?b ?c }} }}"))  # type: ignore[arg-type]
    assert listener.calls > before


FINE = [
    "SELECT * { ?s ?p 'SERVICE' }",
    'SELECT * { ?s ?p "a SERVICE <http://x> { }" }',
    "SELECT * { ?s <http://x/SERVICE> ?SERVICE }",
    "PREFIX ex: <http://x/> SELECT * { ?s ex:SERVICE ex:a.SERVICE }",
    "SELECT * { ?s ?p ?o } # SERVICE <http://x> { }",
    "SELECT * { ?s ?p 'x'@en-service }",
]


@pytest.mark.parametrize("text", FINE)
def test_what_only_reads_like_service_is_fine(text: str) -> None:
    read = read_query(text)
    ox.Store().query(read.text)


def test_comments_are_blanked_out_and_places_stay() -> None:
    read = read_query("SELECT * { # one\n ?s ?p '#no' . ?s <http://x#y> ?o # two\n}")
    assert "one" not in read.text
    assert "two" not in read.text
    assert "'#no'" in read.text
    assert "<http://x#y>" in read.text
    assert len(read.text.splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "form", "names_dataset"),
    [
        ("select * { ?s ?p ?o }", "SELECT", False),
        ("BASE <http://x/> PREFIX select: <http://y/> ASK { ?s ?p ?o }", "ASK", False),
        ("# INSERT\nDESCRIBE <http://x>", "DESCRIBE", False),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT", False),
        ("SELECT * FROM <http://g> { ?s ?p ?o }", "SELECT", True),
        ("SELECT * FROM NAMED <http://g> { GRAPH ?g { ?s ?p 'FROM' } }", "SELECT", True),
        ("SELECT ?from { ?from ?p <http://x/FROM> }", "SELECT", False),
    ],
)
def test_form_and_dataset(text: str, form: str, names_dataset: bool) -> None:
    read = read_query(text)
    assert (read.form, read.names_dataset, read.gives_graph) == (form, names_dataset, form in ("CONSTRUCT", "DESCRIBE"))


@pytest.mark.parametrize(
    "text",
    ["INSERT DATA { <a:a> <a:b> <a:c> }", "load <http://x>", "PREFIX a: <a:>\nDELETE WHERE { ?s ?p ?o }", "DROP ALL", "CLEAR DEFAULT",
     "CREATE GRAPH <a:b>", "WITH <a:b> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "COPY <a:a> TO <a:b>", "ADD <a:a> TO <a:b>"],
)  # fmt: skip
def test_updates_are_refused(text: str) -> None:
    with pytest.raises(QueryError, match=r"query-update at query, line \d.*nothing can be changed.*mtus load"):
        read_query(text)


@pytest.mark.parametrize("text", ["", "  # only a comment", "FIND * { ?s ?p ?o }", "PREFIX a: <a:>", "42"])
def test_what_is_no_query_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="query-syntax at query"):
        read_query(text)


def test_limits_of_a_query() -> None:
    with pytest.raises(QueryError, match=r"query-too-long.*limit is 50\. .*MTUS_MAX_QUERY_CHARACTERS"):
        read_query("SELECT * { ?s ?p ?o }" + " " * 50, QuerySettings(max_query_characters=50))
    with pytest.raises(QueryError, match=r"query-too-deep at query, line 1, column 20: .*more than 10 levels"):
        read_query("SELECT * {" + "{" * 20 + "}" * 21, QuerySettings(max_query_depth=10))
    # brackets in texts are no nesting
    read_query("SELECT * { ?s ?p '" + "{" * 500 + "' }")


VALUES = ['a"b', "a\\", "line\nline", "} DROP ALL {", "?s ?p ?o", "$x", "'", "\u2028", "#", "a\x00b"]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_stays_one_term(value: str) -> None:
    literal = ox.Literal(value)
    text = bind("SELECT ?v { BIND ($value AS ?v) }", {"value": literal})
    (row,) = ox.Store().query(text)  # type: ignore[misc,union-attr]
    assert row[0] == literal  # type: ignore[index]


def test_only_words_of_their_own_are_replaced() -> None:
    bound = bind("SELECT ?x { ?x $x '$x' . ?x ?xy $xy # $x\n}", {"x": ox.NamedNode("http://a")})
    assert bound == "SELECT ?x { ?x <http://a> '$x' . ?x ?xy $xy # $x\n}"

"""What is said of queries that do not parse: the place, the mistake, and nothing that the service would refuse."""

import re

import pyoxigraph as ox
import pytest

from mtus.reasoner.sparql_errors import syntax_error

# query: the place, and words of reason or remedy
MISTAKES = [
    # what the words show
    ("SELECT * {\n ?s ?p ?o .\n FILTR(?o > 3)}", "line 3, column 2", "'FILTR' is no word of SPARQL. Is FILTER meant?"),
    ("SELECT * { ?s ?p ?o . foo }", "line 1, column 23", "'foo' is no word of SPARQL. Write it as a variable"),
    ("SELECT * { ?s ?p ?o } LIMIT ten", "line 1, column 29", "'ten' is no word of SPARQL."),
    ("SELECT * { ?s ?p 'open }", "line 1, column 18", "The text that begins here has no end. Close it with '."),
    ("SELECT * {\n ?s ?p ?o ", "line 1, column 10", "The bracket { that opens here is never closed. Close it with }."),
    ("SELECT (SUM(?x AS ?n) {}", "line 1, column 8", r"The bracket \( that opens here is never closed."),
    ("SELECT * { ?s ?p ?o } }", "line 1, column 23", "Nothing is open that } closes here."),
    # what the engine says in a sentence
    ("SELECT * { ?s foo:bar ?o }", "line 1, column 22", "not declared. Begin with PREFIX"),
    ("SELECT * { ?s <rel> ?o }", "line 1, column 20", "no absolute IRI"),
    ("SELECT ?s { ?s ?p ?o } GROUP BY ?p", "line 1, column 35", "SELECT names a variable that has no value.* GROUP BY"),
    ("SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o }", "line 1, column 41", "SELECT names a variable that has no value.* GROUP BY"),
    ("SELECT * { ?s ?p ?o } GROUP BY ?s", "line 1, column 34", r"SELECT \* does not go together with groups"),
    ("SELECT (1 AS ?x) (2 AS ?x) {}", "line 1, column 30", "two columns the same name"),
    ("SELECT (1 AS ?s) { ?s ?p ?o }", "line 1, column 30", "Choose another name"),
    # what is left
    ("SELECT * {\n ?s ?p ?o .\n FILTER(?x ==  3)}", r"line 3, column \d+", "here or shortly before, near 'FILTER"),
    ("SELECT * WHERE { ?s ?p }", r"line 1, column \d+", "here or shortly before, near .*{ [?]s [?]p }"),
    ("ASK", "line 1, column 4", "One of these could follow here: {"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "words"), MISTAKES)
def test_a_mistake_has_its_place_and_its_reason(text: str, place: str, words: str) -> None:
    with pytest.raises(SyntaxError) as caught:
        ox.Store().query(text)
    (problem,) = syntax_error(caught.value, text).problems
    assert problem.code == "query-syntax"
    assert re.fullmatch("query, " + place, problem.where), problem
    assert re.search(words, f"{problem.why} {problem.remedy}"), problem
    # the engine lists keywords that could not stand there, and some that are refused
    for word in ("SERVICE", "LATERAL", "OPTIONAL", "[_]", "FDCF"):
        assert word not in problem.why


def test_the_exponent_of_a_number_is_no_word() -> None:
    text = "SELECT * { ?s ?p 1.5e10 . FILTER(?o = 2e5) . FILTR }"
    with pytest.raises(SyntaxError) as caught:
        ox.Store().query(text)
    assert "'FILTR'" in str(syntax_error(caught.value, text))


def test_what_the_engine_says_in_another_form_is_passed_on() -> None:
    told = syntax_error(SyntaxError("something else"), "ASK")
    assert "The query is not valid SPARQL: something else" in str(told)

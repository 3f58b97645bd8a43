"""Queries of components as Python functions say the same as the general engine, and hand over whatever they do not know."""

import itertools
from decimal import Decimal
from random import Random

import pytest
from dirty_cases import dirty
from random_cases import CaseMaker

from mtus.reasoner.closure import closure
from mtus.reasoner.component_queries import ComponentQuery, Solver, component_query
from mtus.reasoner.errors import CaseError
from mtus.reasoner.graph import Graph, Literal, Triple
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import TYPE, XSD
from mtus.reasoner.sparql_functions import compile_query
from mtus.reasoner.sparql_values import OtherValuesError, equal, number, truth

E = "http://example.org/"
PREFIX = f"PREFIX : <{E}>\n"


def queries(knowledge: Knowledge) -> list[ComponentQuery]:
    shapes = knowledge.shape_model.all.values()
    return list(dict.fromkeys(component_query(c, parameters) for shape in shapes for c, parameters in shape.components))


def test_every_component_is_compiled(knowledge: Knowledge) -> None:
    """One that were not would be right, and a hundred times slower."""
    assert [query.component for query in queries(knowledge) if query.function is None] == []


def test_components_on_random_and_dirty_cases(knowledge: Knowledge) -> None:
    maker, found = CaseMaker(knowledge), {True: 0, False: 0}
    for seed in range(60):
        for triples in (maker.triples(seed), dirty(maker.triples(seed), seed)):
            try:
                graph = closure(triples, knowledge.closure_rules)
            except CaseError:
                continue
            solver = Solver(graph)
            solver.hold(queries(knowledge))
            for request in graph.subjects(TYPE, "https://w3id.org/mtus/ontology/TreatmentRequest"):
                if not request.startswith("_:"):
                    for query in queries(knowledge):
                        fails = solver.fails(query, request)
                        assert fails == solver.ask_store(query, request), (seed, query.component)
                        found[fails] += 1
    assert min(found.values()) > 300


# Made-up queries on made-up graphs

QUERIES = [
    "SELECT $this WHERE { $this :p ?x . ?x :q ?y }",
    "SELECT DISTINCT $this { $this :p ?x , ?y ; :n ?n . FILTER(?x != ?y) }",
    "SELECT $this WHERE { $this a :C . ?x :p $this . }",
    "SELECT $this WHERE { ?x a :C ; :n ?n . FILTER(?n >= 3 && !(?n = 5)) }",
    "SELECT $this WHERE { $this :n ?n . OPTIONAL { $this :m ?m . FILTER(?m > ?n) } FILTER(!BOUND(?m)) }",
    "SELECT $this WHERE { OPTIONAL { $this :n ?n } OPTIONAL { $this :m ?m } FILTER(COALESCE(?n, 0) + COALESCE(?m, 0.5) * 2 > 6 - 1) }",
    "SELECT $this WHERE { { $this :p ?x } UNION { ?x :p $this } ?x :n ?n . FILTER(?n < 5 || ?unbound > 3) }",
    "SELECT $this WHERE { FILTER NOT EXISTS { $this :p ?x . ?x :n ?n . FILTER(?n > 2) } }",
    "SELECT $this WHERE { $this :n ?n . FILTER EXISTS { $this :p ?x . FILTER NOT EXISTS { ?x :n ?n } } }",
    "SELECT $this WHERE { $this :p ?x . OPTIONAL { ?x :n ?n } BIND(COALESCE(?n, 1) AS ?v) } GROUP BY $this HAVING (SUM(?v) > 4)",
    "SELECT $this WHERE { $this :p ?x } GROUP BY $this HAVING (COUNT(DISTINCT ?x) + 1 > 2 && COUNT(?x) < 3)",
    "SELECT $this WHERE { $this :n ?n } GROUP BY $this HAVING (MIN(?n) * 2 <= MAX(?n))",
    "SELECT $this WHERE { $this :n ?n } GROUP BY $this",
    "SELECT $this WHERE { $this :n ?n . FILTER(?n = 3 || ?n = :a || ?n != 7) }",
    "SELECT $this WHERE { ?x :p ?x }",
    "SELECT $this WHERE { $this :n 3 , 5 }",
    'SELECT $this WHERE { $this :n ?n . FILTER(?n > "4"^^<http://www.w3.org/2001/XMLSchema#integer>) }',
]
HANDED_OVER = [
    "SELECT ?x WHERE { $this :p ?x }",
    "SELECT $this WHERE { $this ?p ?x }",
    "SELECT $this WHERE { $this :p/:q ?x }",
    "SELECT $this WHERE { $this :p+ ?x }",
    "SELECT $this WHERE { $this ^:p ?x }",
    "SELECT $this WHERE { $this :p ?x MINUS { $this :q ?x } }",
    "SELECT $this WHERE { $this :p ?x } ORDER BY ?x",
    "SELECT $this WHERE { $this :n ?n . FILTER(ABS(?n) > 1) }",
    "SELECT $this WHERE { $this :n ?n . FILTER(?n / 2 > 1) }",
    "SELECT $this WHERE { $this :n ?n . FILTER(?n IN (1, 2)) }",
    "SELECT $this WHERE { $this :p ?x . GRAPH ?g { ?x :q ?y } }",
    "SELECT $this WHERE { { SELECT $this WHERE { $this :p ?x } } }",
    "SELECT $this WHERE { $this :p ?x } GROUP BY ?x",
    "SELECT $this WHERE { VALUES ?x { :a } $this :p ?x }",
    "ASK { $this :p ?x }",
    "this is no query",
    # evaluated from left to right, these could mean something else
    "SELECT $this WHERE { OPTIONAL { $this :p ?x } ?x :q ?y }",
    "SELECT $this WHERE { $this :n ?n { $this :p ?x FILTER(?n > 2) } }",
    "SELECT $this WHERE { $this :n ?n OPTIONAL { $this :p ?x BIND(?n + 1 AS ?m) } }",
    "SELECT $this WHERE { $this :n ?n BIND(?n + 1 AS ?m) $this :m ?m }",
]


def some_graph(rng: Random) -> Graph:
    things = [E + name for name in "abcd"]
    values = [Literal(text, XSD + kind) for text, kind in (("3", "integer"), ("5", "integer"), ("7", "integer"), ("2.5", "decimal"))]
    strange = [
        Literal("x", XSD + "integer"),
        Literal("2", XSD + "double"),
        Literal("2015-08-18", XSD + "date"),
        Literal("9" * 17, XSD + "integer"),
    ]
    triples: list[Triple] = [(rng.choice(things), E + rng.choice("pq"), rng.choice(things)) for _ in range(rng.randrange(9))]
    triples += [
        (rng.choice(things), E + rng.choice("nm"), rng.choice([*values, *values, *strange, E + "a"])) for _ in range(rng.randrange(9))
    ]
    triples += [(rng.choice(things), TYPE, E + "C") for _ in range(2)]
    return Graph(triples)


@pytest.mark.parametrize("text", QUERIES)
def test_functions_agree_with_the_general_engine(text: str) -> None:
    query = ComponentQuery("C", PREFIX + text)
    assert query.function is not None
    found = set()
    for seed in range(150):
        graph = some_graph(Random(seed))
        solver = Solver(graph)
        for focus in (E + "a", E + "b", E + "nobody"):
            fails = solver.fails(query, focus)
            assert fails == solver.ask_store(query, focus), (seed, focus, sorted(map(str, graph)))
            found.add(fails)
    assert found == {True, False}


@pytest.mark.parametrize("text", HANDED_OVER)
def test_what_is_handed_over(text: str) -> None:
    assert compile_query(PREFIX + text) is None


def test_numbers() -> None:
    assert number(Literal("12", XSD + "integer")) == 12
    assert number(Literal("-1.5", XSD + "decimal")) == Decimal("-1.5")
    assert number(Decimal(2)) == 2
    for text, kind in itertools.product(("abc", "1e3", "", "NaN", "9" * 15, "0.0000000001", "٣"), ("integer", "decimal")):
        with pytest.raises(OtherValuesError):
            number(Literal(text, XSD + kind))
    for value in (E, None, True):
        with pytest.raises(OtherValuesError):
            number(value)


def test_equality_and_truth() -> None:
    assert equal(Literal("2", XSD + "integer"), Literal("2.0", XSD + "decimal"))
    assert not equal(E, Literal("2", XSD + "integer"))
    with pytest.raises(OtherValuesError):
        equal(Literal("a"), Literal("a"))
    assert [truth(v) for v in (None, True, 0, Literal("1", XSD + "integer"), E)] == [None, True, False, True, None]

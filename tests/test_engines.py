"""The engine at run time gives the same rows as pySHACL and pyshifty, on every case file and on random cases.

The random cases are a sample: ``MTUS_RANDOM_CASES=500 pytest tests/test_engines.py`` takes more of them, and
``python tests/full_agreement.py`` runs 2,000 and every case file. pyshifty is asked for its W3C report: its own algebra result
merges shapes of the same structure and keeps the name of the first alone.
"""

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from dirty_cases import dirty
from full_agreement import ROOT, case_files, comparable, compare, graph_of
from random_cases import CASE_SHAPES, CaseMaker

from mtus.reasoner import comparison, compiled, component_queries
from mtus.reasoner import validate as validation
from mtus.reasoner.component_queries import mentioned_terms
from mtus.reasoner.errors import CaseError, EngineError, KnowledgeError
from mtus.reasoner.graph import Graph, Literal, from_quads
from mtus.reasoner.infer import infer
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, SH, TYPE, XSD
from mtus.reasoner.review_check import REVIEW_SHAPES
from mtus.reasoner.shape_model import read_shapes
from mtus.reasoner.validate import ENGINES, Engine, validate

RANDOM = int(os.environ.get("MTUS_RANDOM_CASES", "60"))
OTHERS: tuple[Engine, ...] = ("shifty", "pyshacl")
# pySHACL takes about half a second a case: of many case files it sees an even sample here, and all of them in the full run.
FILES_FOR_PYSHACL = 40


@pytest.fixture(scope="module")
def maker(knowledge: Knowledge) -> CaseMaker:
    return CaseMaker(knowledge)


# Agreement


def files_for(engine: Engine) -> list[Path]:
    files = case_files()
    return files[:: 1 + len(files) // FILES_FOR_PYSHACL] if engine == "pyshacl" else files


@pytest.mark.parametrize(
    ("engine", "path"), [(e, p) for e in OTHERS for p in files_for(e)], ids=lambda v: v if isinstance(v, str) else v.stem
)
def test_case_files(knowledge: Knowledge, engine: Engine, path: Path) -> None:
    try:
        graph = graph_of(path.read_bytes(), knowledge, path.name)
    except CaseError:
        return  # refused before any engine sees it
    assert compare(path.relative_to(ROOT).as_posix(), graph, knowledge, engine) is None


@pytest.mark.parametrize("engine", OTHERS)
@pytest.mark.parametrize("seed", range(RANDOM))
def test_random_cases(knowledge: Knowledge, maker: CaseMaker, engine: Engine, seed: int) -> None:
    assert compare(f"random case {seed}", graph_of(maker.content(seed), knowledge), knowledge, engine) is None


@pytest.mark.parametrize("seed", range(RANDOM))
def test_dirty_graphs(knowledge: Knowledge, maker: CaseMaker, seed: int) -> None:
    """Also graphs that no loader would let through: ill-typed numbers, missing and doubled things, unknown words."""
    triples = dirty(maker.triples(seed), seed, arguable=False)
    try:
        graph = infer(triples, knowledge.rules, knowledge.background).graph
    except CaseError:
        return  # of two classes that nothing can be of
    assert compare(f"dirty case {seed}", graph, knowledge, "shifty") is None


def test_a_wrong_engine_is_noticed(knowledge: Knowledge, maker: CaseMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one limit read as exclusive, or components passed over, the random cases show it."""
    graphs = [graph_of(maker.content(seed), knowledge) for seed in range(40)]

    def differing() -> int:
        return sum(compare("", graph, knowledge, "shifty") is not None for graph in graphs)

    monkeypatch.setitem(comparison.ORDERS, "maxInclusive", lambda c: c < 0)
    assert differing() > 0
    monkeypatch.undo()
    monkeypatch.setattr(component_queries.Solver, "fails", lambda *_: False)
    assert differing() > 20


# The random cases themselves


def test_same_seed_same_bytes(knowledge: Knowledge, maker: CaseMaker) -> None:
    assert [maker.content(seed) for seed in range(20)] == [CaseMaker(knowledge).content(seed) for seed in range(20)]
    assert len({maker.content(seed) for seed in range(20)}) == 20


def test_random_cases_reach_every_shape(knowledge: Knowledge, maker: CaseMaker) -> None:
    """Each criterion's shapes have request that pass and requests that fail: else agreement on them says nothing."""
    passed: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for seed in range(400):
        graph = graph_of(maker.content(seed), knowledge)
        rows = validate(graph, knowledge)
        assert not [row for row in rows if row.source_shape.startswith(CASE_SHAPES)], f"random case {seed} is not well formed"
        assert (f"https://w3id.org/mtus/case/random-{seed}", MTUS + "synthetic", Literal("true", XSD + "boolean")) in graph
        broken = {(row.node_shape, row.focus) for row in rows}
        for shape in knowledge.shape_model.targeted.values():
            for focus in {node for target in shape.targets for node in graph.subjects(TYPE, target)}:
                (failed if (shape.iri, focus) in broken else passed)[shape.iri] += 1
    shapes = [iri for iri in knowledge.shape_model.targeted if not iri.startswith((CASE_SHAPES, REVIEW_SHAPES))]
    assert [iri for iri in shapes if not passed[iri] + failed[iri]] == []
    one_sided = [iri for iri in shapes if not passed[iri] or not failed[iri]]
    assert len(one_sided) <= len(shapes) // 50, one_sided


# Small shapes, one for each kind of constraint

PREFIXES = f"""
@prefix : <http://example.org/> . @prefix sh: <{SH}> . @prefix xsd: <{XSD}> . @prefix mtus: <{MTUS}> .
"""
DATA = """
:a a :T ; :n 3 ; :o 5 ; :p :x , :y ; :q :x ; :d "2015-08-18"^^xsd:date ; :l "text" .
:b a :T ; :n 7 , 9 ; :o 7 ; :p :x ; :q :x ; :d "2016-01-01"^^xsd:date , "2014-01-01"^^xsd:date ; :m 2.5 .
:c a :T ; :p :x , :z , "literal" ; :q :w ; :n 2.5 .
# a focus node is always named: the loader sees to that, and engines differ where it is not
:f a :T ; :n 6 ; :p _:other ; :o 6 .
_:other a :X ; :r :x .
:e a :T .
:x a :X ; :r :y . :y a :Y ; :r :z , :x . :z a :X , :Y ; :n 5 . :w a :W .
"""
CONSTRAINTS = {
    "class": ":s sh:property [ sh:path :p ; sh:class :X ] .",
    "datatype": ":s sh:property [ sh:path :n ; sh:datatype xsd:integer ] .",
    **{
        f"nodeKind {kind}": f":s sh:property [ sh:path :p ; sh:nodeKind sh:{kind} ] ."
        for kind in ("IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
    },
    "hasValue": ":s sh:property [ sh:path :p ; sh:hasValue :y ] .",
    "in": ":s sh:property [ sh:path :p ; sh:in ( :x :y ) ] .",
    "in, literals": ":s sh:property [ sh:path :n ; sh:in ( 3 7 2.5 ) ] .",
    "minCount": ":s sh:property [ sh:path :d ; sh:minCount 1 ] .",
    "maxCount": ":s sh:property [ sh:path :p ; sh:maxCount 1 ] .",
    **{name: f":s sh:property [ sh:path :n ; sh:{name} 6 ] ." for name in ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")},
    "limit of another type": ":s sh:property [ sh:path :n ; sh:minInclusive 2.75 ] .",
    "limit on dates": ':s sh:property [ sh:path :d ; sh:minInclusive "2015-08-18"^^xsd:date ] .',
    "limit on things that have no order": ":s sh:property [ sh:path :p ; sh:maxInclusive 6 ] .",
    "limit on text": ":s sh:property [ sh:path :l ; sh:maxInclusive 6 ] .",
    "lessThan": ":s sh:property [ sh:path :n ; sh:lessThan :o ] .",
    "lessThanOrEquals": ":s sh:property [ sh:path :n ; sh:lessThanOrEquals :o ] .",
    "equals": ":s sh:property [ sh:path :p ; sh:equals :q ] .",
    "disjoint": ":s sh:property [ sh:path :p ; sh:disjoint :q ] .",
    "not": ":s sh:property [ sh:path :p ; sh:not [ sh:class :X ] ] .",
    "not, in the node shape": ":s sh:not [ sh:property [ sh:path :o ; sh:minCount 1 ] ] .",
    "and": ":s sh:property [ sh:path :p ; sh:and ( [ sh:class :X ] [ sh:nodeKind sh:IRI ] ) ] .",
    "or": ":s sh:property [ sh:path :p ; sh:or ( [ sh:class :Y ] [ sh:nodeKind sh:Literal ] ) ] .",
    "xone": ":s sh:property [ sh:path :p ; sh:xone ( [ sh:class :X ] [ sh:class :Y ] ) ] .",
    "node": ":s sh:property [ sh:path :p ; sh:node [ sh:property [ sh:path :r ; sh:minCount 1 ] ] ] .",
    "property in a property": ":s sh:property [ sh:path :p ; sh:property [ sh:path :r ; sh:maxCount 1 ] ] .",
    "inverse path": ":X-shape a sh:NodeShape ; sh:targetClass :X ; sh:property [ sh:path [ sh:inversePath :p ] ; sh:maxCount 2 ] .",
    "sequence": ":s sh:property [ sh:path ( :p :r ) ; sh:class :Y ] .",
    "sequence with an inverse": ":s sh:property [ sh:path ( :p [ sh:inversePath :q ] ) ; sh:maxCount 1 ] .",
    "longer sequence": ":s sh:property [ sh:path ( :p :r :r ) ; sh:maxCount 2 ] .",
    "qualified": ":s sh:property [ sh:path :p ; sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1 ; "
    "sh:qualifiedValueShape [ sh:class :X ] ] .",
    "qualified, nested": """:s sh:property [ sh:path :p ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShape
        [ sh:class :X ; sh:property [ sh:path :r ; sh:hasValue :y ] ] ] .""",
    "qualified by what is not": ":s sh:property [ sh:path :p ; sh:qualifiedMinCount 1 ; "
    "sh:qualifiedValueShape [ sh:not [ sh:class :X ] ] ] .",
    "component": """:s mtus:most 6 . mtus:Most a sh:ConstraintComponent ; sh:parameter [ sh:path mtus:most ] ; sh:nodeValidator
        [ a sh:SPARQLSelectValidator ; sh:select "SELECT $this WHERE { $this <http://example.org/n> ?n . FILTER(?n > $most) }" ] .""",
    "component of two parameters": """:s mtus:most 3 ; mtus:over :p .
        mtus:Most a sh:ConstraintComponent ; sh:parameter [ sh:path mtus:most ] , [ sh:path mtus:over ] ; sh:nodeValidator
        [ a sh:SPARQLSelectValidator ; sh:select "SELECT $this WHERE { $this $over ?v } GROUP BY $this HAVING (COUNT(?v) >= $most)" ] .""",
    "component that asks for what is missing": """:s mtus:kind :Y .
        mtus:Kind a sh:ConstraintComponent ; sh:parameter [ sh:path mtus:kind ] ; sh:nodeValidator [ a sh:SPARQLSelectValidator ;
        sh:select "SELECT $this WHERE { FILTER NOT EXISTS { $this <http://example.org/p> ?v . ?v a $kind } }" ] .""",
}


def graph(turtle: str) -> Graph:
    return Graph(from_quads(ox.parse((PREFIXES + turtle).encode(), format=ox.RdfFormat.TURTLE)))


def with_shapes(knowledge: Knowledge, turtle: str) -> Knowledge:
    """Return knowledge that has the shapes in ``turtle`` and no others."""
    shapes = graph(turtle)
    return replace(knowledge, shapes=shapes, shape_model=read_shapes(shapes), digest=turtle)


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_each_kind_of_constraint(knowledge: Knowledge, name: str) -> None:
    """The three engines agree, and the constraint fails somewhere and holds somewhere."""
    small = with_shapes(knowledge, f":s a sh:NodeShape ; sh:targetClass :T . {_named_parts(CONSTRAINTS[name])}")
    data = graph(DATA)
    rows = {engine: comparable(validate(data, small, engine)) for engine in ENGINES}
    assert rows["compiled"] == rows["pyshacl"] == rows["shifty"]
    assert rows["compiled"]
    assert len({row[0] for row in rows["compiled"]}) < 5


def _named_parts(turtle: str) -> str:
    """Give the outermost property shape a name, so that engines cannot choose one."""
    before, marker, rest = turtle.partition("sh:property [ ")
    if not marker or "sh:not [ sh:property" in turtle:
        return turtle
    return f"{before}sh:property :part . :part a sh:PropertyShape ; {rest.rstrip().removesuffix('.').rstrip().removesuffix(']')} ."


# What is not evaluated is refused


@pytest.mark.parametrize(
    "word", ["minCuont", "targetClas", "hasvalue", "severety", "pattern", "minLength", "closed", "deactivated", "targetNode", "sparql"]
)
def test_words_that_engines_would_pass_over_are_refused(word: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        read_shapes(
            graph(
                f":s a sh:NodeShape ; sh:targetClass :T ; sh:property [ a sh:PropertyShape ; sh:path :p ; sh:minCount 1 ] ; sh:{word} 1 ."
            )
        )
    (problem,) = caught.value.problems
    assert problem.code == "unknown-shacl-word"
    assert word in problem.why


@pytest.mark.parametrize(
    "turtle",
    [
        ":s sh:property [ sh:path [ sh:inversePath ( :p :q ) ] ; sh:minCount 1 ] .",
        ":s sh:property [ sh:path ( :p [ sh:inversePath [ sh:inversePath :q ] ] ) ; sh:minCount 1 ] .",
        ":s mtus:most 1 . mtus:Most a sh:ConstraintComponent ; sh:parameter [ sh:path mtus:most ] .",
        """:s sh:property [ sh:path :p ; mtus:most 1 ] . mtus:Most a sh:ConstraintComponent ; sh:parameter [ sh:path mtus:most ] ;
           sh:nodeValidator [ sh:select "SELECT $this WHERE { $this ?p ?o }" ] .""",
    ],
)
def test_what_is_not_supported_is_refused(turtle: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        read_shapes(graph(f":s a sh:NodeShape ; sh:targetClass :T . {turtle}"))
    assert {problem.code for problem in caught.value.problems} == {"shacl-not-supported"}


@pytest.mark.parametrize("path", ["sh:alternativePath ( :p :q )", "sh:zeroOrMorePath :p", "sh:oneOrMorePath :p", "sh:zeroOrOnePath :p"])
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(KnowledgeError):
        read_shapes(graph(f":s a sh:NodeShape ; sh:targetClass :T ; sh:property [ sh:path [ {path} ] ; sh:minCount 1 ] ."))


def test_a_shape_that_targets_nothing_is_refused() -> None:
    with pytest.raises(KnowledgeError) as caught:
        read_shapes(graph(":s a sh:NodeShape ; sh:property [ sh:path :p ; sh:minCount 1 ] ."))
    assert [problem.code for problem in caught.value.problems] == ["shape-without-target"]


# What the store has to hold for a query


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "PREFIX m: <http://m/> SELECT $this WHERE { $this m:p ?x . ?x a m:C ; <http://n/q> 3 }",
            {"http://m/p", "http://m/C", "http://n/q"},
        ),
        ("PREFIX m: <http://m/> SELECT $this WHERE { $this m:p ?x . # a comment with m:other\n FILTER(?x < 3 && ?x > 1) }", {"http://m/p"}),
        ('SELECT $this WHERE { $this <http://m/p> "m:q" . FILTER(?x != "6"^^<http://x#i>) }', {"http://m/p", "http://x#i"}),
        ("PREFIX : <http://m/> SELECT $this WHERE { $this :p ?x . ?x a :C }", {"http://m/p", "http://m/C"}),
        ("SELECT $this WHERE { $this ?p ?o }", None),
        ("SELECT $this WHERE { $this a ?c }", None),
        ("PREFIX m: <http://m/> SELECT $this WHERE { $this a m:C , ?c }", None),
        (f"SELECT $this WHERE {{ $this <{TYPE}> ?c }}", None),
        ("PREFIX m: <http://m/> SELECT $this WHERE { $this m:p* ?o }", None),
        ("PREFIX m: <http://m/> SELECT $this WHERE { $this !m:p ?o }", None),
        ("PREFIX m: <http://m/> SELECT $this WHERE { $this !(m:p|m:q) ?o }", None),
        ("PREFIX m: <http://m/> SELECT $this WHERE { $this m:p ?o FILTER(!BOUND(?x) || ?o = 1) }", {"http://m/p"}),
        ("SELECT $this WHERE { GRAPH ?g { $this <http://m/p> ?o } }", None),
        ("SELECT $this WHERE { $this undeclared:p ?o }", None),
    ],
)
def test_terms_that_a_query_mentions(query: str, expected: set[str] | None) -> None:
    assert mentioned_terms(query) == (None if expected is None else frozenset(expected))


def test_components_need_only_part_of_the_graph(knowledge: Knowledge) -> None:
    """If a query could match anything, the store would hold the whole case for it; none of ours can."""
    queries = [q for shape in knowledge.shape_model.all.values() for q in compiled._plan(shape).queries]
    assert queries
    assert all(query.mentioned is not None for query in queries)


# A failure of an engine is an error, never a row


@pytest.fixture
def tiny(knowledge: Knowledge) -> Knowledge:
    return with_shapes(
        knowledge, ":s a sh:NodeShape ; sh:targetClass :T ; sh:property :part . :part a sh:PropertyShape ; sh:path :p ; sh:minCount 1 ."
    )


FAILED = rdflib.Graph()


@pytest.mark.parametrize(
    "result",
    [
        (False, FAILED, "Validation Failure - the shapes graph is broken"),
        (False, b"a report in bytes", ""),
        (False, FAILED, "does not conform, and no result says why"),
        (False, ValueError("kept as a value"), ""),
    ],
)
def test_pyshacl_failures_given_back_as_results(tiny: Knowledge, monkeypatch: pytest.MonkeyPatch, result: Any) -> None:
    monkeypatch.setattr(pyshacl, "validate", lambda *_, **__: result)
    with pytest.raises(EngineError) as caught:
        validate(graph(":a a :T ."), tiny, "pyshacl")
    assert caught.value.problems[0].code == "engine-failed"


def test_pyshacl_that_conforms_with_results(tiny: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    found = rdflib.Graph().parse(
        data=PREFIXES + "[] a sh:ValidationReport ; sh:result [ a sh:ValidationResult ; sh:focusNode :a ] .", format="turtle"
    )
    monkeypatch.setattr(pyshacl, "validate", lambda *_, **__: (True, found, ""))
    with pytest.raises(EngineError, match="gives 1 results"):
        validate(graph(":a a :T ."), tiny, "pyshacl")


def _raise(*_: object, **__: object) -> None:
    raise RuntimeError("out of order")


def test_exceptions_of_engines(tiny: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyshacl, "validate", _raise)
    monkeypatch.setattr(validation, "_prepared_shifty", lambda _: SimpleNamespace(validate=_raise))
    monkeypatch.setattr(compiled, "_min_count", lambda *_: (_ for _ in ()).throw(ValueError("out of order")))
    compiled._plan.cache_clear()
    try:
        for engine in ENGINES:
            with pytest.raises(EngineError, match="out of order"):
                validate(graph(":a a :T ."), tiny, engine)
    finally:
        compiled._plan.cache_clear()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_broken_query_is_an_error(knowledge: Knowledge, engine: Engine) -> None:
    broken = with_shapes(
        knowledge,
        """:s a sh:NodeShape ; sh:targetClass :T ; mtus:most 1 . mtus:Most a sh:ConstraintComponent ; sh:parameter [ sh:path mtus:most ] ;
           sh:nodeValidator [ a sh:SPARQLSelectValidator ; sh:select "SELECT $this WHERE { this is no query }" ] .""",
    )
    with pytest.raises(EngineError):
        validate(graph(":a a :T ."), broken, engine)


# pyshifty


def test_the_w3c_report_names_each_of_two_shapes_of_the_same_structure(knowledge: Knowledge) -> None:
    """The algebra result of pyshifty gives one of the two names; that is why the report is read."""
    two = with_shapes(
        knowledge,
        " ".join(
            f":{n} a sh:NodeShape ; sh:targetClass :T ; sh:property :{n}-part . :{n}-part a sh:PropertyShape ; sh:path :p ; sh:minCount 1 ."
            for n in "st"
        ),
    )
    for engine in ENGINES:
        named = {row.source_shape for row in validate(graph(":a a :T ."), two, engine)}
        assert named == {"http://example.org/s-part", "http://example.org/t-part"}

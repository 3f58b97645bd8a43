"""The closure without reasons gives the same graph as inference with reasons, for every axiom and every case."""

import pytest
from dirty_cases import dirty
from full_agreement import case_files
from random_cases import CaseMaker

from mtus.reasoner.axioms import background, compile_rules
from mtus.reasoner.closure import ClosedGraph, ClosureRules, closure
from mtus.reasoner.errors import CaseError
from mtus.reasoner.graph import Graph, Literal, Triple
from mtus.reasoner.infer import infer
from mtus.reasoner.kinds import Kinds
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import MTUS, OWL, RDFS, TYPE
from mtus.reasoner.synthesize import Synthesizer

A = "http://example.org/"


def both(facts: list[Triple], rules: ClosureRules) -> tuple[set[Triple] | str, set[Triple] | str]:
    """Return what both say follows from ``facts``, or how they refuse them."""
    found: list[set[Triple] | str] = []
    for say in (lambda: set(infer(facts, rules.rules, rules.background).graph), lambda: list(closure(facts, rules))):
        try:
            told = say()
            found.append(set(told))
            assert len(told) == len(set(told)), "a triple is there twice"
        except CaseError as error:
            found.append(str(error))
    return found[0], found[1]


def test_every_case_file(knowledge: Knowledge) -> None:
    compared = 0
    for path in case_files():
        try:
            facts = load_case(path.read_bytes(), knowledge, name=path.name)
        except CaseError:
            continue
        slow, fast = both(list(facts.triples), knowledge.closure_rules)
        assert slow == fast, path.name
        compared += 1
    assert compared > 400


def test_random_dirty_and_synthetic_cases(knowledge: Knowledge) -> None:
    """Also triples that no loader would let through: what the rules say of them has to be the same."""
    maker, synthetic = CaseMaker(knowledge), Synthesizer(knowledge, 3)
    for seed in range(150):
        for triples in (dirty(maker.triples(seed), seed), synthetic.triples(seed)):
            slow, fast = both(list(triples), knowledge.closure_rules)
            assert slow == fast, seed


def axioms(*triples: tuple[str, str, str]) -> ClosureRules:
    ontology = Graph((A + s, p, o if ":" in o else A + o) for s, p, o in triples)
    return ClosureRules(compile_rules(ontology), background(ontology))


@pytest.mark.parametrize(
    ("rules", "facts"),
    [
        ([("p", RDFS + "subPropertyOf", "q"), ("q", RDFS + "subPropertyOf", "r")], [("a", "p", "b"), ("a", "q", "b")]),
        ([("p", OWL + "inverseOf", "q"), ("q", RDFS + "subPropertyOf", "p")], [("a", "p", "b"), ("c", "q", "a")]),
        ([("p", TYPE, OWL + "SymmetricProperty"), ("p", TYPE, OWL + "TransitiveProperty")], [("a", "p", "b"), ("b", "p", "c")]),
        ([("p", RDFS + "domain", "C"), ("C", RDFS + "subClassOf", "D")], [("a", "p", "b")]),
        ([("C", OWL + "disjointWith", "D")], [("a", TYPE, "C"), ("a", TYPE, "D")]),
    ],
)
def test_axioms(rules: list[tuple[str, str, str]], facts: list[tuple[str, str, str]]) -> None:
    stated: list[Triple] = [(A + s, p if ":" in p else A + p, A + o) for s, p, o in facts]
    named = [(s, p if ":" in p else A + p, o) for s, p, o in rules]
    slow, fast = both(stated, axioms(*named))
    assert slow == fast
    assert slow != set(stated)


def test_long_lists_stay_fast(knowledge: Knowledge) -> None:
    """A thing with thousands of values does not make adding one more slow."""
    facts: list[Triple] = [(f"{A}s{n}", MTUS + "statedIn", A + "document") for n in range(20_000)]
    graph = closure([*facts, *facts[:100]], knowledge.closure_rules)
    assert len(graph.objects(A + "document", MTUS + "reports")) == 20_000


# The graph


def closed() -> ClosedGraph:
    return closure(
        [(A + "a", TYPE, A + "C"), (A + "a", A + "p", Literal("1")), (A + "a", A + "p", A + "b")], axioms(("C", RDFS + "subClassOf", "D"))
    )


def test_the_graph_reads_like_any_other() -> None:
    graph = closed()
    plain = Graph(graph)
    assert len(graph) == len(plain) == 4
    assert sorted(graph.with_predicate(TYPE)) == sorted(plain.with_predicate(TYPE))
    assert graph.with_predicate(A + "p") == plain.with_predicate(A + "p")
    assert graph.subjects(TYPE, A + "D") == plain.subjects(TYPE, A + "D") == [A + "a"]
    assert graph.subjects(A + "p", A + "b") == [A + "a"]
    assert graph.objects(A + "a", TYPE) == sorted(plain.objects(A + "a", TYPE), key=str)
    assert graph.objects(Literal("1"), TYPE) == graph.objects(A + "b", A + "p") == graph.objects(A + "a", A + "q") == []
    assert graph.classes() == plain.classes()
    assert graph.classes_of(A + "a") == plain.classes_of(A + "a") == {A + "C", A + "D"}
    assert (A + "a", A + "p", Literal("1")) in graph
    assert (A + "a", TYPE, A + "E") not in graph


def test_the_graph_is_read_only() -> None:
    with pytest.raises(TypeError, match="read only"):
        closed().add((A + "a", A + "p", A + "c"))


def test_another_value() -> None:
    graph = closed()
    other = graph.with_value(A + "a", A + "p", Literal("2"))
    assert other.objects(A + "a", A + "p") == [Literal("2")]
    assert graph.objects(A + "a", A + "p") == [Literal("1"), A + "b"]


def test_kinds_do_not_grow_without_end(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtus.reasoner.kinds._MOST", 10)
    kinds = Kinds(knowledge.rules)
    found = [kinds.of(frozenset((f"{A}{n}",))) for n in range(50)]
    assert len(kinds._stated) <= 12
    assert [kind.classes for kind in found] == [{f"{A}{n}"} for n in range(50)]

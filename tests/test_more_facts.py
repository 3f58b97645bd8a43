"""What follows when facts are added is what follows from all facts together, and nothing that was known is touched."""

from random import Random

import pytest
from dirty_cases import dirty
from full_agreement import case_files
from random_cases import CaseMaker

from mtus.reasoner.axioms import background, compile_rules
from mtus.reasoner.closure import ClosedGraph, ClosureRules, closure
from mtus.reasoner.errors import CaseError
from mtus.reasoner.graph import Graph, Triple
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.more_facts import with_facts
from mtus.reasoner.namespaces import OWL, RDF, RDFS, TYPE
from mtus.reasoner.synthesize import Synthesizer

A = "http://example.org/"
Words = tuple[str, str, str]
Tables = dict[tuple[str, str], tuple[object, ...]]


def tables(graph: ClosedGraph) -> Tables:
    return {(prop, thing): tuple(values) for prop, table in graph.forward.items() for thing, values in table.items()}


def compare(known: list[Triple], added: list[Triple], rules: ClosureRules) -> bool:
    """Hold ``added`` to what follows from ``known`` against all of them at once; return whether that could be done."""
    try:
        before = closure(known, rules)
    except CaseError:
        return False
    values, kinds = tables(before), dict(before.kinds)
    more = with_facts(before, added, rules)
    assert (tables(before), before.kinds) == (values, kinds), "what was known was changed"
    try:
        whole = closure([*known, *added], rules)
    except CaseError:
        assert more is None, "a contradiction was not seen"
        return True
    assert more is not None
    found = list(more.graph)
    assert len(found) == len(set(found)), "a triple is there twice"
    assert set(found) == set(whole)
    assert set(more.graph.kinds) == set(whole.kinds)
    new = set(whole) - set(before)
    assert more.changed == {value if prop == TYPE else prop for _, prop, value in new}
    return True


def named(words: list[Words]) -> list[Triple]:
    """Return triples of short names; blank nodes and terms of the standards stay as they are."""
    return [tuple(word if ":" in word else A + word for word in triple) for triple in words]  # type: ignore[misc]


def axioms(words: list[Words]) -> ClosureRules:
    ontology = Graph(named(words))
    return ClosureRules(compile_rules(ontology), background(ontology))


def splits(triples: list[Triple], seed: int) -> list[tuple[list[Triple], list[Triple]]]:
    rng = Random(seed)
    mixed = rng.sample(triples, len(triples))
    return [(mixed[:cut], mixed[cut:]) for cut in (0, len(mixed) // 2, max(0, len(mixed) - 6), len(mixed))]


def test_every_case_file_in_two_parts(knowledge: Knowledge) -> None:
    compared = 0
    for number, path in enumerate(case_files()[::3]):
        try:
            facts = load_case(path.read_bytes(), knowledge, name=path.name)
        except CaseError:
            continue
        for known, added in splits(list(facts.triples), number):
            compared += compare(known, added, knowledge.closure_rules)
    assert compared > 500


def test_random_dirty_and_synthetic_cases_in_two_parts(knowledge: Knowledge) -> None:
    """Also triples that no loader would let through: what the rules say of them has to be the same."""
    maker, synthetic = CaseMaker(knowledge), Synthesizer(knowledge, 3)
    compared = 0
    for seed in range(40):
        for triples in (dirty(maker.triples(seed), seed), synthetic.triples(seed)):
            for known, added in splits(list(triples), seed):
                compared += compare(known, added, knowledge.closure_rules)
    assert compared > 200


SOME_VALUES = [
    ("D", OWL + "equivalentClass", "_:d"), ("_:d", OWL + "intersectionOf", "_:l1"), ("_:l1", RDF + "first", "C"),
    ("_:l1", RDF + "rest", "_:l2"), ("_:l2", RDF + "first", "_:r"), ("_:l2", RDF + "rest", RDF + "nil"),
    ("_:r", OWL + "onProperty", "p"), ("_:r", OWL + "someValuesFrom", "E"),
]  # fmt: skip
CHAIN = [("p", OWL + "propertyChainAxiom", "_:c1"), ("_:c1", RDF + "first", "q"), ("_:c1", RDF + "rest", "_:c2"),
         ("_:c2", RDF + "first", "r"), ("_:c2", RDF + "rest", RDF + "nil")]  # fmt: skip
IMPLIED = [("C", RDFS + "subClassOf", "_:h"), ("_:h", OWL + "onProperty", "p"), ("_:h", OWL + "hasValue", "b")]


@pytest.mark.parametrize(
    ("rules", "facts"),
    [
        ([("p", RDFS + "subPropertyOf", "q"), ("q", RDFS + "subPropertyOf", "r")], [("a", "p", "b"), ("a", "q", "c")]),
        ([("p", OWL + "inverseOf", "q"), ("q", RDFS + "subPropertyOf", "p")], [("a", "p", "b"), ("c", "q", "a")]),
        ([("p", TYPE, OWL + "TransitiveProperty")], [("a", "p", "b"), ("b", "p", "c"), ("c", "p", "d")]),
        ([("p", RDFS + "domain", "C"), ("C", RDFS + "subClassOf", "D")], [("a", "p", "b")]),
        (CHAIN, [("a", "q", "b"), ("b", "r", "c"), ("b", "r", "d")]),
        (SOME_VALUES, [("a", TYPE, "C"), ("a", "p", "b"), ("b", TYPE, "E")]),
        # what a class implies makes a definition hold, and what refers to the thing is more as well
        ([*SOME_VALUES, *IMPLIED], [("a", TYPE, "C"), ("b", TYPE, "E"), ("x", "p", "a"), ("x", TYPE, "C")]),
        ([("C", OWL + "disjointWith", "D")], [("a", TYPE, "C"), ("a", TYPE, "D")]),
    ],
)
def test_axioms(rules: list[Words], facts: list[Words]) -> None:
    """Each fact is the one that is added once, and the one that is known once."""
    stated, compiled = named(facts), axioms(rules)
    everything = with_facts(closure([], compiled), stated, compiled)
    assert everything is None or set(everything.graph) > set(stated), "nothing follows, so nothing is tested"
    for number, fact in enumerate(stated):
        others = stated[:number] + stated[number + 1 :]
        assert compare(others, [fact], compiled)
        assert compare([fact], others, compiled)


def test_what_refers_to_a_thing_follows_when_that_becomes_more() -> None:
    rules = axioms(SOME_VALUES)
    before = closure(named([("a", TYPE, "C"), ("a", "p", "b")]), rules)
    more = with_facts(before, named([("b", TYPE, "E")]), rules)
    assert more is not None
    assert (A + "a", TYPE, A + "D") in more.graph
    assert (A + "a", TYPE, A + "D") not in before
    assert more.changed == {A + "E", A + "D"}


def test_facts_that_are_known_change_nothing() -> None:
    rules = axioms([("p", RDFS + "subPropertyOf", "q")])
    before = closure(named([("a", "p", "b"), ("a", TYPE, "C")]), rules)
    more = with_facts(before, named([("a", "q", "b"), ("a", TYPE, "C")]), rules)
    assert more is not None
    assert more.changed == frozenset()
    assert more.graph.forward[A + "q"] is before.forward[A + "q"], "nothing is copied without need"

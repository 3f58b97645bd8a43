"""Inference: every kind of axiom on a tiny ontology, with its derivation; what is not supported is refused; the case of 2015."""

import pyoxigraph as ox
import pytest

from mtus.reasoner.axioms import background, compile_rules
from mtus.reasoner.errors import CaseError, KnowledgeError
from mtus.reasoner.graph import Graph, Triple, from_quads
from mtus.reasoner.infer import Inferred, infer
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import CASE, MTUS, TYPE

EX = "http://example.org/"
PREFIXES = f"""
@prefix : <{EX}> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
CLASSES = " ".join(f":{name} a owl:Class ." for name in "ABCDEF")
PROPERTIES = " ".join(f":{name} a owl:ObjectProperty ." for name in "pqrs")


def graph(turtle: str) -> Graph:
    return Graph(from_quads(ox.parse((PREFIXES + turtle).encode(), format=ox.RdfFormat.TURTLE)))


def run(axioms: str, facts: str) -> Inferred:
    ontology = graph(CLASSES + PROPERTIES + axioms)
    return infer(graph(facts), compile_rules(ontology), background(ontology))


def triple(text: str) -> Triple:
    (found,) = graph(text)
    return found


# axioms; facts; what follows; the kind of its axiom; the facts that it rests on
KINDS = {
    "subclass": (":A rdfs:subClassOf :B .", ":x a :A .", ":x a :B .", "subClassOf", ":x a :A ."),
    "subclass of subclass": (":A rdfs:subClassOf :B . :B rdfs:subClassOf :C .", ":x a :A .", ":x a :C .", "subClassOf", ":x a :A ."),
    "equivalent names": (":A owl:equivalentClass :B .", ":x a :B .", ":x a :A .", "subClassOf", ":x a :B ."),
    "intersection": (
        ":A owl:equivalentClass [ owl:intersectionOf ( :B :C ) ] .",
        ":x a :B , :C .",
        ":x a :A .",
        "equivalentClass",
        ":x a :B , :C .",
    ),
    "parts of an intersection": (
        ":A owl:equivalentClass [ owl:intersectionOf ( :B :C ) ] .",
        ":x a :A .",
        ":x a :C .",
        "subClassOf",
        ":x a :A .",
    ),
    "some values": (
        ":A owl:equivalentClass [ owl:intersectionOf ( :B [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :C ] ) ] .",
        ":x a :B ; :p :y . :y a :C .",
        ":x a :A .",
        "equivalentClass",
        ":x a :B ; :p :y . :y a :C .",
    ),
    "some values alone, on the left": (
        "[ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :C ] rdfs:subClassOf :A .",
        ":x :p :y . :y a :C .",
        ":x a :A .",
        "subClassOf",
        ":x :p :y . :y a :C .",
    ),
    "has value": (
        ":A owl:equivalentClass [ owl:intersectionOf ( :B [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :v ] ) ] .",
        ":x a :B ; :p :v .",
        ":x a :A .",
        "equivalentClass",
        ":x a :B ; :p :v .",
    ),
    "has value, the other way": (
        ":A owl:equivalentClass [ owl:intersectionOf ( :B [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :v ] ) ] .",
        ":x a :A .",
        ":x :p :v .",
        "subClassOf",
        ":x a :A .",
    ),
    "union": (":A owl:equivalentClass [ owl:unionOf ( :B :C ) ] .", ":x a :C .", ":x a :A .", "equivalentClass", ":x a :C ."),
    "union in an intersection": (
        ":A owl:equivalentClass [ owl:intersectionOf ( :B [ owl:unionOf ( :C :D ) ] ) ] .",
        ":x a :B , :D .",
        ":x a :A .",
        "equivalentClass",
        ":x a :B , :D .",
    ),
    "nested filler": (
        """:A owl:equivalentClass [ owl:intersectionOf ( :B [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom
           [ owl:intersectionOf ( :C [ a owl:Restriction ; owl:onProperty :q ; owl:someValuesFrom :D ] ) ] ] ) ] .""",
        ":x a :B ; :p :y . :y a :C ; :q :z . :z a :D .",
        ":x a :A .",
        "equivalentClass",
        ":x a :B ; :p :y . :y a :C ; :q :z . :z a :D .",
    ),
    "nested union filler": (
        """:A owl:equivalentClass [ owl:intersectionOf ( :B [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom
           [ owl:unionOf ( :C :D ) ] ] ) ] .""",
        ":x a :B ; :p :y . :y a :D .",
        ":x a :A .",
        "equivalentClass",
        ":x a :B ; :p :y . :y a :D .",
    ),
    "subproperty": (":p rdfs:subPropertyOf :q .", ":x :p :y .", ":x :q :y .", "subPropertyOf", ":x :p :y ."),
    "chain of two": (
        ":r owl:propertyChainAxiom ( :p :q ) .",
        ":x :p :y . :y :q :z .",
        ":x :r :z .",
        "propertyChainAxiom",
        ":x :p :y . :y :q :z .",
    ),
    "chain of three": (
        ":s owl:propertyChainAxiom ( :p :q :r ) .",
        ":w :p :x . :x :q :y . :y :r :z .",
        ":w :s :z .",
        "propertyChainAxiom",
        ":w :p :x . :x :q :y . :y :r :z .",
    ),
    "chain over one property twice": (
        ":r owl:propertyChainAxiom ( :p :p ) .",
        ":x :p :y . :y :p :z .",
        ":x :r :z .",
        "propertyChainAxiom",
        ":x :p :y . :y :p :z .",
    ),
    "chain over a subproperty": (
        ":r owl:propertyChainAxiom ( :p :q ) . :s rdfs:subPropertyOf :q .",
        ":x :p :y . :y :s :z .",
        ":x :r :z .",
        "propertyChainAxiom",
        ":x :p :y . :y :s :z .",
    ),
    "inverse": (":p owl:inverseOf :q .", ":x :p :y .", ":y :q :x .", "inverseOf", ":x :p :y ."),
    "inverse, the other way": (":p owl:inverseOf :q .", ":x :q :y .", ":y :p :x .", "inverseOf", ":x :q :y ."),
    "transitive": (":p a owl:TransitiveProperty .", ":x :p :y . :y :p :z .", ":x :p :z .", "TransitiveProperty", ":x :p :y . :y :p :z ."),
    "transitive, three steps": (
        ":p a owl:TransitiveProperty .",
        ":w :p :x . :x :p :y . :y :p :z .",
        ":w :p :z .",
        "TransitiveProperty",
        ":w :p :x . :x :p :y . :y :p :z .",
    ),
    "symmetric": (":p a owl:SymmetricProperty .", ":x :p :y .", ":y :p :x .", "SymmetricProperty", ":x :p :y ."),
    "domain": (":p rdfs:domain :A .", ":x :p :y .", ":x a :A .", "domain", ":x :p :y ."),
    "domain of a subproperty": (":q rdfs:domain :A . :p rdfs:subPropertyOf :q .", ":x :p :y .", ":x a :A .", "domain", ":x :p :y ."),
    "class by a chain": (
        """:r owl:propertyChainAxiom ( :p :q ) .
           :A owl:equivalentClass [ owl:intersectionOf ( :B [ a owl:Restriction ; owl:onProperty :r ; owl:someValuesFrom :C ] ) ] .""",
        ":x a :B ; :p :y . :y :q :z . :z a :C .",
        ":x a :A .",
        "equivalentClass",
        ":x a :B ; :p :y . :y :q :z . :z a :C .",
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_kind_of_axiom(name: str) -> None:
    axioms, facts, conclusion, kind, rests_on = KINDS[name]
    inferred = run(axioms, facts)
    concluded = triple(conclusion)
    assert concluded in inferred.graph
    assert inferred.derivations[concluded].axiom.kind == kind
    assert set(inferred.support(concluded)) == set(graph(rests_on))


@pytest.mark.parametrize("name", KINDS)
def test_nothing_follows_when_one_fact_is_missing(name: str) -> None:
    axioms, facts, conclusion, _, _ = KINDS[name]
    ontology = graph(CLASSES + PROPERTIES + axioms)
    everything = list(graph(facts))
    for missing in everything:
        rest = [fact for fact in everything if fact != missing]
        assert triple(conclusion) not in infer(rest, compile_rules(ontology), {}).graph


@pytest.mark.parametrize("name", KINDS)
def test_the_order_of_facts_does_not_matter(name: str) -> None:
    axioms, facts, _, _, _ = KINDS[name]
    rules = compile_rules(graph(CLASSES + PROPERTIES + axioms))
    forwards, backwards = list(graph(facts)), list(graph(facts))[::-1]
    assert set(infer(forwards, rules, {}).graph) == set(infer(backwards, rules, {}).graph)


def test_a_stated_triple_has_no_derivation_and_supports_itself() -> None:
    inferred = run(":A rdfs:subClassOf :B .", ":x a :A , :B .")
    stated = triple(":x a :B .")
    assert stated not in inferred.derivations
    assert inferred.support(stated) == (stated,)


def test_cycles_of_classes_and_properties_end() -> None:
    inferred = run(
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :A . :p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :p .", ":x a :A ; :p :x ."
    )
    assert {triple(":x a :B ."), triple(":x :q :x .")} == set(inferred.derivations)


def test_open_world_a_missing_value_denies_nothing() -> None:
    inferred = run(
        ":A owl:equivalentClass [ owl:intersectionOf ( :B [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :C ] ) ] .",
        ":x a :A .",
    )
    assert triple(":x a :B .") in inferred.graph
    assert not [t for t in inferred.graph if t[1] == EX + "p"]


def test_individuals_of_the_ontology_bring_what_is_stated_of_them() -> None:
    axioms = ":L5 a owl:NamedIndividual , :A ; :p :lumbar . :lumbar a owl:NamedIndividual , :B . :far a owl:NamedIndividual , :C ."
    inferred = run(axioms, ":x :q :L5 .")
    assert {triple(":L5 a :A ."), triple(":L5 :p :lumbar ."), triple(":lumbar a :B .")} <= set(inferred.graph)
    assert triple(":far a :C .") not in inferred.graph


CLASHES = {
    "disjoint": (":A owl:disjointWith :B .", ":x a :A , :B ."),
    "disjoint through subclasses": (":A owl:disjointWith :B . :C rdfs:subClassOf :A . :D rdfs:subClassOf :B .", ":x a :C , :D ."),
    "all disjoint": ("[] a owl:AllDisjointClasses ; owl:members ( :A :B :C ) .", ":x a :A , :C ."),
    "disjoint by a domain": (":A owl:disjointWith :B . :p rdfs:domain :A .", ":x a :B ; :p :y ."),
}


@pytest.mark.parametrize("name", CLASHES)
def test_clash_names_the_facts_and_the_axiom(name: str) -> None:
    axioms, facts = CLASHES[name]
    with pytest.raises(CaseError) as caught:
        run(axioms, facts)
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("contradictory-facts", EX + "x")
    assert "nothing is both" in problem.why
    for _, predicate, value in graph(facts):
        shown = value if predicate == TYPE else predicate
        assert str(shown).removeprefix(EX) in problem.why


UNSUPPORTED = {
    "allValuesFrom": ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:allValuesFrom :B ] .",
    "cardinality": ':A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:maxCardinality "1"^^xsd:nonNegativeInteger ] .',
    "complementOf": ":A owl:equivalentClass [ owl:complementOf :B ] .",
    "oneOf": ":A owl:equivalentClass [ owl:oneOf ( :x :y ) ] .",
    "disjointUnionOf": ":A owl:disjointUnionOf ( :B :C ) .",
    "hasKey": ":A owl:hasKey ( :p ) .",
    "sameAs": ":x owl:sameAs :y .",
    "differentFrom": ":x owl:differentFrom :y .",
    "functional": ":p a owl:FunctionalProperty .",
    "inverse functional": ":p a owl:InverseFunctionalProperty .",
    "reflexive": ":p a owl:ReflexiveProperty .",
    "irreflexive": ":p a owl:IrreflexiveProperty .",
    "asymmetric": ":p a owl:AsymmetricProperty .",
    "equivalent properties": ":p owl:equivalentProperty :q .",
    "disjoint properties": ":p owl:propertyDisjointWith :q .",
    "range of an object property": ":p rdfs:range :A .",
    "negative assertion": "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :x ; owl:targetIndividual :y .",
    "a misspelt word": ":A owl:equivalentClas :B .",
    "inverse in a restriction": ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty [ owl:inverseOf :p ] ; owl:hasSelf true ] .",
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_an_axiom_that_run_time_would_not_see_is_refused(name: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        compile_rules(graph(CLASSES + PROPERTIES + UNSUPPORTED[name]))
    assert caught.value.problems[0].code == "axiom-not-supported"


ANONYMOUS = {
    "anonymous inverse in a chain": ":r owl:propertyChainAxiom ( :p [ owl:inverseOf :q ] ) .",
    "anonymous inverse in a restriction": (
        ":A owl:equivalentClass [ a owl:Restriction ; owl:onProperty [ owl:inverseOf :p ] ; owl:someValuesFrom :B ] ."
    ),
    "anonymous class as a domain": ":p rdfs:domain [ owl:unionOf ( :A :B ) ] .",
    "anonymous disjoint class": ":A owl:disjointWith [ owl:intersectionOf ( :B :C ) ] .",
    "two anonymous classes": (
        "[ owl:intersectionOf ( :A :B ) ] rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :v ] ."
    ),
    "union on the right": ":A rdfs:subClassOf [ owl:unionOf ( :B :C ) ] .",
    "nested value on the right": (
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; "
        "owl:someValuesFrom [ a owl:Restriction ; owl:onProperty :q ; owl:hasValue :v ] ] ."
    ),
}
# These follow only for things that have no name, or say nothing that rules could add: left to the description-logic reasoner.
LEFT_TO_HERMIT = {"union on the right", "nested value on the right"}


@pytest.mark.parametrize("name", ANONYMOUS)
def test_anonymous_expressions_are_compiled_or_refused(name: str) -> None:
    ontology = graph(CLASSES + PROPERTIES + ANONYMOUS[name])
    if name in LEFT_TO_HERMIT:
        compile_rules(ontology)
        return
    with pytest.raises(KnowledgeError) as caught:
        compile_rules(ontology)
    assert caught.value.problems[0].code == "axiom-not-supported"


# The case of 2015


@pytest.fixture(scope="module")
def real(knowledge, root) -> Inferred:
    facts = load_case((root / "examples/imr-2015/case.json").read_bytes(), knowledge)
    return infer(facts.triples, knowledge.rules, knowledge.background)


KEY_INFERENCES = [
    # request, class, kind of axiom, what it has to rest on
    (
        "request-massage",
        "PassiveModalityRequest",
        "equivalentClass",
        {("request-massage", "requestsTreatment", "massage"), ("massage", "", "MassageTherapy")},
    ),
    ("request-massage", "MassageTherapyRequest", "equivalentClass", {("massage", "", "MassageTherapy")}),
    (
        "request-massage",
        "RenewalRequest",
        "equivalentClass",
        {
            ("request-massage", "requestsTreatment", "massage"),
            ("course-massage", "deliversTreatment", "massage"),
            ("course-massage", "hasCourseStatus", "ongoing"),
        },
    ),
    ("request-injection", "EpiduralSteroidInjectionRequest", "equivalentClass", {("lumbar-esi", "", "EpiduralSteroidInjection")}),
    ("request-sedation", "DerivativeRequest", "equivalentClass", {("request-sedation", "isPerformedDuring", "request-injection")}),
    ("low-back-pain", "ChronicPainCondition", "equivalentClass", {("low-back-pain", "hasPhase", "chronicPhase")}),
    (
        "course-manipulation",
        "CurrentPassiveModalityCourse",
        "equivalentClass",
        {("manipulation", "", "ManualTherapy"), ("course-manipulation", "hasCourseStatus", "ongoing")},
    ),
    ("leg-pain", "RadicularPain", "subClassOf", {("leg-pain", "", "RadiatingLimbPain")}),
    ("leg-pain", "PresentFinding", "equivalentClass", {("leg-pain", "hasStatus", "documentedPresent")}),
    ("no-anxiety", "AbsentFinding", "equivalentClass", {("no-anxiety", "hasStatus", "documentedAbsent")}),
]


@pytest.mark.parametrize(("node", "cls", "kind", "rests_on"), KEY_INFERENCES, ids=[f"{row[0]} is a {row[1]}" for row in KEY_INFERENCES])
def test_case_of_2015(real: Inferred, node: str, cls: str, kind: str, rests_on: set[tuple[str, str, str]]) -> None:
    base = CASE + "imr-2015/"
    concluded = (base + node, TYPE, MTUS + cls)
    assert real.derivations[concluded].axiom.kind == kind
    support = set(real.support(concluded))
    for subject, prop, value in rests_on:
        ends = {(base + subject, MTUS + prop if prop else TYPE, end + value) for end in (base, MTUS)}
        assert ends & support, (subject, prop, value)


def test_case_of_2015_relations(real: Inferred) -> None:
    base = CASE + "imr-2015/"
    assert (base + "request-massage", MTUS + "renewsCourse", base + "course-massage") in real.derivations
    assert (base + "request-injection", MTUS + "hasRelevantFinding", base + "leg-pain") in real.derivations
    assert (base + "request-sedation", MTUS + "dependsOn", base + "request-injection") in real.derivations
    assert (base + "request-injection", MTUS + "treatsRegion", MTUS + "lumbarSpine") in real.derivations
    assert (base + "request-massage", MTUS + "renewsCourse", base + "course-manipulation") not in real.graph


def test_every_derivation_follows_from_triples_of_the_graph(real: Inferred) -> None:
    for concluded, derivation in real.derivations.items():
        assert derivation.premises
        assert concluded not in derivation.premises
        assert all(premise in real.graph for premise in derivation.premises)
        assert concluded not in real.support(concluded)

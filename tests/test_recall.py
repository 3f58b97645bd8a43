"""Proposals are taken again where all that was asked for them is answered alike, and only there; verdicts are shared the same way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import IMR_2015, VARIANTS

from mtus.reasoner.changes import REDUCE, Change
from mtus.reasoner.hypothesis import Hypothesis
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import MTUS, TYPE, local_name
from mtus.reasoner.pipeline import decide_all, decide_facts
from mtus.reasoner.proposals import Proposer
from mtus.reasoner.recall import Recall
from mtus.reasoner.validate import Verdicts, terms_read
from mtus.reasoner.whatif import what_if


@pytest.fixture
def start(knowledge: Knowledge) -> Hypothesis:
    facts = load_case((IMR_2015 / "case.json").read_bytes(), knowledge, name="case.json")
    return Hypothesis(facts, f"{facts.case}/request-injection", knowledge)


@pytest.fixture
def after(start: Hypothesis) -> Hypothesis:
    """The same case with one more value of the request, so that the graphs differ in that alone."""
    found = start.with_change(Change("documentation", "x", (), (), ((start.request, MTUS + "visitCount", "urn:x"),)))
    assert found is not None
    return found


class Made:
    """Counts how often something is made, and asks ``questions`` for it."""

    def __init__(self, *questions: str) -> None:
        self.questions = questions
        self.times = 0

    def __call__(self, hypothesis: Hypothesis) -> Iterator[object]:
        self.times += 1
        request, graph = hypothesis.request, hypothesis.graph
        asked = {
            "objects": lambda: graph.objects(request, MTUS + "visitCount"),
            "other objects": lambda: graph.objects(request, MTUS + "requestsTreatment"),
            "subjects": lambda: graph.subjects(MTUS + "visitCount", "urn:x"),
            "with_predicate": lambda: graph.with_predicate(MTUS + "visitCount"),
            "contains": lambda: (request, MTUS + "visitCount", "urn:x") in graph,
            "types": lambda: graph.types(request),
            "all": lambda: list(graph),
            "forward": lambda: graph.forward,
            "classes": graph.classes,
            "classes_of": lambda: graph.classes_of(request),
            "facts": lambda: hypothesis.facts,
            "fails": lambda: hypothesis.fails("urn:shape"),
            "status": lambda: hypothesis.status("urn:criterion"),
        }
        for question in self.questions:
            yield asked[question]()


@pytest.mark.parametrize("question", ["other objects", "types"])
def test_what_is_answered_alike_is_made_once(question: str, start: Hypothesis, after: Hypothesis) -> None:
    recall, made = Recall[object](), Made(question)
    assert recall.get("key", start, made) == recall.get("key", after, made)
    assert made.times == 1
    recall.get("other key", after, made)
    assert made.times == 2


@pytest.mark.parametrize("question", ["objects", "subjects", "with_predicate", "contains", "all"])
def test_what_is_answered_otherwise_is_made_again(question: str, start: Hypothesis, after: Hypothesis) -> None:
    recall, made = Recall[object](), Made(question)
    first, second = recall.get("key", start, made), recall.get("key", after, made)
    assert first != second
    assert (recall.get("key", start, made), recall.get("key", after, made)) == (first, second)
    assert made.times == 2, "what was made for either is kept"


@pytest.mark.parametrize("question", ["forward", "classes", "classes_of", "facts", "fails", "status"])
def test_what_is_asked_in_another_way_is_an_error(question: str, start: Hypothesis) -> None:
    with pytest.raises(AttributeError):
        Recall[object]().get("key", start, Made(question))


# In a search


class _Plain(Recall[Change]):
    """A recall that forgets."""

    def get(self, key, hypothesis, make):  # type: ignore[no-untyped-def]
        return tuple(make(hypothesis))


@pytest.mark.parametrize("path", [IMR_2015 / "case.json", *sorted(VARIANTS.glob("*.json"))[::6]], ids=lambda p: p.stem)
def test_a_search_that_recalls_proposes_what_one_that_forgets_does(
    path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also each hypothesis has the graph and the verdicts that it would have if it were made by itself."""
    assessed, decided = decide_all(load_case(path.read_bytes(), knowledge, name=path.name), knowledge)
    hypotheses: list[Hypothesis] = []
    with_change = Hypothesis.with_change

    def watched(self: Hypothesis, change: Change) -> Hypothesis | None:
        found = with_change(self, change)
        hypotheses.extend([found] if found else [])
        return found

    monkeypatch.setattr(Hypothesis, "with_change", watched)
    found = what_if(assessed, decided, knowledge)
    for one in hypotheses:
        alone = Hypothesis(one.facts, one.request, knowledge, one.changes)
        assert set(one.graph) == set(alone.graph)
        fresh = Verdicts(alone.graph, knowledge)
        for iri, shape in knowledge.shape_model.targeted.items():
            if not one.types.isdisjoint(shape.targets):
                assert one.fails(iri) == fresh.fails(iri, one.request), iri
    made = [change for one in found.values() for each in one.sets for change in each]
    monkeypatch.setattr("mtus.reasoner.proposals.Recall", _Plain)
    again = what_if(assessed, decided, knowledge)
    assert [(name, one.sets, one.why_none) for name, one in found.items()] == [(n, o.sets, o.why_none) for n, o in again.items()]
    assert [c.why for c in made] == [next(c.why for o in again.values() for each in o.sets for c in each if c == change) for change in made]


def test_proposals_of_another_request_are_not_taken_again(knowledge: Knowledge) -> None:
    facts = load_case((IMR_2015 / "case.json").read_bytes(), knowledge, name="case.json")
    proposer = Proposer(knowledge)
    criterion = next(c for c in knowledge.guidelines.criteria.values() if local_name(c.iri) == "G-03.work")
    for name in ("request-massage", "request-injection"):
        request = f"{facts.case}/{name}"
        changes = proposer.for_tests([(criterion, True)], Hypothesis(facts, request, knowledge))
        assert changes
        assert all(change.kind != REDUCE and any(request in subject for subject, _, _ in change.added) for change in changes)


def test_the_terms_that_a_shape_reads(knowledge: Knowledge) -> None:
    shapes = {local_name(iri): shape for iri, shape in knowledge.shape_model.targeted.items()}
    counted = terms_read(shapes["PM-2.sparingly.holds"])
    assert counted is not None
    assert counted >= {MTUS + name for name in ("hasCourseOnFile", "CurrentCourse", "PassiveModality", "requestDay")}
    on_file = terms_read(shapes["PM-2.sparingly.on-file"])
    assert on_file == {MTUS + name for name in ("hasCourseOnFile", "isRequestOf", "hasRequest", "PassiveModalityRequest")}
    assert TYPE not in counted | on_file


def test_one_request_is_decided_as_with_all_others(knowledge: Knowledge) -> None:
    facts = load_case((IMR_2015 / "case.json").read_bytes(), knowledge, name="case.json")
    every = decide_facts(facts, knowledge)
    sedation, injection = f"{facts.case}/request-sedation", f"{facts.case}/request-injection"
    assert decide_facts(facts, knowledge, only=injection) == {injection: every[injection]}
    assert decide_facts(facts, knowledge, only=sedation) == {one: every[one] for one in (injection, sedation)}

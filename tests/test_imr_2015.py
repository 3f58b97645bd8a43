"""The real case of 2015: three requests, three different logical reasons, and what the human reviewer decided."""

import re

import pytest
from conftest import IMR_2015, assessment, determine_file, grounds, request_named

from mtus.reasoner.compare import compare, read_decisions
from mtus.reasoner.graph import Graph
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import MTUS, local_name
from mtus.reasoner.trace import Determination

MASSAGE = [
    ("contradicted", "MAS-3.visits", "60", True),
    ("contradicted", "PM-2.sparingly", "98", True),
    ("undocumented", "MAS-2.adjunct", "60", True),
    ("undocumented", "MAS-3.received", "60", False),
    ("undocumented", "PM-1.active-therapy", "98", True),
]
# Of the criteria for the injection, what the record of 2015 does not show. The reviewer relied on two of them.
INJECTION = [
    ("undocumented", "ESI-1a.examination", "46", False),
    ("undocumented", "ESI-1b.corroboration", "46", True),
    ("undocumented", "ESI-2.conservative-care", "46", False),
    ("undocumented", "ESI-4.diagnostic-number", "46", False),
    ("undocumented", "ESI-4.first-response", "46", False),
    ("undocumented", "ESI-4.interval", "46", False),
    ("undocumented", "ESI-7a.function", "46", False),
    ("undocumented", "ESI-7a.pain", "46", False),
    ("undocumented", "ESI-7b.relief", "46", False),
    ("undocumented", "ESI-8b.number", "46", True),
]
SEDATION = [("derivative", "request-injection", "", True)]
STATUSES = {
    "request-massage": {
        "G-10.scope": "met",
        "MAS-2.adjunct": "undocumented",
        "MAS-3.received": "undocumented",
        "MAS-3.visits": "contradicted",
        "PM-1.active-therapy": "undocumented",
        "PM-2.sparingly": "contradicted",
    },
    "request-injection": {
        **{criterion: status for status, criterion, _, _ in INJECTION},
        "ESI-0.radicular-pain": "met",
        "ESI-3.fluoroscopy": "met",
        "ESI-5.transforaminal-levels": "met",
        "ESI-6.interlaminar-levels": "met",
        "ESI-8a.series": "met",
        "ESI-9.rehabilitation": "undocumented",
        "ESI-10.region": "met",
        "G-10.scope": "met",
    },
    "request-sedation": {"G-10.scope": "met"},
}


@pytest.mark.parametrize(
    ("name", "expected"), [("request-massage", MASSAGE), ("request-injection", INJECTION), ("request-sedation", SEDATION)]
)
def test_every_reason(imr_2015: Determination, name: str, expected: list[tuple[str, str, str, bool]]) -> None:
    request = request_named(imr_2015, name)
    assert local_name(request.answer) == "not-supported"
    assert local_name(request.disposition) == "upheld"
    assert grounds(request) == expected


def test_overall(imr_2015: Determination) -> None:
    assert local_name(imr_2015.overall) == "upheld"
    assert [local_name(r.request) for r in imr_2015.requests] == ["request-massage", "request-injection", "request-sedation"]
    assert local_name(imr_2015.stage) == "independentReview"
    assert not imr_2015.is_synthetic
    assert not imr_2015.disagreements


@pytest.mark.parametrize("name", STATUSES)
def test_status_of_every_criterion(imr_2015: Determination, name: str) -> None:
    request = request_named(imr_2015, name)
    assert {local_name(a.criterion): local_name(a.status) for a in request.criteria} == STATUSES[name]


def test_what_broke_the_criteria_of_massage(imr_2015: Determination) -> None:
    request = request_named(imr_2015, "request-massage")
    visits = {fact.label for fact in assessment(request, "MAS-3.visits").facts}
    modalities = {local_name(fact.about) for fact in assessment(request, "PM-2.sparingly").facts}
    assert "visits requested: 12" in visits
    assert modalities == {"course-massage", "course-manipulation", "course-tens"}


def test_the_request_for_massage_is_a_passive_modality_and_a_renewal_by_inference(imr_2015: Determination) -> None:
    concluded = {i.conclusion for i in request_named(imr_2015, "request-massage").inferences}
    assert any("passive modality" in text for text in concluded)
    assert any("renewal" in text for text in concluded)
    assert any("derivative" in i.conclusion for i in request_named(imr_2015, "request-sedation").inferences)


def test_nothing_hangs_on_vague_words_alone(imr_2015: Determination) -> None:
    assert [r.hangs_on for r in imr_2015.requests] == [(), (), ()]


def test_json_and_turtle_are_the_same_case(imr_2015: Determination) -> None:
    turtle = determine_file(IMR_2015 / "case.ttl")
    assert turtle.receipt.case_digest == imr_2015.receipt.case_digest
    assert turtle == imr_2015


# Words that a reviewer says and a record does not. The decision of the utilization review is a fact, and is said neutrally.
OPINION = re.compile(
    r"uphold|upheld|overturn|medical(ly)? necess|medically appropriate|not indicated|at odds|sparing|derivative|companion|rationale"
    r"|guideline (says|stipulates|recommends)|\bpages? \d|MAXIMUS|expert reviewer|final determination|not support|undocumented|contradict",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", ["case.json", "case.ttl"])
def test_the_input_holds_facts_only(name: str) -> None:
    assert OPINION.findall((IMR_2015 / name).read_text("utf-8")) == []


def test_the_words_of_the_reviewer_would_be_found() -> None:
    assert OPINION.search((IMR_2015 / "human-decision.json").read_text("utf-8"))


def _statements(graph: Graph, case: str) -> list[str]:
    lists = ("hasRequest", "hasCourse", "hasFinding", "hasCondition", "hasItemDecision", "hasAppeal")
    return [node for name in lists for node in graph.nodes(case, MTUS + name)]


def test_every_statement_names_a_document_and_a_place(knowledge: Knowledge) -> None:
    facts = load_case((IMR_2015 / "case.ttl").read_bytes(), knowledge, name="case.ttl")
    graph = Graph(facts.stated)
    documents = set(graph.nodes(facts.case, MTUS + "hasDocument"))
    statements = _statements(graph, facts.case)
    assert len(statements) == 3 + 6 + 10 + 1 + 3 + 1
    for node in statements:
        assert set(graph.nodes(node, MTUS + "statedIn")) & documents, node
        assert graph.text(node, MTUS + "place"), node


def test_what_the_utilization_review_cited_is_on_file(knowledge: Knowledge) -> None:
    facts = load_case((IMR_2015 / "case.json").read_bytes(), knowledge, name="case.json")
    graph = Graph(facts.stated)
    cited = {
        local_name(d): (bool(graph.nodes(d, MTUS + "cites")), graph.text(d, MTUS + "citesNothing"))
        for d in graph.nodes(facts.case, MTUS + "hasItemDecision")
    }
    assert cited == {"ur-massage": (True, None), "ur-injection": (False, "true"), "ur-sedation": (False, "true")}


def test_all_agree_with_the_human_decisions(imr_2015: Determination) -> None:
    comparisons = compare(imr_2015, read_decisions(IMR_2015 / "human-decision.json"))
    assert {local_name(c.request): c.agrees for c in comparisons} == {
        "request-massage": True, "request-injection": True, "request-sedation": True,
    }  # fmt: skip
    assert {local_name(c.request): c.found for c in comparisons} == {
        "request-massage": ("MAS-2", "MAS-3", "PM-2"), "request-injection": ("ESI-1b", "ESI-8b"), "request-sedation": ("G-13",),
    }  # fmt: skip

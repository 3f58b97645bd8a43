"""Properties of the whole reasoner, on random cases: what must not matter, what may only go one way, and the trace is faithful.

Cases are numbered (see random_cases.py); hypothesis chooses the numbers, always the same ones, so that a failure can be run again.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from random import Random
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cases import CaseMaker

from mtus.reasoner.assess import Assessed
from mtus.reasoner.determine import Answer, ReasonKind
from mtus.reasoner.errors import CaseError
from mtus.reasoner.graph import Graph, Literal, Triple, n_triples
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.load import FORMATS
from mtus.reasoner.namespaces import MTUS, STATUS, TYPE, XSD
from mtus.reasoner.pipeline import determine_with_facts
from mtus.reasoner.trace import Assessment, Determination, RequestDetermination

SEEDS = st.integers(min_value=0, max_value=100_000)
LISTS = (MTUS + "hasFinding", MTUS + "hasCourse")
Key = tuple[str, str]


def few(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(deadline=None, derandomize=True, max_examples=examples, database=None)


@cache
def maker() -> CaseMaker:
    return CaseMaker(load_knowledge())


def run(triples: Iterable[Triple]) -> tuple[Determination, Assessed]:
    return determine_with_facts(n_triples(triples), syntax="n-triples", knowledge=load_knowledge())


@cache
def run_seed(seed: int) -> tuple[Determination, Assessed]:
    return run(maker().triples(seed))


def statuses(assessed: Assessed) -> dict[Key, Status]:
    return dict(assessed.statuses.read)


def case_of(triples: Iterable[Triple]) -> str:
    return next(s for s, p, o in triples if (p, o) == (TYPE, MTUS + "Case"))


# What must not matter


@few(12)
@given(SEEDS, st.integers(0, 1000))
def test_order_blank_node_names_and_syntax_change_nothing(seed: int, shuffle: int) -> None:
    triples = list(maker().triples(seed))
    expected = run_seed(seed)[0]
    Random(shuffle).shuffle(triples)

    def renamed(term: Any) -> Any:
        return f"_:n{shuffle}x{term[2:][::-1]}" if isinstance(term, str) and term.startswith("_:") else term

    content = n_triples((renamed(s), p, renamed(o)) for s, p, o in triples)
    for syntax, form in FORMATS.items():
        text = ox.serialize(ox.parse(content, format=ox.RdfFormat.N_TRIPLES), format=form)
        found, _ = determine_with_facts(text, syntax=syntax, knowledge=load_knowledge())
        assert found == expected, syntax


@few(15)
@given(SEEDS, st.integers(0, 1000))
def test_an_unrelated_request_changes_no_other(seed: int, choice: int) -> None:
    triples = list(maker().triples(seed))
    case = case_of(triples)
    document = next(s for s, p, _ in triples if p == MTUS + "documentDate")
    kind = Random(choice).choice(unrelated())
    added: list[Triple] = [
        (case, MTUS + "hasTreatment", case + "/unrelated"), (case + "/unrelated", TYPE, kind),
        (case, MTUS + "hasRequest", case + "/extra"), (case + "/extra", TYPE, MTUS + "TreatmentRequest"),
        (case + "/extra", MTUS + "requestsTreatment", case + "/unrelated"), (case + "/extra", MTUS + "statedIn", document),
    ]  # fmt: skip
    before, after = run_seed(seed)[0], run([*triples, *added])[0]
    assert {r.request for r in after.requests} == {r.request for r in before.requests} | {case + "/extra"}
    others = {r.request: without_name(r, after) for r in after.requests}
    for request in before.requests:
        assert others[request.request] == without_name(request, before)


def unrelated() -> list[str]:
    """Return the treatments of which no criterion speaks: others may count as concurrent treatment for the requests on file."""
    spoken_of = {treatment for treatments in maker().material.asked.values() for treatment in treatments}
    return [treatment for treatment in maker().material.treatments if treatment not in spoken_of]


def without_name(request: RequestDetermination, determination: Determination) -> str:
    """Return everything about ``request`` but the name of the determination, which comes from the digest of the case."""
    return repr(request).replace(determination.id, "")


# What may only go one way


@few(60)
@given(SEEDS, st.integers(0, 1000))
def test_another_fact_never_makes_what_is_met_undocumented(seed: int, another: int) -> None:
    before, after = maker().with_another_fact(seed, another)
    first, second = run(before)[1], run(after)[1]
    if second.conflicts != first.conflicts:
        return
    found = statuses(second)
    lost = {key: found[key] for key, status in statuses(first).items() if status is Status.MET and found[key] is Status.UNDOCUMENTED}
    assert lost == {}


RANK = {Answer.NOT_SUPPORTED: 0, Answer.INDETERMINATE: 1, Answer.NOT_ADDRESSED: 1, Answer.SUPPORTED_IN_PART: 2, Answer.SUPPORTED: 3}
ANSWERS = {answer.iri: answer for answer in Answer}


def quantities() -> frozenset[str]:
    """Return the numbers of a request that criteria limit."""
    knowledge = load_knowledge()
    limited = {c.limits_quantity for c in knowledge.guidelines.criteria.values() if c.limits_quantity}
    return frozenset(p for p in limited if knowledge.vocabulary.properties[p].datatype == XSD + "integer")


def with_quantity(triples: Iterable[Triple], request: str, prop: str, quantity: int) -> list[Triple]:
    return [(s, p, Literal(str(quantity), XSD + "integer") if (s, p) == (request, prop) else o) for s, p, o in triples]


@few(60)
@given(SEEDS)
def test_less_is_never_worse(seed: int) -> None:
    triples = maker().triples(seed)
    before, assessed = run_seed(seed)
    for subject, prop, value in triples:
        if prop not in quantities() or not isinstance(value, Literal) or int(value.value) < 2:
            continue
        after, reassessed = run(with_quantity(triples, subject, prop, int(value.value) - 1))
        found = statuses(reassessed)
        assert [key for key, status in statuses(assessed).items() if status is Status.MET and found[key] is not Status.MET] == []
        answers = {r.request: RANK[ANSWERS[r.answer]] for r in after.requests}
        for request in before.requests:
            assert answers[request.request] >= RANK[ANSWERS[request.answer]]


def test_a_suggestion_is_supported_and_one_more_is_not() -> None:
    seen = 0
    for seed in range(250):
        for request in run_seed(seed)[0].requests:
            if request.suggestion is None:
                continue
            seen += 1
            for quantity, supported in ((request.suggestion.supported, True), (request.suggestion.supported + 1, False)):
                changed = run(with_quantity(maker().triples(seed), request.request, request.suggestion.quantity, quantity))[0]
                (found,) = (r for r in changed.requests if r.request == request.request)
                assert (found.answer == Answer.SUPPORTED.iri) is supported
    assert seen


# A derivative request follows its primary

EDITION = {ReasonKind.EDITION_AMBIGUOUS.iri, ReasonKind.EDITION_NOT_ENCODED.iri}


@few(40)
@given(SEEDS, st.integers(1, 4))
def test_derivative_requests_follow_their_primaries_along_chains(seed: int, length: int) -> None:
    triples = list(maker().triples(seed))
    case = case_of(triples)
    first = next(o for _, p, o in triples if p == MTUS + "hasRequest")
    dated = [(p, o) for s, p, o in triples if s == first and (p.endswith("Date") or p == MTUS + "statedIn")]
    previous = first
    for number in range(length):
        link, treatment = f"{case}/link-{number}", f"{case}/companion-{number}"
        triples += [
            (case, MTUS + "hasTreatment", treatment), (treatment, TYPE, MTUS + "CompanionService"),
            (case, MTUS + "hasRequest", link), (link, TYPE, MTUS + "TreatmentRequest"), (link, MTUS + "requestsTreatment", treatment),
            (link, MTUS + "isDerivativeOf", previous), *((link, p, o) for p, o in dated),
        ]  # fmt: skip
        previous = link
    found = {request.request: request for request in run(triples)[0].requests}
    primaries: dict[str, list[str]] = {}
    for request, prop, primary in triples:
        if prop in maker().material.links:
            primaries.setdefault(request, []).append(primary)
    for request, own in primaries.items():
        answered = found[request]
        fallen = {primary for primary in own if found[primary].answer == Answer.NOT_SUPPORTED.iri}
        named = {reason.about for reason in answered.reasons if reason.kind == ReasonKind.DERIVATIVE.iri}
        if {reason.kind for reason in answered.reasons} & EDITION:
            assert answered.answer == Answer.INDETERMINATE.iri
            continue
        assert named == fallen
        if fallen:
            assert answered.answer == Answer.NOT_SUPPORTED.iri
    if found[first].answer == Answer.NOT_SUPPORTED.iri:
        assert {found[f"{case}/link-{number}"].answer for number in range(length)} == {Answer.NOT_SUPPORTED.iri}


# The trace is faithful


def all_parts(assessment: Assessment) -> list[Assessment]:
    return [assessment, *(part for inner in assessment.parts for part in all_parts(inner))]


def assessments(request: RequestDetermination) -> dict[str, Assessment]:
    """Return every assessment in the trace of ``request``, parts included, by its criterion."""
    return {part.criterion: part for assessment in request.criteria for part in all_parts(assessment)}


def without(triples: Iterable[Triple], statement: str) -> list[Triple]:
    """Return ``triples`` without all that is said of ``statement``, and without the measurements that it alone refers to."""
    triples = list(triples)
    gone = {statement} | {o for s, p, o in triples if s == statement and p in (MTUS + "hasBaseline", MTUS + "hasFollowUp")}
    kept = [(s, p, o) for s, p, o in triples if s not in gone and o != statement]
    return kept if not any(o in gone for _, _, o in kept) else [(s, p, o) for s, p, o in triples if statement not in (s, o)]


def removable(triples: Iterable[Triple]) -> list[str]:
    """Return the findings and courses to which nothing but the case refers: without them the case is still well formed."""
    triples = list(triples)
    listed = {o for _, p, o in triples if p in LISTS}
    return sorted(listed - {o for _, p, o in triples if p not in LISTS and isinstance(o, str)})


def cited(assessment: Assessment, request: str, assessed: Assessed) -> set[str]:
    """Return the things that the trace names for ``assessment``.

    They are those of its own facts and those of its parts, those by which the request came under the classes that the trace says it
    comes under, and for a status in dispute the statements that the trace lists as disagreeing.
    """
    inferred = assessed.inferred
    disputed = any(part.status == Status.CONFLICTING.iri for part in all_parts(assessment))
    things = {statement for conflict in assessed.conflicts for statement in conflict.statements if disputed}
    things |= {fact.about for part in all_parts(assessment) for fact in part.facts}
    for cls in inferred.graph.types(request):
        derivation = inferred.derivations.get((request, TYPE, cls))
        if derivation and derivation.axiom.kind == "equivalentClass":
            things |= {end for s, _, o in inferred.support((request, TYPE, cls)) for end in (s, o) if isinstance(end, str)}
    return things


@few(40)
@given(SEEDS, st.integers(0, 1000))
def test_a_statement_that_is_not_cited_does_not_count(seed: int, choice: int) -> None:
    """Removing a finding or a course, with its measurements, leaves the status of every criterion that does not cite it.

    Documents, requests, treatments and conditions are not removed: the trace names documents as searched, and the others are
    what the question is about.
    """
    triples = maker().triples(seed)
    # blank nodes have other names once the case is loaded
    before, assessed = run_seed(seed)
    candidates = [c for c in removable(triples) if not c.startswith("_:")]
    if not candidates:
        return
    statement = Random(choice).choice(candidates)
    after = statuses(run(without(triples, statement))[1])
    for request in before.requests:
        for criterion, assessment in assessments(request).items():
            if statement not in cited(assessment, request.request, assessed):
                status = STATUS + after[criterion, request.request].value
                assert status == assessment.status, f"{criterion} changed without {statement}, which it does not cite"


def bare(triples: Iterable[Triple]) -> list[Triple]:
    """Return the case with nothing said about its requests but their treatments, dates and documents."""
    graph = Graph(triples)
    case = case_of(graph)
    told = ("hasDocument", "hasReview", "hasClaim", "hasTreatment", "hasRequest", "synthetic")
    told += ("requestsTreatment", "statedIn", "requestDate", "hasStage", "injuryDate", "documentDate")
    kept = {case, *(o for name in told[:5] for o in graph.nodes(case, MTUS + name))}
    return [(s, p, o) for s, p, o in graph if s in kept and (p == TYPE or p.removeprefix(MTUS) in told)]


COMPOSED = ("all of", "any of", "none of")


def stands_by_its_own_facts(assessment: Assessment) -> bool:
    """Return whether facts alone gave the status: what is composed, or lifted by an exception, follows from its parts."""
    relations = {part.relation for part in assessment.parts}
    lifted = any(part.relation == "exception" and part.status == Status.MET.iri for part in assessment.parts)
    return bool(assessment.facts) and not relations.intersection(COMPOSED) and not lifted


def remove_facts(triples: Iterable[Triple], assessment: Assessment, request: str, assessed: Assessed) -> list[Triple]:
    """Return ``triples`` without every fact that ``assessment`` cites.

    That is a whole statement, a single value, or, for a value that was inferred, what it was inferred from. The request itself stays.
    """
    triples = list(triples)
    for fact in assessment.facts:
        if fact.predicate:
            values = assessed.inferred.graph.objects(fact.about, fact.predicate)
            found = [(fact.about, fact.predicate, v) for v in values if fact.value in (v, getattr(v, "value", None))]
            stated = {t for triple in found for t in assessed.inferred.support(triple) if t[1] != TYPE}
            triples = [t for t in triples if t not in stated]
        elif fact.about != request:
            triples = without(triples, fact.about)
    return triples


def status_without(triples: Iterable[Triple], assessment: Assessment, request: str, assessed: Assessed) -> Status:
    """Return the status without the facts that ``assessment`` cites, nor those that it cites once they are gone, and so on."""
    current: Assessment | None = assessment
    while current and current.status == assessment.status and [fact for fact in current.facts if fact.about != request or fact.predicate]:
        left = remove_facts(triples, current, request, assessed)
        assert left != list(triples), f"{current.criterion} cites what is not on file"
        triples = left
        determination, assessed = run(triples)
        current = assessments(next(r for r in determination.requests if r.request == request)).get(assessment.criterion)
    return statuses(assessed)[assessment.criterion, request]


@pytest.fixture(scope="module")
def removals() -> tuple[list[str], Counter[str]]:
    """Remove, for each assessment of many cases, all that it cites; return what contradicts the trace, and counts."""
    wrong: list[str] = []
    counts: Counter[str] = Counter()
    tried: Counter[tuple[str, str]] = Counter()
    for seed in range(120):
        triples = maker().triples(seed)
        if any(s.startswith("_:") for s, _, _ in triples):
            continue
        determination, assessed = run_seed(seed)
        if assessed.conflicts:
            continue
        for request in determination.requests:
            lonely: dict[Key, Status] | None = None
            for criterion, assessment in assessments(request).items():
                status = assessment.status.removeprefix(STATUS)
                if status not in ("met", "contradicted") or not stands_by_its_own_facts(assessment):
                    continue
                # the same criterion with the same status again shows nothing new
                tried[criterion, status] += 1
                if tried[criterion, status] > 2:
                    continue
                try:
                    after = status_without(triples, assessment, request.request, assessed)
                except CaseError:
                    counts["ill-formed without its facts"] += 1
                    continue
                existence = status == "met" and len(assessment.facts) == 1 and not assessment.parts and not assessment.facts[0].predicate
                if after is not Status(status):
                    counts["changed"] += 1
                    counts["met by one statement"] += existence
                    continue
                if lonely is None:
                    lonely = statuses(run(bare(triples))[1])
                if lonely[criterion, request.request].value == status:
                    counts["met or contradicted by absence"] += 1
                    counts["contradicted by absence"] += status == "contradicted"
                else:
                    wrong.append(f"{status} {criterion} of {request.request}")
    return wrong, counts


def test_without_all_that_it_cites_an_assessment_changes(removals: tuple[list[str], Counter[str]]) -> None:
    """Except where it is met by absence, as an upper limit is: there it is met where nothing is on file about the request, too."""
    wrong, counts = removals
    assert wrong == []
    assert counts["changed"] > 100
    assert counts["ill-formed without its facts"] < counts["changed"] // 4


def test_what_one_statement_meets_is_not_met_without_it(removals: tuple[list[str], Counter[str]]) -> None:
    assert removals[1]["met by one statement"] > 20


def test_nothing_is_contradicted_by_absence(removals: tuple[list[str], Counter[str]]) -> None:
    """That a document is missing is never a negative fact."""
    assert removals[1]["contradicted by absence"] == 0
